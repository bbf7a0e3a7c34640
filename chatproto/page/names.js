// Names as they are compared, and who is meant by what was said: as the server has it.

const ADDRESSED = /^([^\s:,]{1,32})[:,]/; // `oscar: hi`

export function fold(text) {
  return text.normalize("NFC").toLowerCase().normalize("NFC");
}

// Letter by letter, a Hangul syllable in its jamo: so that what is begun is found.
export function spelled(text) {
  return fold(text).normalize("NFD");
}

export function roomName(text) {
  return "#" + fold(text.trim().replace(/^#/, ""));
}

// Whether a text names `me`: `@oscar` anywhere (a particle may follow), `oscar:` in front. Of the names that fit
// at an @, the longest is meant.
export function mentions(text, me, others) {
  const mine = fold(me);
  const addressed = ADDRESSED.exec(text);
  if (addressed && fold(addressed[1]) === mine) return true;
  const longer = others.map(fold).filter((name) => name.length > mine.length && name.startsWith(mine));
  return text
    .split("@")
    .slice(1, 9)
    .some((part) => {
      const called = fold(part);
      return called.startsWith(mine) && !longer.some((name) => called.startsWith(name));
    });
}
