// Names as they are compared, and who is meant by what was said: as the server has it.

import { known } from "./words.js";

const MOST = 8; // signs of @ that are looked at in one text
const LONGEST = 32; // characters of a name
const ADDRESSED = /^([^\s:,]{1,32})[:,]/; // `oscar: hi`
const PAGES = /[a-z0-9+.-]:\/\/\S+|(?:^|[^\p{L}\p{N}_])www\.\S+/giu; // addresses of pages: `https://x/@oscar`
// Letters of scripts that are written without blanks, or whose particles follow a word without one.
const UNSPACED =
  /^[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\u{20000}-\u{3ffff}]/u;
const LETTER = /^[\p{L}\p{N}]/u;
const JOINING = "-_.|~+^·"; // signs that may stand inside a name
// What may stand in a name for a sign of it: as telephones write it.
const TYPED_AS = { "\u2018": "'", "\u2019": "'", "\uff07": "'", "\u2010": "-", "\u2011": "-", "\u30fb": "·", "\uff65": "·" };
const QUOTED = /^(?:"([^"]+)"|'([^']+)'|\u201c([^\u201d]+)\u201d|\u2018([^\u2019]+)\u2019|(\S+))(?: +|$)/;

// Browsers know lower case, and the server folds: ß is ss, and both of the small sigmas are one. It hands out the letters
// in which these differ. Letter by letter, since lower case looks at what stands beside one.
export function fold(text) {
  const letters = [...text.normalize("NFC")].map((letter) => known.folds[letter] ?? letter.toLowerCase());
  return letters.join("").normalize("NFC");
}

// Letter by letter, a Hangul syllable in its jamo: so that what is begun is found. A jamo that stands alone, as it does
// while its syllable is being composed, is the one that begins a syllable.
export function spelled(text) {
  return fold(text)
    .normalize("NFD")
    .replace(/[\u3131-\u3163]/g, (jamo) => jamo.normalize("NFKD"));
}

export function roomName(text) {
  return "#" + fold(text.trim().replace(/^#/, ""));
}

// A person's name, as the server makes one word of it.
export function oneWord(text) {
  const word = [...text.normalize("NFC").trim()].map((c) => TYPED_AS[c] ?? c).join("");
  return /[\t\p{Zs}]/u.test(word) ? word.replace(/[\t\p{Zs}]/gu, "_").replace(/_{2,}/g, "_") : word;
}

// The passwords that a line holds, one after the other: one with blanks in it is in quotes.
export function passwords(text) {
  const found = QUOTED.exec(text);
  if (!found) return [];
  return [found.slice(1).find((password) => password !== undefined), ...passwords(text.slice(found[0].length))];
}

// Whether a text calls `me`: as `chatproto/core/mentions.py` has it for all, and told in the same table of cases.
export function mentions(text, me, others) {
  const mine = fold(me);
  const people = new Set([mine, ...others.map(fold)]);
  const addressed = ADDRESSED.exec(text);
  if (addressed && fold(addressed[1]) === mine) return true;
  return called(text).some((part) => longest(part, people) === mine);
}

// What follows each sign of @ that begins a word.
function called(text) {
  const pages = [...text.matchAll(PAGES)].map((page) => [page.index, page.index + page[0].length]);
  const letters = [...text];
  const signs = letters.map((letter, n) => (letter === "@" ? n : -1)).filter((n) => n >= 0);
  return signs
    .slice(0, MOST)
    .filter((n) => {
      const at = letters.slice(0, n).join("").length;
      const before = letters[n - 1] ?? "";
      return !(before === "_" || isSpaced(before) || pages.some(([begin, end]) => begin < at && at < end));
    })
    .map((n) => letters.slice(n + 1, n + 3 + LONGEST).join(""));
}

// The longest name that a text begins with. Its blanks may stand for joiners.
function longest(text, people) {
  const letters = [...text.normalize("NFC")].map((letter) => TYPED_AS[letter] ?? letter);
  for (let end = Math.min(letters.length, LONGEST); end > 0; end -= 1) {
    const name = fold(letters.slice(0, end).join("").replace(/ /g, "_"));
    if (people.has(name) && ends(letters[end - 1], letters[end] ?? "", letters[end + 1] ?? "")) return name;
  }
  return "";
}

// Whether a name ends between its last letter and what follows.
function ends(last, first, second) {
  if (first && (first === "@" || JOINING.includes(first))) return !isSpaced(second);
  if (/^[\p{M}\p{Nd}]/u.test(first)) return false;
  return !(isSpaced(last) && isSpaced(first));
}

// Whether a character is a letter or digit of a script that has blanks between its words.
function isSpaced(letter) {
  return LETTER.test(letter) && !UNSPACED.test(letter);
}
