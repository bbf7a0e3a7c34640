// What is asked, and what is heard, as STOMP has it: a parcel as a frame, a frame as a message.

export const [SAY, WHISPER, ASK, ENTER, LEAVE, READ] = ["say", "whisper", "ask", "enter", "leave", "read"];
export const KEYED = new Set([SAY, WHISPER]); // what carries a key that makes a repetition known
export const AGAIN = new Set([...KEYED, ENTER, LEAVE, READ]); // what goes again after a cut

function destination(room) {
  return `/room/${room.slice(1)}`;
}

// `members`: the page keeps a list of who is there, and hears of those too who leave without a word.
export function subscription(room) {
  return { id: destination(room), destination: destination(room), members: "true" };
}

export function frameOf({ kind, key, room, name, text, line, act, invitation }) {
  const headers = { receipt: key };
  if (kind === SAY && act)
    return ["SEND", { ...headers, destination: "/command", "idempotency-key": key }, `/me ${room} ${text}`];
  if (kind === SAY) return ["SEND", { ...headers, destination: destination(room), "idempotency-key": key }, text];
  if (kind === WHISPER) return ["SEND", { ...headers, destination: `/user/${name}`, "idempotency-key": key }, text];
  if (kind === ASK) return ["SEND", { ...headers, destination: "/command" }, line];
  if (kind === READ) return ["SEND", { ...headers, destination: "/command", answer: "messages" }, line];
  if (kind === LEAVE) return ["UNSUBSCRIBE", { ...headers, id: destination(room) }, ""];
  return [
    "SUBSCRIBE",
    { ...headers, ...subscription(room), ...(invitation && { invitation }) },
    "",
  ];
}

export function heard({ headers, body }) {
  const to = headers.destination ?? "";
  return {
    event: headers.event ?? "",
    text: body,
    who: headers.from ?? "",
    room: to.startsWith("/room/") ? `#${to.slice(6)}` : "",
    at: Date.parse(headers.time) || Date.now(),
    direct: headers.event === "said" && "to" in headers,
    id: headers["message-id"] ?? "",
    seq: Number(headers.seq ?? 0),
    prev: Number(headers.prev ?? 0),
    headers,
  };
}
