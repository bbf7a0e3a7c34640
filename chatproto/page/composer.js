// Where one writes. Enter sends, Shift+Enter begins a new line. What may be meant stands in a list above: Tab takes it,
// arrows choose, Escape puts it away. What may hold a password is not brought back.

import { candidates } from "./complete.js";
import { Enter } from "./enter.js";
import { mayBeSecret } from "./parse.js";
import { element } from "./rows.js";

const SHOWN = 8; // candidates
const REMEMBERED = 50; // lines that the up-arrow brings back

export class Composer {
  #entry;
  #list;
  #given;
  #found = [];
  #chosen = -1;
  #lines = [];
  #line = 0;

  // `given` has there(), send(text).
  constructor(form, entry, list, given) {
    this.#entry = entry;
    this.#list = list;
    this.#given = given;
    form.addEventListener("submit", (event) => (event.preventDefault(), this.#send()));
    new Enter(entry, () => this.#enter());
    entry.addEventListener("keydown", (event) => this.#key(event));
    entry.addEventListener("input", () => this.#typed());
    entry.addEventListener("blur", () => this.#put([]));
  }

  get text() {
    return this.#entry.value;
  }

  set text(text) {
    this.#entry.value = text;
    this.#typed();
  }

  focus() {
    this.#entry.focus();
  }

  #typed() {
    this.#entry.style.height = "auto";
    this.#entry.style.height = `${this.#entry.scrollHeight + 2}px`;
    this.#put(this.#candidates(false));
  }

  #candidates(asked) {
    const { value, selectionStart } = this.#entry;
    return candidates(value.slice(0, selectionStart), this.#given.there(), asked).slice(0, SHOWN);
  }

  #send() {
    const text = this.text;
    if (!text.trim()) return;
    this.text = "";
    if (!this.#given.send(text)) this.text = text;
    else if (!mayBeSecret(text)) this.#lines = [...this.#lines, text].slice(-REMEMBERED);
    this.#line = this.#lines.length;
  }

  #enter() {
    if (this.#chosen >= 0) this.#take(this.#found[this.#chosen]);
    else this.#send();
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229) return; // the key belongs to the input method
    const does = this.#keys[event.key];
    if (does && !event.ctrlKey && !event.altKey && !event.metaKey && does.call(this, event)) event.preventDefault();
  }

  #keys = {
    Tab({ shiftKey }) {
      if (shiftKey || !this.text) return false; // and leave for what comes next, as everywhere
      if (!this.#found.length) this.#put(this.#candidates(true));
      if (!this.#found.length) return false;
      this.#take(this.#found[Math.max(this.#chosen, 0)]);
      return true;
    },
    Escape() {
      const open = this.#found.length > 0;
      this.#put([]);
      return open;
    },
    ArrowDown() {
      return this.#found.length ? this.#choose(this.#chosen + 1) : this.#bring(1);
    },
    ArrowUp() {
      return this.#found.length ? this.#choose(this.#chosen - 1) : this.#bring(-1);
    },
  };

  // Brings back a line that was sent before; only where no other is being written.
  #bring(step) {
    const shown = this.#lines[this.#line] ?? "";
    const line = this.#line + step;
    if (this.text !== shown || line < 0 || line > this.#lines.length) return false;
    this.#line = line;
    this.text = this.#lines[line] ?? "";
    this.#put([]);
    return true;
  }

  #choose(place) {
    this.#chosen = (place + this.#found.length) % this.#found.length;
    [...this.#list.children].forEach((item, n) => (item.ariaSelected = String(n === this.#chosen)));
    this.#entry.setAttribute("aria-activedescendant", `candidate-${this.#chosen}`);
    this.#list.children[this.#chosen].scrollIntoView({ block: "nearest" });
    return true;
  }

  #take({ text, replaces, after }) {
    const { value, selectionStart } = this.#entry;
    const before = value.slice(0, selectionStart - replaces) + text + after;
    this.text = before + value.slice(selectionStart).trimStart();
    this.#entry.setSelectionRange(before.length, before.length);
    this.#put(this.#candidates(false));
    this.focus();
  }

  #put(found) {
    this.#found = found;
    this.#chosen = -1;
    this.#entry.removeAttribute("aria-activedescendant");
    this.#list.hidden = !found.length;
    this.#list.replaceChildren(...found.map((candidate, n) => this.#item(candidate, n)));
  }

  #item(candidate, n) {
    const item = element("li");
    item.id = `candidate-${n}`;
    item.role = "option";
    item.ariaSelected = "false";
    item.append(element("b", "", candidate.text), element("span", "", candidate.meaning));
    item.onmousedown = (event) => (event.preventDefault(), this.#take(candidate));
    return item;
  }
}
