// What may follow what has been typed: commands in every language, names, rooms, the words of a choice.
// Pure, and derived from the commands' declarations, which the server hands out: nobody lists them twice.
//
// A candidate is {text, replaces, meaning, after}: what stands instead of the last `replaces` characters.

import { spelled } from "./names.js";
import { commandOf, takes } from "./parse.js";
import { known } from "./words.js";

// `there` has names, without one's own, and rooms. `asked`: somebody pressed Tab, and any word may be a name.
export function candidates(before, there, asked) {
  if (!/^[/／](?![/／])/.test(before)) return inText(before, there, asked, true);
  const [, word, rest] = /^.(\S*)(.*)$/s.exec(before);
  if (!/^\s/.test(rest)) return commands(word, "/");
  const spec = commandOf(before);
  return spec ? ofArguments(spec.fields, rest.trimStart(), there, asked) : [];
}

const begins = (word, typed) => spelled(word).startsWith(spelled(typed));

function matching(words, typed, { replaces = typed.length, sign = "", after = " " } = {}) {
  return words
    .filter((word) => begins(word, typed))
    .map((word) => ({ text: sign + word, replaces, meaning: "", after }));
}

function commands(typed, slash) {
  return known.commands.flatMap(({ words, summary, usage }) => {
    const word = words.find((each) => begins(each, typed));
    return word
      ? [{ text: slash + word, replaces: (slash + typed).length, meaning: `${usage} – ${summary}`, after: " " }]
      : [];
  });
}

// Takes the arguments off the front, one by one; what is being typed is the last.
function ofArguments(fields, rest, there, asked) {
  const cut = rest.lastIndexOf(" ") + 1;
  const typed = rest.slice(cut);
  let given = rest.slice(0, cut).trim().split(/\s+/).filter(Boolean);
  for (const [place, field] of fields.entries()) {
    if (field.kind === "text" || field.kind === "other") return inText(rest, there, asked, false);
    if (!given.length) return possible(fields.slice(place), typed, there, asked);
    if (takes(field, given[0])) given = given.slice(1);
    else if (!field.optional) return [];
  }
  return [];
}

function possible(fields, typed, there, asked) {
  const found = [];
  for (const { kind, words, optional } of fields) {
    const replaces = typed.length;
    if (kind === "name") found.push(...matching(there.names, typed));
    else if (kind === "room" || (kind === "place" && typed.startsWith("#")))
      found.push(...matching(there.rooms, `#${typed.replace(/^#/, "")}`, { replaces }));
    else if (words && (typed || kind !== "place")) found.push(...matching(words, typed));
    else if (kind === "command") found.push(...commands(typed, ""));
    else if (kind === "text") found.push(...inText(typed, there, asked, false));
    if (!optional) break;
  }
  return found;
}

// Rooms after #, names after @; at the front of a line a name calls whom it names: `oscar: `.
function inText(text, there, asked, opening) {
  const token = /\S*$/.exec(text)[0];
  const at = token.lastIndexOf("@");
  if (token.startsWith("#")) return matching(there.rooms, token);
  if (at >= 0) return matching(there.names, token.slice(at + 1));
  if (!token || !asked) return [];
  return opening && token === text
    ? matching(there.names, token, { after: ": " })
    : matching(there.names, token, { sign: "@" });
}
