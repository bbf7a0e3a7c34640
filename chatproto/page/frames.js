// STOMP 1.2: frames to bytes and back. A frame is {command, headers, body}; heart-beats are no frames.

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const ESCAPES = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", ":": "\\c" };
const MEANINGS = { "\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\c": ":" };
const BARE = new Set(["CONNECT", "CONNECTED"]); // their headers are not escaped
const [NUL, LF, CR] = [0, 10, 13];

export const HEARTBEAT = encoder.encode("\n");

export function bytes(text) {
  return encoder.encode(text).length;
}

export function encode(command, headers, body = "") {
  const escaped = (text) => (BARE.has(command) ? text : text.replace(/[\\\n\r:]/g, (c) => ESCAPES[c]));
  const content = encoder.encode(body);
  const all = content.length ? { ...headers, "content-length": String(content.length) } : headers;
  const lines = Object.entries(all).map(([name, value]) => `${escaped(name)}:${escaped(value)}\n`);
  const head = encoder.encode(`${command}\n${lines.join("")}\n`);
  const frame = new Uint8Array(head.length + content.length + 1);
  frame.set(head);
  frame.set(content, head.length);
  return frame;
}

export class Frames {
  #held = new Uint8Array();

  // Takes bytes, and returns the frames that are whole now.
  feed(data) {
    const joined = new Uint8Array(this.#held.length + data.length);
    joined.set(this.#held);
    joined.set(data, this.#held.length);
    const frames = [];
    let at = 0;
    for (;;) {
      while (joined[at] === LF || joined[at] === CR) at += 1;
      const found = next(joined, at);
      if (!found) break;
      frames.push(found.frame);
      at = found.end;
    }
    this.#held = joined.slice(at);
    return frames;
  }
}

function next(data, start) {
  let head = data.indexOf(LF, start);
  while (head >= 0 && data[head + 1] !== LF) head = data.indexOf(LF, head + 1);
  if (head < 0) return null;
  const [command, ...lines] = decoder.decode(data.subarray(start, head)).split("\n");
  const meaning = (text) => (BARE.has(command) ? text : text.replace(/\\./g, (escape) => MEANINGS[escape] ?? escape));
  const headers = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[meaning(line.slice(0, colon))] ??= meaning(line.slice(colon + 1));
  }
  const from = head + 2;
  const length = headers["content-length"];
  const end = length === undefined ? data.indexOf(NUL, from) : from + Number(length);
  if (end < from || end >= data.length) return null;
  return { frame: { command, headers, body: decoder.decode(data.subarray(from, end)) }, end: end + 1 };
}
