// An entry as a row of the log. Text is only ever text: `textContent`, never markup.

import { linksIn } from "./links.js";
import { attempt } from "./outside.js";
import { shown } from "./room.js";
import { known, say } from "./words.js";

const TALK = new Set(["said", "action"]);
const TOGETHER = 5 * 60_000; // what one person says within this time stands under one name
const ADMIN = 2; // the rank
const forms = new Map();

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function formatted(at, options) {
  const key = known.lang + JSON.stringify(options);
  if (!forms.has(key)) forms.set(key, form(options));
  return attempt(() => forms.get(key).format(at), "");
}

// A browser may not know the zone of the machine that it runs on.
function form(options) {
  const inZone = (zone) => attempt(() => new Intl.DateTimeFormat(known.lang, { ...options, ...zone }));
  return inZone({}) ?? inZone({ timeZone: "UTC" });
}

export function day(at) {
  return formatted(at, { weekday: "long", year: "numeric", month: "long", day: "numeric" });
}

export function clock(at) {
  return formatted(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function when(at) {
  return formatted(at, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
}

// `seq` is the message's number, by which an operator may take it back.
export function moment(at, seq = 0) {
  const made = element("time", "", clock(at));
  made.dateTime = attempt(() => new Date(at).toISOString(), "");
  made.title = formatted(at, { dateStyle: "full", timeStyle: "medium", hourCycle: "h23" });
  if (seq) made.title += ` · ${say("message {number}", { number: seq })}`;
  return made;
}

export function row(entry, { onEdit, onDrop }) {
  const made = element("div", `row ${entry.event}`);
  made.dataset.seq = entry.seq || "";
  if (entry.state) made.classList.add(entry.state);
  if (entry.own || entry.state) made.classList.add("own");
  if (entry.calls) made.classList.add("calls");
  if (entry.alert) made.classList.add("alert");
  made.append(element("div", "day", day(entry.at)), element("div", "new", say("New")));
  if (entry.event === "said") made.append(element("b", "who", entry.who));
  made.append(moment(entry.at, entry.seq), text(entry));
  if (entry.corrected) made.lastChild.append(" ", element("small", "", say("(corrected)")));
  if (entry.state === "pending") made.ariaHidden = "true"; // it is read out when it has come round, and once is enough
  if (entry.state === "pending") made.append(element("span", "state", say("being sent …")));
  if (entry.state === "refused" || entry.state === "unknown") made.append(failed(entry, onEdit, onDrop));
  return made;
}

function text(entry) {
  const made = element("div", "text");
  made.dir = "auto";
  if (entry.where) made.append(element("b", "where", entry.where), " ");
  if (entry.withdrawn) made.append(element("i", "", say("(taken back)")));
  else if (entry.event === "presence") made.append(shown(entry));
  else if (entry.event === "help") made.append(help());
  else if (entry.event === "deleted") made.append(say("{who} took back a message", { who: entry.headers.by }));
  else if (entry.event === "action") linked(doing(made, entry.who), entry.text.slice(entry.who.length));
  else linked(made, entry.text);
  return made;
}

// Begins somebody's doing with the name, marked as one: it is not to be taken for a line of the server's.
function doing(made, who) {
  made.append("* ", element("b", "who", `<${who}>`));
  return made;
}

// The commands as they are declared, but for the administrators'.
function help() {
  const made = element("dl");
  for (const { usage, summary, rank } of known.commands) {
    if (rank < ADMIN) made.append(element("dt", "", usage), element("dd", "", summary));
  }
  return made;
}

// Puts a text into an element, and makes links of what is an address of the web.
function linked(made, words) {
  let done = 0;
  for (const { start, end } of linksIn(words)) {
    const link = element("a", "", words.slice(start, end));
    link.href = link.textContent;
    link.rel = "noopener noreferrer";
    link.target = "_blank";
    made.append(words.slice(done, start), link);
    done = end;
  }
  made.append(words.slice(done));
}

function failed(entry, onEdit, onDrop) {
  const made = element("p", "why", entry.why);
  const edit = element("button", "", say("Write it again"));
  const drop = element("button", "", say("Let it go"));
  edit.type = drop.type = "button";
  edit.onclick = () => onEdit(entry);
  drop.onclick = () => onDrop(entry);
  made.append(" ", edit, " ", drop);
  return made;
}

// Shows how an entry stands to the one before it: on a new day, under the same name, the first that is new.
export function join(made, entry, before, isNew) {
  const newDay = !before || new Date(before.at).toDateString() !== new Date(entry.at).toDateString();
  const same =
    before && TALK.has(before.event) && before.event === "said" && entry.event === "said" && before.who === entry.who;
  made.classList.toggle("new-day", newDay);
  made.classList.toggle("same", Boolean(same) && !newDay && !isNew && entry.at - before.at < TOGETHER);
  made.classList.toggle("first-new", isNew);
}
