// Where addresses of the web are in a text. Korean and Thai put no blank between an address and what follows on it
// (`https://example.org/docs에서`), and every language puts an address into brackets and before a full stop.

import { attempt } from "./outside.js";

const START = /[Hh]ttps?:\/\//g;
const MOST = 2_048; // characters of an address: nobody can make the page look at a long text again and again
const INSIDE = /[A-Za-z0-9]/; // what stands before it in the middle of a word
const ENDS = /[\s\p{C}\p{Z}<>"`^{}|\\]|(?![!-~])[\p{P}\p{S}]/u; // in no address
const NO_HOST = /[^\p{L}\p{M}\p{N}.:@%_[\]-]/u;
const FOREIGN = /(?!\p{Script=Latin})[\p{L}\p{M}]/u; // letters that stand in an address only where a word of it begins
const BEGINS = /[/=#&+?_@(.:-]|(?!\p{Script=Latin})[\p{L}\p{M}]/u; // after these one does
const NEXT = /^[,;]https?:\/\//i; // another address, in a list of them
const TRAILING = /[.,;:!?'*([]+$/; // at the end they belong to the sentence
// Where all of a word is in Hangul or Thai, nobody can tell for certain where it ends: these are no end of a noun.
const PARTICLES = /(\p{Script=Hangul})(?:에서[는도]?|에게|에[는도]|으로|까지|부터|한테|처럼|라고|를)$/u;
const PARTICLE = /([/=])(?:[은는이가을를에의로와과도만]|에서[는도]?|으로|까지|부터|นะ|ครับ|ค่ะ|คะ)$/u; // all of a word
const PARTNERS = { ")": "(", "]": "[" };

// Returns [{start, end}, …].
export function linksIn(text) {
  const found = [];
  for (const { index } of text.matchAll(START)) {
    if (INSIDE.test(text[index - 1] ?? "") || found.at(-1)?.end > index) continue;
    const end = index + addressAt(text.slice(index, index + MOST)).length;
    if (end > index) found.push({ start: index, end });
  }
  return found;
}

function addressAt(text) {
  const from = text.indexOf("//") + 2;
  const length = [...signs(text, from)].reduce((sum, sign) => sum + sign.length, from);
  const address = text.slice(0, length).replace(TRAILING, "");
  const cut = address.replace(PARTICLE, "$1").replace(PARTICLES, "$1");
  return /[\p{L}\p{N}]/u.test(cut.slice(from)) && attempt(() => new URL(cut)) ? cut : "";
}

// Yields the signs of an address from its host on.
function* signs(text, from) {
  const open = [];
  let [before, inHost] = ["/", true];
  for (const sign of text.slice(from)) {
    inHost &&= !"/?#".includes(sign);
    if (ENDS.test(sign) || (inHost && NO_HOST.test(sign))) return;
    if (FOREIGN.test(sign) && !(BEGINS.test(before) && (inHost || before !== "."))) return;
    if (NEXT.test(text.slice(from))) return;
    if (sign in PARTNERS && open.pop() !== PARTNERS[sign]) return;
    if ("([".includes(sign)) open.push(sign);
    yield sign;
    before = sign;
    from += sign.length;
  }
}
