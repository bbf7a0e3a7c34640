// When Enter has been pressed, and what was written is to be sent: with any keyboard and input method, once, and whole.
//
// A key press says it where nothing is being composed. Where a syllable of Hangul is, Enter ends it and sends, though
// the key belongs to the input method and may or may not come again by itself: what is composed is waited for. In
// Japanese and Chinese Enter chooses among candidates, and sends nothing. A keyboard on the screen composes all the
// time and tells no keys; it breaks the line.

const SENDS = /[\p{Script=Hangul}\p{Script=Thai}]$/u; // what is composed without candidates to choose from
const BREAKS = new Set(["insertLineBreak", "insertParagraph"]);
const INSERTS = new Set([...BREAKS, "insertText", "insertCompositionText"]);
const COMPOSED = 229; // the code of a key that an input method has taken; some systems name no other
const ENTERS = new Set(["Enter", "NumpadEnter"]);

export class Enter {
  #field;
  #pressed;
  #composing = false;
  #composed = ""; // what is being composed, or has just been
  #wanted = false; // whether Enter was pressed, and the end of what is being composed is waited for
  #breaks = false; // whether the next line break is meant as one

  // `pressed()` is called when Enter is meant.
  constructor(field, pressed) {
    this.#field = field;
    this.#pressed = pressed;
    field.addEventListener("keydown", (event) => this.#key(event));
    field.addEventListener("compositionstart", () => (this.#composing = true));
    field.addEventListener("compositionupdate", ({ data }) => (this.#composed = data ?? ""));
    field.addEventListener("compositionend", ({ data }) => this.#ended(data ?? ""));
    field.addEventListener("beforeinput", (event) => this.#before(event));
    field.addEventListener("input", (event) => this.#after(event));
  }

  #key(event) {
    const belongsToTheMethod = event.isComposing || event.keyCode === COMPOSED;
    const isEnter = event.key === "Enter" || (belongsToTheMethod && ENTERS.has(event.code));
    this.#breaks = isEnter && (event.shiftKey || event.altKey);
    if (!isEnter) this.#wanted = false;
    else if (!this.#breaks && !belongsToTheMethod) this.#press(event);
    else if (!this.#breaks && SENDS.test(this.#composed)) this.#wait(event);
    if (!belongsToTheMethod) this.#composed = "";
  }

  #press(event) {
    event.preventDefault();
    this.#pressed();
  }

  // Some browsers tell of the key before what it ends, some after it.
  #wait(event) {
    if (this.#composing) this.#wanted = true;
    else this.#press(event);
  }

  #ended(data) {
    if (this.#wanted && SENDS.test(data)) this.#soon();
    this.#composing = this.#wanted = false;
    this.#composed = data;
  }

  #before(event) {
    if (!BREAKS.has(event.inputType) || this.#breaks) return;
    event.preventDefault();
    this.#soon();
  }

  // Takes back a line break that was made nevertheless.
  #after({ inputType }) {
    const { value, selectionStart: end } = this.#field;
    if (this.#breaks || !INSERTS.has(inputType) || value[end - 1] !== "\n") return;
    this.#field.setRangeText("", end - 1, end, "end");
    this.#soon();
  }

  // Waits until the browser has put in what was composed. A second Enter may have come by then, and finds nothing to send.
  #soon() {
    setTimeout(() => this.#pressed());
  }
}
