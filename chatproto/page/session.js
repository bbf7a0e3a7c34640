// One name on the server, through any number of connections: nothing missing, nothing twice.
//
// What is asked is a parcel: {kind, key, …}. It leaves the outbox by its receipt or its refusal, in no other way. After
// a cut, what carries a key that makes a repetition known, or may be done twice without harm, goes again; of the rest
// nobody knows whether it was done, and its person is told so.

import { bytes } from "./frames.js";
import { GREETING, Link, UP, WAITING } from "./link.js";
import { fold } from "./names.js";
import { AGAIN, ASK, ENTER, frameOf, heard, KEYED, LEAVE, READ, SAY, subscription, WHISPER } from "./parcel.js";
import { GAP, NEW, Place } from "./place.js";

const [WINDOW, WINDOW_BYTES] = [16, 32_768]; // under way at once; see the client's outbox
const LINGER = 45_000; // milliseconds after a cut in which "name in use" may mean ourselves
const MOST_TOLD = 200; // direct messages whose ids are remembered
const RELOAD = 10; // seconds within which a page that is loaded anew comes back
const NAMING = ["bad-name", "name-in-use", "name-reserved", "wrong-passcode"];
const PASSING = ["server-full", "busy", "too-fast", "internal", "disk-full"];
const FINAL = ["not-allowed", "bad-frame", "banned"];

export class Session {
  name = "";
  lang = "";
  current = "";
  rooms = new Map(); // name: Place
  #link;
  #passcode = ""; // kept here and nowhere else, to come back to a server that has forgotten us
  #account = "";
  #resume = "";
  #known = false; // whether the server has taken us by our name
  #ghostUntil = 0; // until when our name may be held by what is left of ourselves
  #last = false; // whether the next cut is the end
  #waiting = [];
  #underWay = new Map();
  #told = []; // the ids of direct messages: one is given again if the server does not know whether it was read
  #unseen = new Map(); // parcels that have their receipt and have not come round, by room and number
  #returns = new Map(); // receipt of a SUBSCRIBE on coming back, and its room

  // `listener` has connected(again), heard(message, parcel), done(parcel), refused(parcel, text), unknown(parcel),
  // nameRefused(reason, text), disconnected(), retrying(seconds, opened), thrownOut(text), over(), changed().
  constructor(url, listener) {
    this.listener = listener;
    this.#link = new Link(url, this);
  }

  get up() {
    return this.#link.state === UP;
  }

  // Whether the server has answered all that it was asked.
  get settled() {
    return this.up && !this.#waiting.length && !this.#underWay.size && !this.#returns.size;
  }

  // The rooms that are being entered again by themselves.
  get returning() {
    return this.#returns.values();
  }

  // Whether the server has ever taken us by our name.
  get known() {
    return this.#known;
  }

  // Whether its person has left, or was put out: the next cut is the end.
  get ending() {
    return this.#last;
  }

  // Whether it is between two tries to connect.
  get waiting() {
    return this.#link.state === WAITING;
  }

  get url() {
    return this.#link.url;
  }

