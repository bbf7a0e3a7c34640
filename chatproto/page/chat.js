// One person's chat: what a typed line means, what becomes of what is heard, and which room is looked at.

import { whyClosed } from "./diagnosis.js";
import { bytes } from "./frames.js";
import { fold, mentions, oneWord, passwords, roomName } from "./names.js";
import { title } from "./notify.js";
import { argumentsOf, mayBeSecret, parsed, withoutSecret } from "./parse.js";
import { Room } from "./room.js";
import { when } from "./rows.js";
import { choose, known, say } from "./words.js";

const TALK = new Set(["said", "action", "notice"]);
const FAREWELLS = new Set(["exit", "quit"]); // alone on a line they leave, at a terminal; here it is asked what is meant
const PAGE = 100; // messages read at once by scrolling up
const HELD = 50; // of what was said with one person, what a reload of the page keeps
const HOME = ""; // what is told where there is no room

export class Chat {
  rooms = new Map([[HOME, new Room(HOME)]]);
  #current = HOME;
  #before = HOME; // where one was before: there one is again, if one may not come in
  #silent = new Set(); // rooms of which an answer is awaited that nobody has typed for
  #offered = null; // who waits for the list of rooms
  #ended = ""; // why we were put off the server
  #entries = new Map(); // a parcel's key: its entry, while it is on its way

  // `view` has timeline, looking, text, banner(text, button, action), waits(text, button, action), paint(),
  // door(text, reason), came(again), rang(message, room), keep(), ended(text, action), left(why), asks(line, room).
  constructor(session, view) {
    this.session = session;
    this.view = view;
  }

  get room() {
    return this.rooms.get(this.#current) ?? this.rooms.get(HOME);
  }

  get listed() {
    return [...this.rooms.values()].filter(({ name }) => name !== HOME);
  }

  get there() {
    const names = this.room.names.filter((name) => !this.session.isMe(name));
    return { names, rooms: this.listed.filter(({ direct }) => !direct).map(({ name }) => name) };
  }

  // What was said with one person: the server keeps it nowhere, and a reload of the page must not lose it.
  get talks() {
    const plain = ({ event, who, text, at, own, calls }) => ({ event, who, text, at, own, calls });
    return this.listed
      .filter(({ direct }) => direct)
      .map(({ name, entries, unread, called }) => ({ name, entries: entries.slice(-HELD).map(plain), unread, called }));
  }

  // --- rooms ----------------------------------------------------------------------------------------

  open(asked, invitation = "") {
    this.turnAway();
    this.room.draft = mayBeSecret(this.view.text) ? "" : this.view.text;
    const { name } = this.#of(asked);
    if (name !== this.#current) this.#before = this.#current;
    this.#current = name;
    this.view.text = this.room.draft;
    this.#seen();
    if (!this.room.direct && name !== HOME && !this.session.enter(name, invitation)) this.#ask(`/join ${name}`);
    this.view.timeline.show(this.room);
    this.view.paint();
    if (name === HOME && !this.room.entries.length)
      this.tell("answer", say("You are in no room. /join ROOM takes you into one."));
  }

  // Returns the room, or the conversation, of this name: a new one where there is none.
  #of(name) {
    const room = [...this.rooms.values()].find((each) => fold(each.name) === fold(name)) ?? new Room(name);
    this.rooms.set(room.name, room);
    return room;
  }

  leave(room) {
    if (room.name === HOME) return this.tell("refused", say("You are in no room. /join ROOM takes you into one."));
    if (!room.direct) this.session.leave(room.name);
    return this.#close(room.name);
  }

  #close(name) {
    this.#silent.delete(name);
    if (name === HOME || !this.rooms.delete(name)) return;
    const back = this.listed.find((room) => room.name === this.#before) ?? this.listed.at(-1);
    if (this.#current === name) this.open(back?.name ?? HOME);
    this.view.keep();
    this.view.paint();
  }

  // Is in a room again, or in a talk, in which one was before the page was loaded anew.
  restore({ name, ...held }) {
    this.rooms.set(name, Object.assign(new Room(name), held));
  }

  // Returns the rooms there are, as the server tells them: `#dev (3) what it is about`.
  async offers() {
    const told = new Promise((resolve) => (this.#offered = resolve));
    this.session.ask("/rooms", { silent: true });
    return (await told).split("\n");
  }

  // Asks the server for something that nobody typed, and whose answer nobody reads.
  #ask(line) {
    this.#silent.add(line.split(" ")[1]);
    this.session.ask(line, { silent: true });
  }

  // Takes note that the reader has read all there is here, or has turned away.
  turnAway() {
    this.room.read();
  }

  looked() {
    if (!this.view.looking || !this.room.unread) return;
    this.#seen();
    this.view.paint();
  }

  #seen() {
    this.room.unread = this.room.called = 0;
    this.#stopsAt(this.room, null);
  }

  #missed(room, { seq, prev, calls }) {
    room.unread += 1;
    if (calls) room.called += 1;
    if (seq && this.session.rooms.get(room.name)?.stopped === null) this.#stopsAt(room, prev);
  }

  // Remembers from where on nobody has looked at what is in a room, though the page be loaded anew.
  #stopsAt({ name }, number) {
    const place = this.session.rooms.get(name);
    if (place) place.stopped = number;
    this.view.keep();
  }

