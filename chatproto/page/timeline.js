// The log of one room on the screen: a window on its entries. However long the room is, the page holds no more
// than MOST rows; scrolling moves the window, and near its upper end asks for what was said before.

import { join, row } from "./rows.js";

export const MOST = 150; // rows
const STEP = 40; // by which the window moves
const NEAR = 600; // pixels from an end at which it does
const END = 40; // pixels from the end that count as the end

export class Timeline {
  #log;
  #room = null;
  #rows = new Map(); // entry: its row, of those in the window
  #start = 0;
  #end = 0;
  #following = true; // whether the reader is at the end, and what comes is shown
  #frame = 0;
  #due = false; // whether something has changed that is not shown yet
  #before = 0;
  #top = 0; // where it was scrolled to when last looked at
  #given;

  // `given` has older(room), moved(atEnd), onEdit(entry), onDrop(entry).
  constructor(log, given) {
    this.#log = log;
    this.#given = given;
    log.addEventListener("scroll", () => this.#soon(), { passive: true });
    new ResizeObserver(() => this.#following && this.toEnd()).observe(log);
  }

  get atEnd() {
    return this.#following;
  }

  show(room) {
    this.#room = room;
    this.#before = 0;
    this.#log.ariaBusy = "true"; // this is no news: nobody reads it out
    this.#log.replaceChildren();
    this.#rows.clear();
    this.toEnd();
    this.#soon();
    requestAnimationFrame(() => (this.#log.ariaBusy = "false"));
  }

  // Shows what has changed in the room, once all that came together was heard. `before` is how many entries came in
  // front of all others, or went there.
  update(before = 0) {
    if (!this.#due) queueMicrotask(() => this.#updated());
    this.#due = true;
    this.#before += before;
  }

  #updated() {
    const before = this.#before;
    this.#due = false;
    this.#before = 0;
    if (!this.#room) return;
    this.#start += before;
    this.#end += before;
    if (this.#following) this.toEnd();
    else this.#move(before > 0 ? -STEP : 0); // with rows above it the first one can lose its day, and nothing moves
    this.#soon();
  }

  toEnd() {
    this.#following = true;
    this.#end = this.#room?.list.length ?? 0;
    this.#start = Math.max(0, this.#end - MOST);
    this.#render();
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#given.moved(true);
  }

  // Goes to an entry, and lets it shine for a moment.
  to(entry) {
    const place = this.#room.list.indexOf(entry);
    this.#following = false;
    this.#start = Math.max(0, place - MOST / 2);
    this.#end = this.#start + MOST;
    this.#render();
    const found = this.#rows.get(entry);
    found.scrollIntoView({ block: "center" });
    found.classList.add("shine");
    setTimeout(() => found.classList.remove("shine"), 2_000);
    this.#given.moved(false);
  }

  #soon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#scrolled());
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    const below = scrollHeight - scrollTop - clientHeight;
    const length = this.#room?.list.length ?? 0;
    const up = scrollTop < this.#top;
    this.#top = scrollTop;
    if (this.#following && !up && below >= END)
      this.toEnd(); // the log has shrunk, its reader has not moved
    else this.#following = this.#end >= length && below < END;
    const step = scrollTop < NEAR && this.#start > 0 ? -STEP : below < NEAR && this.#end < length ? STEP : 0;
    if (step) this.#move(step);
    if (step) this.#soon(); // there may be further to go
    if (scrollTop < NEAR && this.#start === 0) this.#given.older(this.#room);
    this.#given.moved(this.#following);
  }

  #move(step) {
    const length = this.#room.list.length;
    this.#start = Math.max(0, Math.min(this.#start + step, length - MOST));
    this.#end = Math.min(length, this.#start + MOST);
    this.#keepingPlace(() => this.#render());
  }

  // Does something to the rows, and leaves what the reader sees where it is. The first row of all is no measure: with
  // others before it, it may lose the day and the name that stand over it.
  #keepingPlace(change) {
    const top = this.#log.getBoundingClientRect().top;
    const rows = [...this.#log.children];
    const seen = rows.slice(1).find((child) => child.getBoundingClientRect().top >= top) ?? rows[0];
    const was = seen?.getBoundingClientRect().top;
    this.#log.ariaBusy = "true";
    change();
    if (seen?.isConnected) this.#log.scrollTop += seen.getBoundingClientRect().top - was;
    this.#log.ariaBusy = "false";
  }

  #render() {
    const list = this.#room?.list ?? [];
    this.#end = Math.min(Math.max(this.#end, Math.min(list.length, this.#start + MOST)), list.length);
    this.#start = Math.max(0, Math.min(this.#start, this.#end - 1), this.#end - MOST);
    const wanted = list.slice(this.#start, this.#end);
    const kept = new Set(wanted);
    for (const [entry, made] of this.#rows) {
      if (kept.has(entry) && !entry.stale) continue;
      made.remove();
      this.#rows.delete(entry);
    }
    let next = this.#log.firstChild;
    wanted.forEach((entry, n) => {
      const made = this.#rows.get(entry) ?? row(entry, this.#given);
      const before = list[this.#start + n - 1];
      this.#rows.set(entry, made);
      entry.stale = false;
      join(made, entry, before, this.#room.stoppedAt(before) && !entry.state); // what is on its way is one's own
      if (made === next) next = next.nextSibling;
      else this.#log.insertBefore(made, next);
    });
  }
}
