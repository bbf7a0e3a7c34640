// The way to the server, made again as often as it is cut. Who we are and what we have to say is its owner's.
//
//   IDLE ─call─▶ GREETING ─▶ UP        any cut: WAITING, then GREETING again; rest(): IDLE; end(): OVER
//
// Nothing here depends on timers that run on time: a page in the background, or on a laptop that slept, gets
// them late. Our heart-beat goes out when the server's comes in, and a silence is measured by the clock.

import { encode, Frames, HEARTBEAT } from "./frames.js";

export const [IDLE, GREETING, UP, WAITING, OVER] = ["idle", "greeting", "up", "waiting", "over"];
const BEAT = 10_000; // milliseconds, each way
const SILENCE = 25_000; // after which nobody is there any more
const LOOK = 5_000;
const [FIRST, MOST] = [1_000, 30_000]; // between tries
const HELD = 10_000; // a connection must hold before a cut is answered quickly again

export class Link {
  state = IDLE;
  #socket = null;
  #timer = 0;
  #tries = 0;
  #began = 0;
  #heard = 0;
  #sent = 0;

  // `owner` has introduction(), connected(frame), received(frame), cut(), retrying(seconds), over().
  constructor(url, owner) {
    this.url = url;
    this.owner = owner;
    setInterval(() => this.look(), LOOK);
  }

  call() {
    clearTimeout(this.#timer);
    this.#abandon();
    this.state = GREETING;
    this.#heard = Date.now();
    const socket = (this.#socket = new WebSocket(this.url, ["v12.stomp"]));
    const frames = new Frames();
    socket.binaryType = "arraybuffer";
    socket.onopen = () =>
      this.#write(encode("CONNECT", { ...this.owner.introduction(), "heart-beat": `${BEAT},${BEAT}` }));
    socket.onclose = () => this.#cut(socket);
    socket.onmessage = ({ data }) => {
      this.#heard = Date.now();
      for (const frame of frames.feed(new Uint8Array(data))) if (socket === this.#socket) this.#received(frame);
      if (this.state === UP && Date.now() - this.#sent > BEAT * 0.9) this.#write(HEARTBEAT);
    };
  }

  send(command, headers, body) {
    this.#write(encode(command, headers, body));
  }

  // Takes note that nobody may be there any more, or that there may be a way again: called also on waking up.
  look(hurry = false) {
    if ((this.state === UP || this.state === GREETING) && Date.now() - this.#heard > SILENCE) this.drop();
    else if (this.state === WAITING && hurry) this.call();
  }

  // Cuts the connection, and makes it again.
  drop() {
    if (this.#socket) this.#cut(this.#socket);
  }

  rest() {
    clearTimeout(this.#timer);
    this.state = IDLE;
    this.#abandon();
  }

  end() {
    this.rest();
    this.state = OVER;
    this.owner.over();
  }

  #received(frame) {
    if (frame.command === "CONNECTED" && this.state === GREETING) {
      this.state = UP;
      this.#began = Date.now();
      this.owner.connected(frame);
    } else {
      this.owner.received(frame);
    }
  }

  #write(data) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#sent = Date.now();
    this.#socket.send(data);
  }

  #cut(socket) {
    if (socket !== this.#socket) return;
    this.#abandon();
    const was = this.state;
    if (was === UP && Date.now() - this.#began > HELD) this.#tries = 0;
    const wait = (Math.min(FIRST * 2 ** this.#tries, MOST) * (1 + Math.random())) / 2;
    this.#tries = Math.min(this.#tries + 1, 16);
    this.state = WAITING;
    this.#timer = setTimeout(() => this.call(), wait);
    if (was === UP) this.owner.cut();
    if (this.state === WAITING) this.owner.retrying(wait / 1000);
  }

  #abandon() {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close(); // which may take its time where nobody answers: we do not wait for it
  }
}