  older(room) {
    if (!room?.older || room.reading || !this.session.up) return room?.reading;
    return (room.reading = this.#readOlder(room, PAGE));
  }

  async #readOlder(room, count) {
    const { found, why } = await this.session.read(`/history ${room.name} ${count} ${room.firstSeq}`);
    room.reading = null;
    if (why) return void this.#show(room, { event: "refused", text: why, at: Date.now() });
    const came = room.addOlder(found.map((message) => this.#judged(message, room)));
    if (room === this.room) this.view.timeline.update(came);
  }

  // Goes to a message that was found, reading back to it page by page.
  async reach(name, seq) {
    if (this.#current !== name) this.open(name);
    const room = this.room;
    await room.reading;
    while (room.older && room.firstSeq > seq && this.session.up) await this.#readOlder(room, 500);
    const entry = room.entries.find((each) => each.seq === seq);
    if (entry && room === this.room) this.view.timeline.to(entry);
  }

  // --- typed ----------------------------------------------------------------------------------------

  // Takes a line, and returns whether it may be forgotten where it was typed.
  typed(text) {
    const line = text.normalize("NFC");
    if (known.limits.body && bytes(line) > known.limits.body) {
      return this.tell(
        "refused",
        say("That is too long for one message: {count} bytes, and {most} are the most.", {
          count: bytes(line),
          most: known.limits.body,
        }),
      );
    }
    const { says, slip, ...command } = parsed(line);
    if (says === undefined) return this.#command(command, slip);
    if (!FAREWELLS.has(fold(says.trim())) || this.room.name === HOME) return this.say(says);
    this.view.asks(says, this.room.name);
    return true;
  }

  say(text, act = false) {
    const { room, session } = this;
    if (room.name === HOME) return this.tell("refused", say("You are in no room. /join ROOM takes you into one."));
    const parcel = room.direct ? session.whisper(room.name.slice(1), text) : session.say(room.name, text, act);
    this.pending(room, parcel);
    this.turnAway();
    this.view.timeline.toEnd();
    return true;
  }

  // Shows what is on its way.
  pending(room, parcel) {
    const { text, act, key } = parcel;
    const who = this.session.name;
    const entry = {
      event: act ? "action" : "said",
      who,
      text: act ? `${who} ${text}` : text,
      at: Date.now(),
      state: "pending",
      parcel,
      room,
    };
    this.#entries.set(key, entry);
    room.pending.push(entry);
    if (room === this.room) this.view.timeline.update();
  }

  #command({ word, rest, spec }, slip) {
    this.view.timeline.toEnd(); // where its answer will be
    if (slip) return this.#askFor(slip);
    const [first, ...others] = rest.trim().split(/\s+/);
    const rooms = { named: first && roomName(first), here: this.#current };
    const handled = {
      join: () => this.open(rooms.named, others[0]),
      leave: () => this.leave(this.rooms.get(rooms.named || rooms.here) ?? new Room(rooms.named)),
      quit: () => this.#quit(),
      help: () => this.tell("help", ""),
      slip: () => this.#quit("/slip"),
      me: () => this.say(rest, true),
      msg: () => this.#whisper(first, rest.slice(first.length).trim()),
    }[spec?.word];
    const needs = { join: first, help: !first, me: rest && !rest.startsWith("#"), msg: others.length };
    if (handled && (needs[spec.word] ?? true)) handled();
    else this.#askTyped(spec, word, rest);
    return true;
  }

  #whisper(name, text) {
    this.open(`@${name}`);
    this.say(text);
  }

  // Asks for a command, about the room before one's eyes if it names none.
  #askTyped(spec, word, rest) {
    const given = (spec && argumentsOf(spec, rest)) ?? [];
    const unplaced = spec?.fields[0]?.kind === "place" && !given[0] && !rest.startsWith("#");
    const place = unplaced && this.room.name.startsWith("#") ? [this.room.name] : [];
    const settle = () => spec && this.#settled(spec.word, given, rest);
    this.#askFor([word, ...place, rest].join(" ").trim(), settle);
  }

  #askFor(line, settle = null) {
    const about = { secret: mayBeSecret(line), shown: withoutSecret(line), place: this.#current, settle };
    this.session.ask(line, about);
    return true;
  }

  // Takes note of what was done that is the page's matter too.
  #settled(word, given, rest) {
    const [first] = given;
    if (word === "lang") choose((this.session.lang = first.toLowerCase())).then(() => this.view.paint());
    else if (word === "nick") this.session.name = oneWord(rest);
    else if (word === "login") this.session.belongs((this.session.name = first), given.at(-1));
    else if (word === "register") this.session.belongs(this.session.name, given.at(-1));
    else if (word === "passwd") this.session.belongs(this.session.name, passwords(rest)[1]);
    this.view.paint();
  }