  // What a reload of the page must not lose; never a password.
  get saved() {
    const unsent = [...this.#underWay.values(), ...this.#waiting].filter(({ kind }) => KEYED.has(kind));
    const stopped = Object.fromEntries([...this.rooms].map(([room, place]) => [room, place.stopped]));
    const rooms = [...this.rooms.keys()];
    return { name: this.name, resume: this.#resume, rooms, stopped, current: this.current, unsent, told: this.#told };
  }

  restore({ resume, rooms, stopped = {}, current, unsent, told = [] }) {
    this.#resume = resume;
    this.#told = told;
    this.current = current;
    for (const room of rooms) this.rooms.set(room, Object.assign(new Place(), { entered: true, stopped: stopped[room] ?? null }));
    this.#waiting = unsent.map((parcel) => ({ ...parcel, sent: true }));
  }

  // `heldFor`: milliseconds for which the name may be held for a page that was closed just now.
  start(name, passcode, heldFor = 0) {
    this.name = this.#account = name;
    this.#passcode = passcode;
    this.#ghostUntil = performance.now() + heldFor;
    this.#link.call();
  }

  say(room, text, act = false) {
    return this.#post({ kind: SAY, room, text, act });
  }

  whisper(name, text) {
    return this.#post({ kind: WHISPER, name, text });
  }

  // Has a command done. `of` is what the page knows of it.
  ask(line, of = {}) {
    return this.#post({ kind: ASK, line, ...of });
  }

  // Reads again: resolves with {found}, messages, or with {why} it was refused.
  read(line) {
    return new Promise((resolve) => this.#post({ kind: READ, line, found: [], resolve }));
  }

  // Goes into a room, with an invitation if it is a private one; null where one is already.
  enter(room, invitation) {
    this.current = room;
    if (this.rooms.has(room)) return null;
    this.rooms.set(room, new Place());
    return this.#post({ kind: ENTER, room, invitation });
  }

  leave(room) {
    const parcel = this.#post({ kind: LEAVE, room });
    this.#forget(room);
    return parcel;
  }

  finish() {
    this.#last = true;
    this.listener.changed();
    this.#link.send("DISCONNECT", { receipt: "bye" });
    setTimeout(() => this.#link.end(), this.up ? 300 : 0);
  }

  // Says goodbye as the page goes, which cannot tell whether it is closed or loaded anew.
  goes() {
    this.#link.send("DISCONNECT", { linger: String(RELOAD) });
  }

  wake() {
    this.#link.look(true);
  }

  // Comes in anew, after the server has ended the session: another tab may have it now.
  callAgain() {
    this.#last = this.#known = false;
    this.#ghostUntil = 0;
    this.#link.call();
  }

  #post(parcel) {
    const made = { key: crypto.getRandomValues(new BigUint64Array(2)).join("-"), sent: false, seq: 0, ...parcel };
    this.#waiting.push(made);
    this.#sendWhatIsDue();
    return made;
  }

  #sendWhatIsDue() {
    while (this.up && this.#waiting.length && this.#hasRoomFor(this.#waiting[0])) {
      const parcel = this.#waiting.shift();
      this.#underWay.set(parcel.key, parcel);
      const [command, headers, body] = frameOf(parcel);
      const place = parcel.kind === ENTER ? this.rooms.get(parcel.room)?.asked() : {};
      this.#link.send(command, { ...headers, ...place }, body);
    }
    this.listener.changed();
  }

  #hasRoomFor(parcel) {
    const going = [...this.#underWay.values()];
    const size = (p) => bytes(p.text ?? p.line ?? "");
    if (going.some((p) => p.secret)) return false; // as whom the rest is done depends on it
    if (going.length >= WINDOW) return false;
    return !going.length || going.reduce((sum, p) => sum + size(p), size(parcel)) <= WINDOW_BYTES;
  }

  // --- what the link tells --------------------------------------------------------------------------

  introduction() {
    const login = this.#passcode ? this.#account : this.name;
    const headers = { "accept-version": "1.2", host: location.host, login, lang: this.lang };
    if (this.#passcode) headers.passcode = this.#passcode;
    if (this.#resume) headers.resume = this.#resume;
    return headers;
  }

  connected({ headers }) {
    const again = this.#known;
    this.#known = true;
    this.#resume = headers.resume ?? "";
    const renamed = headers.user && !this.isMe(headers.user);
    this.name = headers.user || this.name;
    if (!headers.resumed) this.#disown(renamed);
    this.#link.send("SUBSCRIBE", { id: "me", destination: "/me" });
    const order = [...this.rooms].sort(([a], [b]) => (a === this.current) - (b === this.current)); // the last is the server's too
    for (const [room, place] of order) {
      if (!place.entered) continue; // its parcel is still in the outbox
      place.returning = true;
      const key = `back ${room}`;
      this.#returns.set(key, room);
      this.#link.send("SUBSCRIBE", {
        ...subscription(room),
        ...place.asked(),
        receipt: key,
      });
    }
    this.listener.connected(again);
    this.#sendWhatIsDue();
  }

  // Lets go of what was under way and whose keys mean nothing under this name.
  #disown(renamed) {
    const strange = this.#waiting.filter(({ sent, kind }) => renamed && sent && (kind === WHISPER || kind === SAY));
    this.#waiting = this.#waiting.filter((parcel) => !strange.includes(parcel));
    for (const parcel of strange) this.listener.unknown(parcel);
  }

  received(frame) {
    if (frame.command === "MESSAGE") this.#message(heard(frame));
    else if (frame.command === "RECEIPT") this.#receipt(frame.headers);
    else if (frame.command === "ERROR") this.#error(frame);
  }

  cut() {
    this.#ghostUntil = performance.now() + LINGER;
    this.#returns.clear();
    const going = [...this.#underWay.values()];
    this.#underWay.clear();
    this.#waiting.unshift(
      ...going.filter(({ kind }) => AGAIN.has(kind)).map((parcel) => Object.assign(parcel, { sent: true, found: [] })),
    );
    if (this.#last) this.#link.end();
    else this.listener.disconnected();
    for (const parcel of going.filter(({ kind }) => !AGAIN.has(kind))) this.listener.unknown(parcel);
  }

  retrying(seconds, opened) {
    this.listener.retrying(seconds, opened);
  }

  over() {
    this.listener.over();
  }

  // --- rooms and messages ---------------------------------------------------------------------------

  isMe(name) {
    return fold(name) === fold(this.name);
  }

  #message(message) {
    const reading = message.event !== "refused" && this.#underWay.get(message.headers["receipt-id"]);
    if (reading?.kind === READ) reading.found.push(message);
    else if (message.room) this.#roomMessage(message);
    else if (message.event === "refused") this.#refused(message);
    else if (message.event === "kicked") this.#putOut(message);
    else if (!message.direct || this.#isNew(message)) this.listener.heard(message, null);
  }

  #isNew({ id }) {
    const told = this.#told.includes(id);
    if (!told) this.#told = [...this.#told, id].slice(-MOST_TOLD);
    return !told;
  }

  #roomMessage(message) {
    const place = this.rooms.get(message.room);
    if (!place) return; // we have left it meanwhile
    if (message.event === "gap") place.skip(Number(message.headers.new));
    if (message.event === "renamed" && this.isMe(message.headers.old)) this.name = message.headers.new;
    let own = null;
    if (message.seq) {
      const verdict = place.take(message);
      if (verdict === GAP) this.#link.drop(); // and come back, reading on from where the gap is
      if (verdict !== NEW) return;
      message.past = place.isPast(message);
      message.read = place.wasRead(message);
      message.introduces = place.introduces(message);
      own = this.#comesRound(message);
    }
    this.listener.heard(message, own);
  }

