// What a typed line is: as `core/parse.py` has it, from the commands' declarations, which the server hands out.

import { fold, spelled } from "./names.js";
import { known } from "./words.js";

// Blanks, marks of the direction, and what is drawn as nothing at all.
const UNSEEN = String.raw`\s\p{Cf}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}`;
const ESCAPE = String.raw`(?:\x1b\[|\x9b)[0-?]*[ -\/]*[@-~]?|\x1b[ -\/]*[0-~]?`; // as terminals understand them
const FRONT = new RegExp(`^(?:${ESCAPE}|[${UNSEEN}\\p{M}\\p{Cc}])+`, "u");
const GAP = new RegExp(`[${UNSEEN}]`, "u");
const SLASHES = /^[/\uff0f\u2044\u2215\u29f8]/;
const ANY_SLASH = /[/\uff0f\u2044\u2215\u29f8\\\uff3c\u20a9\uffe6]/; // or a backslash, which is a won sign in Korea
const NEIGHBOUR = /^[.,;:!?|]$/; // keys beside the slash, and what other chats begin their commands with
const FRONTED = /^([^\p{L}\p{N}]+)([\p{L}\p{N}]\S+)\s+\S/u;
const [CLOSE, CLOSER, BEGUN] = [0.7, 0.75, 2]; // how alike words must be, and how many letters begin one

// Returns a line from the first character on that anybody sees.
function visible(line) {
  return line.replace(FRONT, "");
}

// Returns the first word, and what follows after all that is not seen between the two.
function cut(text) {
  const end = text.search(GAP);
  return end < 0 ? [text, ""] : [text.slice(0, end), visible(text.slice(end))];
}

function isCommand(seen) {
  return SLASHES.test(seen) && !SLASHES.test(seen.slice(1));
}

function find(word) {
  return known.commands.find(({ words }) => words.some((each) => fold(each) === fold(word)));
}

// Returns {says} of a line that is said; {word, rest, spec} of a command, without `spec` if none is known; {slip} of a
// line that is like a private command but for its beginning. The server has to judge that, and to say what to do.
export function parsed(text) {
  const line = text.normalize("NFC");
  const seen = visible(line);
  if (isCommand(seen)) {
    const [word, rest] = cut(seen.slice(1));
    return { word: `/${word}`, rest, spec: find(word) };
  }
  if (SLASHES.test(seen)) return { says: SLASHES.test(line) ? line.slice(1) : line };
  return slipOf(seen) ? { slip: line } : { says: line };
}

export function commandOf(line) {
  return parsed(line).spec;
}

// Returns the private command that a line would have been, but for what is seen in front of its word.
function slipOf(seen) {
  const [, front, word] = FRONTED.exec(seen) ?? [];
  if (!word) return null;
  if (ANY_SLASH.test(front)) {
    const spec = find(word) ?? near(word, CLOSER);
    return spec?.private ? spec : null;
  }
  const spec = NEIGHBOUR.test(front) && find(word);
  return spec?.secret ? spec : null;
}

// Whether a line may hold a password, also one after a mistyped word: it is to be remembered nowhere.
export function mayBeSecret(line) {
  const { word, rest, spec, slip } = parsed(line);
  if (slip) return slipOf(visible(slip)).secret;
  const meant = word && (spec ?? near(word.slice(1), CLOSE));
  return Boolean(word && rest) && (!meant || takesSecret(meant, rest));
}

function takesSecret(spec, rest) {
  const given = argumentsOf(spec, rest);
  return given ? spec.fields.some(({ secret }, place) => secret && given[place]) : spec.secret;
}

// Returns a line as it may be shown and kept.
export function withoutSecret(line) {
  return mayBeSecret(line) ? `${visible(line).split(/\s/)[0]} …` : line;
}

// Returns a command's arguments, "" for one that is left out, as the server cuts them: one blank or more are between two,
// and every blank in a text is a part of it. null, if they do not fit.
export function argumentsOf({ fields }, rest) {
  const given = [];
  let left = rest.replace(/^ +| +$/g, "");
  for (const field of fields) {
    const word = field.kind === "text" ? left : left.split(" ", 1)[0];
    const fits = word && takes(field, word);
    if (!fits && !field.optional) return null;
    given.push(fits ? word : "");
    if (fits) left = left.slice(word.length).replace(/^ +/, "");
  }
  return left ? null : given;
}

// Whether a word may be an argument of this kind.
export function takes({ kind, words, units }, word) {
  if (kind === "place") return word.startsWith("#") || Boolean(words?.includes(word.toLowerCase()));
  if (kind === "number") return /^\d{1,9}$/.test(word);
  if (kind === "setting") return /^\d{1,9}$/.test(word) || words.includes(word.toLowerCase());
  if (kind === "span") return units.includes(/^\d{1,5}(\D+)$/.exec(word.toLowerCase())?.[1]);
  if (kind === "choice") return words.includes(word.toLowerCase());
  return true;
}

// --- words that are nearly right ------------------------------------------------------------------------

// Returns the command that a mistyped word may have meant: it begins alike, and is or goes on alike.
function near(word, alike) {
  const typed = spelled(word.slice(0, 32));
  const words = known.commands.flatMap((spec) => spec.words.map((each) => ({ spec, letters: spelled(each) })));
  const begunAlike = words.filter(({ letters }) => letters[0] === typed[0]);
  const rated = begunAlike.map(({ spec, letters }) => ({ spec, rate: likeness(letters, typed) }));
  const [best] = rated.filter(({ rate }) => rate >= alike).sort((a, b) => b.rate - a.rate);
  if (best) return best.spec;
  const begun = new Set(begunAlike.filter(({ letters }) => goesOn(letters, typed)).map(({ spec }) => spec));
  return begun.size === 1 ? [...begun][0] : undefined;
}

function goesOn(one, other) {
  const [shorter, longer] = [one, other].sort((a, b) => a.length - b.length);
  return shorter.normalize("NFC").length >= BEGUN && longer.startsWith(shorter);
}

// How alike two words are, from 0 to 1, as Python's difflib measures it.
function likeness(a, b) {
  return (2 * lettersInCommon(a, b)) / (a.length + b.length);
}

function lettersInCommon(a, b) {
  const { size, inA, inB } = longestInCommon(a, b);
  if (!size) return 0;
  const before = lettersInCommon(a.slice(0, inA), b.slice(0, inB));
  return before + size + lettersInCommon(a.slice(inA + size), b.slice(inB + size));
}

function longestInCommon(a, b) {
  let found = { size: 0, inA: 0, inB: 0 };
  for (let inA = 0; inA < a.length; inA += 1)
    for (let inB = 0; inB < b.length; inB += 1) {
      let size = 0;
      while (inA + size < a.length && inB + size < b.length && a[inA + size] === b[inB + size]) size += 1;
      if (size > found.size) found = { size, inA, inB };
    }
  return found;
}
