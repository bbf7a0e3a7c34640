// A reader's place in one room: which kept messages it has had, so that none is missing and none comes twice.
// `last` only moves along `prev`: what does not follow on it is not taken until the room was read again.

export const SCREEN = 50; // read on coming in; what was before is read by scrolling up
const UNREAD = 1_000; // of what one has not read so many at most, for the same reason
export const [NEW, HAD, GAP] = ["new", "had", "gap"];

export class Place {
  last = null;
  entered = false;
  returning = false;
  stopped = null; // the number after which there is something that nobody has looked at
  read = 0; // the number up to which nothing is new to one

  #fresh = false;
  #stopped = null; // as it was when the page was loaded
  #newest = 0;
  #unread = 0; // the number after which what was said before is still to be introduced

  // Returns what to ask for, so that nothing is missing: on coming in what one has not read, and a screen at least.
  // The server takes for read what it has told, the page only what was looked at, and remembers that for a reload.
  asked() {
    this.#fresh = this.last === null;
    if (!this.#fresh) return { after: String(this.last) };
    this.#stopped = this.stopped;
    if (this.#stopped === null) return { last: String(SCREEN), unread: String(UNREAD) };
    return { after: String(Math.max(0, this.#stopped - SCREEN)) };
  }

  // Takes note of the room's newest number and of how far one has read, which is told before its messages are. Who is
  // new here has nothing to catch up on.
  starts({ seq = 0, read = this.#stopped ?? seq, after = read }) {
    this.#newest = Number(seq);
    this.read = Number(read);
    this.#unread = Math.max(this.read, Number(after));
  }

  // Whether this was said before one came.
  isPast({ seq }) {
    return this.#fresh && seq <= this.#newest;
  }

  // Whether it is no news.
  wasRead({ seq }) {
    return this.#fresh && seq <= this.read;
  }

  // Returns how many messages follow that were said before one came and are to be introduced now; only once.
  introduces({ seq }) {
    if (!this.#fresh || seq <= this.#unread || seq > this.#newest) return 0;
    this.#unread = this.#newest;
    return this.#newest - seq + 1;
  }

  take({ seq, prev }) {
    // The first one after coming back is right by what was asked: should its number be too low, the server counts anew.
    const returned = this.returning;
    this.returning = false;
    if (this.last !== null && !returned) {
      if (seq <= this.last) return HAD;
      if (prev > this.last) return GAP;
    }
    this.last = seq;
    return NEW;
  }

  skip(until) {
    this.last = Math.max(until, this.last ?? 0);
  }
}