  #quit(line) {
    if (line) this.session.ask(line);
    this.session.finish();
  }

  // Writes a rejected line again, or lets it go.
  again(entry) {
    this.forget(entry);
    return entry.parcel.act ? `/me ${entry.parcel.text}` : entry.parcel.text;
  }

  forget(entry) {
    entry.room.pending = entry.room.pending.filter((each) => each !== entry);
    if (entry.room === this.room) this.view.timeline.update();
  }

  // Tells the reader something in the room that is looked at; false, for a line that stays where it was typed.
  tell(event, text) {
    this.#show(this.room, { event, text, at: Date.now(), local: true });
    return false;
  }

  // --- what the session tells -----------------------------------------------------------------------

  connected(again) {
    this.view.banner("");
    for (const room of this.session.returning) this.#silent.add(room); // each is told how it stands there
    this.view.came(again);
  }

  heard(message, parcel) {
    const { event, headers } = message;
    if (event === "closing") this.view.banner(message.text);
    if (event === "kicked" && !message.room) return this.#putOut(message);
    const about = this.rooms.get(message.room || headers.room);
    about?.hear(message);
    if (event === "answer") about?.knows(this.session.name);
    if (event === "slipped" || (event === "answer" && this.#isExpected(message))) return this.view.paint();
    if (event === "refused" && headers.room) this.#close(headers.room);
    const room = message.direct ? this.#of(`@${message.who}`) : message.room ? about : this.room;
    if (!room) return undefined;
    this.#arrived(this.#entries.get(parcel?.key));
    if (message.introduces) this.#introduce(message, room);
    const entry = this.#judged(message, room);
    return message.room ? this.#show(room, entry) : this.#showFrom(headers.room, entry, room);
  }

  // Shows what nobody but the reader is told where they look, and says of which room it is, if that is another one.
  #showFrom(name, entry, room = this.room) {
    const elsewhere = name && name !== HOME && name !== room.name && !entry.text.includes(name);
    this.#show(room, elsewhere ? { ...entry, where: name } : entry);
  }

  // Says before the first message that one has not read how many those are, and since when.
  #introduce({ introduces, at }, room) {
    const text = say("{count} said before you came, since {since}:", { count: introduces, since: when(at) });
    room.introduce({ event: "answer", text, at }, this.session.rooms.get(room.name).read);
  }

  // Says whether this is an answer that the page has asked for, and not its reader.
  #isExpected({ text, headers }) {
    if (this.#silent.delete(headers.room)) return true;
    const offered = text.startsWith("#") ? this.#offered : null;
    if (offered) this.#offered = null;
    offered?.(text);
    return Boolean(offered);
  }

  #judged(message, room) {
    const own = message.event !== "notice" && this.session.isMe(message.who);
    const calls = !own && TALK.has(message.event) && mentions(message.text, this.session.name, room.names);
    return Object.assign(message, { own, calls });
  }

  #show(room, entry) {
    room.add(entry);
    const looking = room === this.room && this.view.looking;
    if (TALK.has(entry.event) && !entry.own && !entry.read && !looking) {
      this.#missed(room, entry);
      if ((entry.calls || room.direct) && !entry.past) this.view.rang(entry, room);
    }
    if (entry.alert && !looking) room.unread += 1;
    if (room.direct) this.view.keep();
    const gone = room !== this.room || this.view.timeline.atEnd ? room.trim() : 0;
    if (room === this.room) this.view.timeline.update(-gone);
    this.view.paint();
  }

  #putOut(message) {
    const { room } = message.headers;
    if (!room) return (this.#ended = message.text);
    this.#close(room);
    return this.#showFrom(room, { ...message, alert: true });
  }

  #arrived(entry) {
    if (!entry) return;
    this.#entries.delete(entry.parcel.key);
    entry.room.pending = entry.room.pending.filter((each) => each !== entry);
  }

  done(parcel) {
    const entry = this.#entries.get(parcel.key);
    if (!entry || (parcel.kind === "say" && !parcel.seen)) return;
    this.#arrived(entry);
    if (parcel.kind === "whisper") {
      entry.room.add(Object.assign(entry, { state: "", own: true, stale: true }));
      this.view.keep();
    }
    if (entry.room === this.room) this.view.timeline.update();
  }

  refused(parcel, { text, headers }) {
    if (parcel.kind === "enter") this.#close(parcel.room);
    if (parcel.silent) this.#silent.delete(parcel.line.split(" ")[1]);
    if (!this.#fails(parcel, "refused", text) && !parcel.silent)
      this.#showFrom(parcel.room ?? parcel.place, { event: "refused", text, at: Date.now(), headers });
  }

  unknown(parcel) {
    if (
      parcel.silent ||
      this.#fails(parcel, "unknown", say("The connection was cut, and nobody knows whether this was sent."))
    )
      return;
    this.tell(
      "refused",
      say("The connection was cut: nobody knows whether this was done: {line}", { line: parcel.shown }),
    );
  }

  #fails({ key }, state, why) {
    const entry = this.#entries.get(key);
    if (!entry) return false;
    this.#entries.delete(key);
    Object.assign(entry, { state, why, stale: true });
    if (entry.room === this.room) this.view.timeline.update();
    else entry.room.unread += 1; // its reader has gone elsewhere meanwhile
    this.view.paint();
    return true;
  }

  nameRefused(reason, text) {
    this.view.door(text, reason);
  }

  disconnected() {
    this.#silent.clear();
    this.view.banner(say("The connection is lost."));
    this.view.paint();
  }

  // Says what is wrong: where there never was a connection, something may stand between that passes on the page alone.
  async retrying(seconds, opened) {
    const wait = say("Connecting again in {seconds} s …", { seconds: Math.max(1, Math.round(seconds)) });
    const waits = (why) => this.view.waits(`${why} ${wait}`, say("Now"), () => this.session.wake());
    const { url, known } = this.session;
    if (known) return waits(say("The connection is lost."));
    waits(opened ? say("The server has not let you in yet.") : say("The server cannot be reached."));
    if (opened) return;
    const why = await whyClosed(url);
    if (this.session.waiting) waits(why);
  }

  thrownOut(text) {
    this.view.ended(text, () => this.session.callAgain());
  }

  over() {
    this.view.left(this.#ended || say("You have left."));
  }

  changed() {
    this.view.keep();
    this.view.paint();
  }

  title() {
    title(this.listed, this.room);
  }
}
