// What the page says, in the reader's language. English is the key, as in all of this program's catalogues.

import { attempt, attempted } from "./outside.js";
import { browser } from "./store.js";

export const known = { lang: "en", sentences: {}, commands: [], limits: {}, folds: {} };
const LANGUAGES = ["en", "ko", "th"];
const CHOSEN = "chat.lang";

// Returns the language that the reader has chosen, or else the browser's.
export function wished() {
  const spoken = attempt(() => navigator.languages, []) ?? [];
  const asked = [browser.get(CHOSEN), ...spoken].map((tag) => String(tag).toLowerCase().split("-")[0]);
  return asked.find((lang) => LANGUAGES.includes(lang)) ?? "en";
}

export function choose(lang) {
  browser.put(CHOSEN, lang);
  return learn(lang);
}

export async function learn(lang) {
  const answer = await attempted(() => fetch(`words.${lang}.json`));
  if (answer?.ok) Object.assign(known, await attempted(() => answer.json()));
  document.documentElement.lang = known.lang;
  translate(document);
}

export function say(text, places = {}) {
  return (known.sentences[text] || text).replace(/\{(\w+)\}/g, (_, name) => places[name] ?? "");
}

// Puts words where the page's HTML says which: in an element, on it as its label, or in it as a hint.
function translate(root) {
  for (const element of root.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of root.querySelectorAll("[data-say-label]")) {
    element.ariaLabel = say(element.dataset.sayLabel);
    if (element.tagName === "BUTTON") element.title = element.ariaLabel;
  }
  for (const element of root.querySelectorAll("[data-say-hint]")) element.placeholder = say(element.dataset.sayHint);
}
