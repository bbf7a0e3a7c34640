// The way to the server, made again as often as it is cut. Who we are and what we have to say is its owner's.
//
//   IDLE ─call─▶ GREETING ─▶ UP        any cut: WAITING, then GREETING again; rest(): IDLE; end(): OVER
//
// Nothing here depends on timers that run on time: a page in the background, or on a laptop that slept, gets them late.
// Our heart-beat goes out when the server's comes in. A silence is measured by a clock that nobody sets, and which may
// stand still while the machine sleeps; after either it is asked first whether anybody is there, and judged then.

import { encode, Frames, HEARTBEAT } from "./frames.js";
import { guarded } from "./outside.js";

export const [IDLE, GREETING, UP, WAITING, OVER] = ["idle", "greeting", "up", "waiting", "over"];
const BEAT = 10_000; // milliseconds, each way
const SILENCE = 20_000; // after which it is asked whether anybody is there
const DOUBT = 5_000; // after which nobody is there any more
const SLEPT = 12_000; // the same after a sleep: a heart-beat of the server's is due within this time
const LOOK = 5_000;
const [FIRST, MOST] = [1_000, 30_000]; // between tries
const HELD = 10_000; // a connection must hold before a cut is answered quickly again
const now = () => performance.now();

export class Link {
  state = IDLE;
  #socket = null;
  #timer = 0;
  #tries = 0;
  #began = 0;
  #sent = 0;
  #heard = 0;
  #until = Infinity; // when nobody is there any more, if nothing is heard; at first that is not in doubt
  #apart = Date.now() - now(); // by how much the two clocks differ

  // `owner` has introduction(), connected(frame), received(frame), cut(), retrying(seconds, opened), over().
  constructor(url, owner) {
    this.url = url;
    this.owner = owner;
    setInterval(() => this.look(), LOOK);
  }

  call() {
    clearTimeout(this.#timer);
    this.#abandon();
    this.state = GREETING;
    this.#hears();
    const socket = (this.#socket = new WebSocket(this.url, ["v12.stomp"]));
    const frames = new Frames();
    let opened = false;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      opened = true;
      this.#write(encode("CONNECT", { ...this.owner.introduction(), "heart-beat": `${BEAT},${BEAT}` }));
    };
    socket.onclose = () => this.#cut(socket, opened);
    socket.onmessage = ({ data }) => {
      this.#hears();
      for (const frame of frames.feed(new Uint8Array(data)))
        if (socket === this.#socket) guarded(() => this.#received(frame));
      if (this.state === UP && now() - this.#sent > BEAT * 0.9) this.#write(HEARTBEAT);
    };
  }

  send(command, headers, body) {
    this.#write(encode(command, headers, body));
  }

  // Takes note that nobody may be there any more, or that there may be a way again: called also on waking up.
  look(hurry = false) {
    const slept = this.#hasSlept();
    if (this.state === WAITING && (hurry || slept)) this.call();
    if (this.state !== UP && this.state !== GREETING) return;
    if (now() >= this.#until) this.drop();
    else if (this.#until === Infinity && slept) this.#ask(SLEPT);
    else if (this.#until === Infinity && now() - this.#heard > SILENCE) this.#ask(DOUBT);
  }

  // Whether the wall clock has gone further than the other one since the last look: or it was set, and no harm is done.
  #hasSlept() {
    const before = this.#apart;
    this.#apart = Date.now() - now();
    return this.#apart - before > LOOK;
  }

  // Has the network tell whether the connection is alive: one that is not is closed by its other end.
  #ask(patience) {
    this.#until = now() + patience;
    this.#write(HEARTBEAT);
  }

  #hears() {
    this.#heard = now();
    this.#until = Infinity;
  }

  // Cuts the connection, and makes it again.
  drop() {
    if (this.#socket) this.#cut(this.#socket, true);
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
      this.#began = now();
      this.owner.connected(frame);
    } else {
      this.owner.received(frame);
    }
  }

  #write(data) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#sent = now();
    this.#socket.send(data);
  }

  #cut(socket, opened) {
    if (socket !== this.#socket) return;
    this.#abandon();
    const was = this.state;
    if (was === UP && now() - this.#began > HELD) this.#tries = 0;
    const wait = (Math.min(FIRST * 2 ** this.#tries, MOST) * (1 + Math.random())) / 2;
    this.#tries = Math.min(this.#tries + 1, 16);
    this.state = WAITING;
    this.#timer = setTimeout(() => this.call(), wait);
    if (was === UP) this.owner.cut();
    if (this.state === WAITING) this.owner.retrying(wait / 1000, opened);
  }

  #abandon() {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close(); // which may take its time where nobody answers: we do not wait for it
  }
}
