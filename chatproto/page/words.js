// What the page says, in the reader's language. English is the key, as in all of this program's catalogues.

export const known = { lang: "en", sentences: {}, commands: [], limits: {} };
const LANGUAGES = ["en", "ko", "th"];

export function wished() {
  const asked = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  return asked.find((lang) => LANGUAGES.includes(lang)) ?? "en";
}

export async function learn(lang) {
  const answer = await fetch(`words.${lang}.json`);
  if (answer.ok) Object.assign(known, await answer.json());
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