  // Returns the parcel of ours that this message is, if it is one.
  #comesRound({ room, event, who, text, seq }) {
    const known = this.#unseen.get(`${room} ${seq}`);
    this.#unseen.delete(`${room} ${seq}`);
    if (known || !["said", "action"].includes(event) || !this.isMe(who)) return known ?? null;
    const words = event === "action" ? text.slice(who.length + 1) : text;
    const fits = (p) =>
      p.kind === SAY && !p.seq && p.room === room && p.act === (event === "action") && p.text.trim() === words.trim();
    const parcel = [...this.#underWay.values(), ...this.#waiting.filter(({ sent }) => sent)].find(fits);
    if (parcel) parcel.seq = seq;
    return parcel ?? null;
  }

  #putOut(message) {
    const { room } = message.headers;
    if (room) this.#forget(room);
    else this.#last = true;
    this.listener.heard(message, null);
  }

  #forget(room) {
    this.rooms.delete(room);
    if (this.current === room) this.current = [...this.rooms.keys()].at(-1) ?? "";
  }

  // --- answers --------------------------------------------------------------------------------------

  #receipt(headers) {
    const key = headers["receipt-id"];
    if (key === "bye") return this.#link.end();
    const seq = Number(headers.seq ?? 0);
    this.rooms.get(this.#returns.get(key))?.starts(headers);
    this.#returns.delete(key);
    const parcel = this.#settled(key);
    if (!parcel) return this.listener.changed();
    if (parcel.kind === SAY && seq && !parcel.seq) {
      parcel.seq = seq;
      const place = this.rooms.get(parcel.room);
      if (place && seq > (place.last ?? 0)) this.#unseen.set(`${parcel.room} ${seq}`, parcel);
      else parcel.seen = true; // it came round on coming back, as the words of somebody of our name
    } else if (parcel.kind === ENTER && this.rooms.has(parcel.room)) {
      this.rooms.get(parcel.room).entered = true;
      this.rooms.get(parcel.room).starts(headers);
    } else if (parcel.kind === ASK) {
      parcel.settle?.(); // a password that was changed, say
    }
    parcel.resolve?.({ found: parcel.found });
    this.listener.done(parcel);
    return this.#sendWhatIsDue();
  }

  #settled(key) {
    const parcel = this.#underWay.get(key);
    this.#underWay.delete(key);
    return parcel;
  }

  // What proves the name to be one's own, from now on; not what CONNECT, which has no escapes, cannot say.
  belongs(account, passcode) {
    this.#account = account;
    this.#passcode = /[\0\r\n]/.test(passcode) ? "" : passcode;
  }

  #refused(message) {
    const key = message.headers["receipt-id"];
    const parcel = this.#settled(key);
    const room = this.#returns.get(key) ?? (parcel?.kind === ENTER ? parcel.room : "");
    this.#returns.delete(key);
    if (room) this.#forget(room);
    if (parcel) this.#rejected(parcel, message);
    else this.listener.heard(room ? { ...message, headers: { ...message.headers, room } } : message, null);
    this.#sendWhatIsDue();
  }

  #rejected(parcel, message) {
    if (parcel.kind === READ) parcel.resolve({ why: message.text });
    else if (parcel.kind === LEAVE) this.listener.done(parcel); // it was left before the cut
    else this.listener.refused(parcel, message);
  }

  #error({ headers, body }) {
    const reason = headers.message ?? "";
    if (this.#link.state === GREETING) this.#turnedAway(reason, body);
    else this.#thrownOut(reason, headers["receipt-id"], body);
  }

  // Judges a refused CONNECT: the name may be at fault, it may pass, or this is the end.
  #turnedAway(reason, text) {
    const ghost = reason === "name-in-use" && performance.now() < this.#ghostUntil;
    const guessed = reason === "too-fast" && this.#passcode && !this.#known;
    if ((NAMING.includes(reason) && !ghost) || guessed) {
      this.#link.rest();
      this.#resume = "";
      this.listener.nameRefused(reason, text);
    } else if (this.#resume || ghost || (PASSING.includes(reason) && this.#known)) {
      this.#resume = ""; // it is the likeliest cause, and the name will do
      this.#link.drop();
    } else {
      this.#link.rest();
      this.listener.nameRefused(reason, text);
    }
  }

  // Judges an ERROR: what was at fault must not be sent again, and some errors are final.
  #thrownOut(reason, key, text) {
    const largest = [...this.#underWay.values()].sort((a, b) => bytes(b.text ?? "") - bytes(a.text ?? ""))[0];
    const culprit = this.#settled(key ?? (reason === "too-long" ? largest?.key : ""));
    if (culprit) this.#rejected(culprit, { text, headers: { reason } });
    else if (FINAL.includes(reason)) {
      this.#link.rest();
      this.cut();
      this.listener.thrownOut(text);
      return;
    }
    this.#link.drop();
  }
}
