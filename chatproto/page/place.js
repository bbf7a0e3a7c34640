// A reader's place in one room: which kept messages it has had, so that none is missing and none comes twice.
// `last` only moves along `prev`: what does not follow on it is not taken until the room was read again.

export const SCREEN = 50; // read on coming in; what was before is read by scrolling up
export const [NEW, HAD, GAP] = ["new", "had", "gap"];

export class Place {
  last = null;
  entered = false;
  returning = false;

  #fresh = false;
  #newest = 0;

  // Returns what to ask for, so that nothing is missing: on coming in, a screen of what was before.
  asked() {
    this.#fresh = this.last === null;
    return this.#fresh ? { last: String(SCREEN) } : { after: String(this.last) };
  }

  // Takes note of the room's newest number, which is told before its messages are.
  reaches(seq) {
    this.#newest = seq;
  }

  // Whether this was said before one came in: it is history, and no news.
  wasBefore({ seq }) {
    return this.#fresh && seq <= this.#newest;
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
