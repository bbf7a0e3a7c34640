// One room as the page knows it: what was said, in order; what of ours is still on its way; who is there.
//
// An entry is {event, who, text, at, seq, prev, …}, as heard, and what became of it: `withdrawn`, `corrected`,
// `state` ("pending", "refused", "unknown") with `why`; `stale` is one whose row has to be drawn anew. Comings and
// goings that follow each other are one entry.

import { fold } from "./names.js";

const PRESENCE = new Set(["joined", "left", "lost"]);
const GONE = new Set(["left", "lost", "kicked", "slipped"]);
const TALK = new Set(["said", "action", "notice"]);
const SHOWN = 6; // comings and goings in one entry; of more, the last ones
const START = {}; // the mark where all that is here is new
const [MANY, FEW] = [3_000, 1_500]; // entries held of what one has read; what is older can be read again

export class Room {
  entries = [];
  pending = [];
  people = new Map();
  allNamed = false;
  count = 0;
  topic = "";
  unread = 0;
  called = 0; // of the unread, those that mention us
  mark = null; // the entry after which all is new to the reader
  older = false; // whether there is more to be read before the first
  reading = null; // the promise of it
  draft = "";
  #read = 0; // the number up to which one had read it on coming in

  constructor(name) {
    this.name = name;
  }

  get direct() {
    return this.name.startsWith("@");
  }

  get list() {
    return this.pending.length ? [...this.entries, ...this.pending] : this.entries;
  }

  get firstSeq() {
    return this.entries.find(({ seq }) => seq)?.seq ?? 0;
  }

  get names() {
    return [...this.people].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
  }

  // Takes what was heard, and returns the entry that shows it: a new one, or one that has changed.
  add(message) {
    const before = this.entries.at(-1);
    if (PRESENCE.has(message.event) && before?.event === "presence") {
      Object.assign(before, { at: message.at, stale: true }).texts.push(message.text);
      return before;
    }
    const entry = PRESENCE.has(message.event) ? { ...message, event: "presence", texts: [message.text] } : message;
    if (message.seq && !this.firstSeq) this.older = message.prev > 0;
    this.entries.splice(entry.seq ? this.#placeOf(entry) : this.entries.length, 0, entry);
    this.#amend(entry, this.entries);
    const isNews = TALK.has(entry.event) && !entry.own;
    if (before && before === this.mark && entry === this.entries.at(-1) && !isNews) this.mark = entry;
    return entry;
  }

  // Takes note that the reader has read all there is.
  read() {
    this.mark = this.entries.at(-1) ?? null;
  }

  // Takes what stands before that which one has not read: all up to `read`, which may not be here, is old.
  introduce(entry, read) {
    const place = this.#placeOf(entry);
    this.#read = read;
    this.mark = this.entries[place - 1] ?? START;
    this.entries.splice(place, 0, entry);
  }

  // Whether all below this entry is new to the reader; below none is all there is.
  stoppedAt(entry = START) {
    return entry === this.mark;
  }

  // Returns where history belongs that is read: before what the server has told of the room meanwhile.
  #placeOf({ at }) {
    let place = this.entries.length;
    while (
      place &&
      !this.entries[place - 1].seq &&
      this.entries[place - 1].at > at &&
      !this.entries[place - 1].local
    )
      place -= 1;
    return place;
  }

  // Takes a page of what was before; an empty one says that there is no more.
  addOlder(messages) {
    const first = this.firstSeq;
    const page = messages.filter(({ seq }) => !first || seq < first);
    this.entries.unshift(...page);
    if (this.mark === START) this.mark = page.findLast(({ seq }) => seq <= this.#read) ?? START;
    this.older = page.length > 0 && page[0].prev > 0;
    for (const entry of this.entries) this.#amend(entry, page);
    return page.length;
  }

  // Lets go of the oldest of what a reader at the end has read; returns how many.
  trim() {
    if (this.entries.length <= MANY) return 0;
    this.older = true;
    return this.entries.splice(0, this.entries.length - FEW).length;
  }

  // Shows in an entry what was done to it later: taken back, or put right.
  #amend({ event, headers }, entries) {
    const of = Number(headers?.of ?? 0);
    if (!of || !["deleted", "corrected"].includes(event)) return;
    for (const entry of entries) {
      const wordings = entry.seq === of || (entry.event === "corrected" && Number(entry.headers.of) === of);
      if (event === "deleted" && wordings) Object.assign(entry, { withdrawn: true, stale: true });
      if (event === "corrected" && entry.seq === of) Object.assign(entry, { corrected: true, stale: true });
    }
  }

  // --- who is there: hearsay, as in a large room the server tells the number and no names -----------

  hear({ event, who, headers, past }) {
    if (event === "answer" && "count" in headers) this.#listed(headers);
    else if (event === "topic") this.topic = headers.topic;
    else if (event === "joined") this.#came(who);
    else if ((event === "said" || event === "action") && !past) this.#spoke(who);
    else if (GONE.has(event)) this.#went(who);
    else if (event === "renamed") {
      this.#went(headers.old);
      this.#came(headers.new);
    }
  }

  #listed({ members, count, topic }) {
    this.people = new Map(
      (members ?? "")
        .split(",")
        .filter(Boolean)
        .map((name) => [fold(name), name]),
    );
    this.allNamed = members !== undefined;
    this.count = Number(count);
    this.topic = topic ?? "";
  }

  #came(name) {
    if (!this.people.has(fold(name))) this.count += 1;
    this.people.set(fold(name), name);
  }

  #went(name) {
    this.count -= 1;
    this.people.delete(fold(name));
  }

  // Of a large room one knows those who have been heard.
  #spoke(name) {
    if (!this.allNamed) this.people.set(fold(name), name);
  }

  // Takes note of somebody who is counted already: of oneself, in a large room.
  knows(name) {
    if (this.count && !this.people.has(fold(name))) this.people.set(fold(name), name);
  }
}

export function shown({ texts }) {
  const last = texts.slice(-SHOWN).join(" · ");
  return texts.length > SHOWN ? `… ${last}` : last;
}
