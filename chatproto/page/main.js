// The page: its parts are put together here, and here alone it is known where they stand.

import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { Bell } from "./notify.js";
import { fold, roomName } from "./names.js";
import { element, moment, when } from "./rows.js";
import { Session } from "./session.js";
import { browser, tab } from "./store.js";
import * as tabs from "./tabs.js";
import { Timeline } from "./timeline.js";
import { known, learn, say, wished } from "./words.js";

const LOBBY = "#lobby";
const KEPT = "chat.session"; // in this tab's own storage: whoever opens another tab is another one
const NAME = "chat.name";
const LEFT = "chat.left"; // {name, at}: a page that was closed, for which the server still holds the name
const HELD = 60_000; // milliseconds for which it may
let kept = null; // what was there before the page was loaded anew
const $ = (id) => document.getElementById(id);

const view = {
  get looking() {
    return document.visibilityState === "visible" && document.hasFocus() && view.timeline.atEnd;
  },

  get text() {
    return composer.text;
  },

  set text(text) {
    composer.text = text;
  },

  came(again) {
    $("door").hidden = true;
    $("chat").hidden = false;
    document.body.classList.remove("outside");
    browser.put(NAME, session.name);
    browser.drop(LEFT);
    if (!again) first();
    view.paint();
    write();
  },

  // Shows the door, with a word on it.
  door(text, reason = "") {
    $("door").hidden = false;
    $("chat").hidden = true;
    document.body.classList.add("outside");
    const owned = reason === "name-reserved" && teachesLogin(text);
    const secret = owned || reason === "wrong-passcode";
    view.sign(owned ? isRegistered(session.name) : text);
    if (secret) $("registered").open = true;
    $(secret ? "password" : "name").focus();
  },

  sign(text) {
    $("door-told").hidden = !text;
    $("door-told").textContent = text;
  },

  banner(text, button = "", action = null) {
    $("banner").hidden = !text;
    $("banner-text").textContent = text;
    $("banner-button").hidden = !button;
    $("banner-button").textContent = button;
    $("banner-button").onclick = action;
  },

  // Says what is waited for: at the door, or above the room.
  waits(text, button, action) {
    if ($("chat").hidden) view.sign(text);
    else view.banner(text, button, action);
  },

  // Asks what a word is meant for that would be a farewell at a terminal.
  asks(line, room) {
    $("asking-text").textContent = say("Say “{line}” in {room}, or leave the chat?", { line: line.trim(), room });
    $("asking-say").onclick = () => ($("asking").close(), chat.say(line), write());
    $("asking").showModal();
  },

  rang(entry, room) {
    bell.ring(entry, room, () => chat.open(room.name));
  },

  left(why) {
    tab.put(KEPT, null);
    view.gone = true;
    view.ended(why, () => location.reload());
  },

  ended(why, action) {
    put("rooms", false);
    $("asking").close();
    view.banner(why, say("Come back"), action);
  },

  keep() {
    if (view.gone || !session.name) return;
    tab.put(KEPT, session.ending ? null : { ...session.saved, talks: chat.talks });
  },

  // Draws what has changed, once, when all that came together was heard: also where nobody looks, for the title.
  paint() {
    if (!view.painting) queueMicrotask(painted);
    view.painting = true;
  },
};

const session = new Session(new URL("stomp", location.href.replace(/^http/, "ws").replace(/[?#].*$/, "")).href, null);
const chat = (session.listener = new Chat(session, view));
const bell = new Bell($("bell"), (text) => chat.tell("answer", text));
const composer = new Composer($("composer"), $("entry"), $("candidates"), {
  there: () => chat.there,
  send: (text) => chat.typed(text),
});
view.timeline = new Timeline($("log"), {
  older: (room) => chat.older(room),
  moved: (atEnd) => {
    if (atEnd) chat.looked();
    view.paint();
  },
  onEdit: (entry) => ((composer.text = chat.again(entry)), write()),
  onDrop: (entry) => chat.forget(entry),
});

function isRegistered(name) {
  return say("{name} is registered. If it is yours, give its password below. Otherwise choose another name.", { name });
}

// Whether a refusal tells what to type at a terminal: here there is a field for it.
function teachesLogin(text) {
  const login = known.commands.find(({ word }) => word === "login");
  return login?.words.some((word) => text.includes(`/${word}`)) ?? false;
}

// Lets the reader write at once; not where that would bring up a keyboard over what is read.
function write() {
  if (matchMedia("(pointer: fine)").matches) composer.focus();
}

// Goes back to where one was before the page was loaded anew, and where the address says.
function first() {
  const rooms = [...session.rooms.keys()];
  for (const name of rooms) chat.restore({ name });
  for (const talk of kept?.name === session.name ? (kept.talks ?? []) : []) chat.restore(talk);
  if (rooms.length) chat.open(session.current || rooms.at(-1));
  if (!rooms.includes(asked().room)) follow(rooms.length ? "" : LOBBY);
  for (const parcel of session.saved.unsent) {
    const room = chat.rooms.get(parcel.room ?? `@${parcel.name}`);
    if (room) chat.pending(room, parcel);
  }
}

// The room of the address, `#dev` or `#dev/INVITATION`.
function asked() {
  const [name, invitation] = decoded(location.hash).slice(1).split("/");
  return { room: name && roomName(name), invitation };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

// Goes into it, or into another if it names none. An invitation is good once, and does not stay in the address.
function follow(other = "") {
  const { room, invitation } = asked();
  if (invitation) history.replaceState(null, "", room);
  if (room || other) chat.open(room || other, invitation);
}

// --- drawing -----------------------------------------------------------------------------------------

function painted() {
  view.painting = false;
  document.body.classList.toggle("settled", session.settled); // for programs that drive the page, as its tests do
  const { room } = chat;
  $("me").textContent = session.name;
  $("room-name").textContent = room.name || "chat";
  $("topic").textContent = $("topic").title = room.topic;
  const rooms = chat.listed.map((each) => [each.name, each.unread, each.called, each === room]);
  fill($("room-list"), rooms, (_, place) => roomItem(chat.listed[place]));
  const elsewhere = chat.listed.filter((each) => each !== room).reduce((sum, { unread }) => sum + unread, 0);
  $("elsewhere").hidden = !elsewhere;
  $("elsewhere").textContent = elsewhere;
  fill($("member-list"), room.names, memberItem);
  $("member-count").textContent = room.count || "";
  const unnamed = room.allNamed ? 0 : room.count - room.names.length;
  $("member-rest").textContent = unnamed > 0 ? say("and {count} more", { count: unnamed }) : "";
  $("newest").hidden = view.timeline.atEnd;
  $("newest").textContent = room.unread ? say("{count} new ↓", { count: room.unread }) : say("To the newest ↓");
  chat.title();
}

const filled = new WeakMap();

// Puts items into a list, if they are others than before; who stands on one of them with the keyboard stays there.
function fill(list, data, itemOf) {
  const now = JSON.stringify([known.lang, session.name, data]);
  if (filled.get(list) === now) return;
  filled.set(list, now);
  const place = [...list.querySelectorAll("button")].indexOf(document.activeElement);
  list.replaceChildren(...data.map(itemOf));
  list.querySelectorAll("button")[place]?.focus();
}

function roomItem(room) {
  const item = element("li");
  const open = element("button", "", room.name);
  open.ariaCurrent = String(room === chat.room);
  if (room.unread)
    open.append(element("span", room.called || room.direct ? "badge calls" : "badge", String(room.unread)));
  open.onclick = () => (chat.open(room.name), put("rooms", false), write());
  const leave = element("button", "leave", "×");
  leave.ariaLabel = leave.title = say("Leave {room}", { room: room.name });
  leave.onclick = () => chat.leave(room);
  item.append(open, leave);
  return item;
}

function memberItem(name) {
  const item = element("li");
  if (session.isMe(name)) {
    item.append(element("span", "me", name));
    return item;
  }
  const talk = element("button", "", name);
  talk.title = say("Write to {name} alone", { name });
  talk.onclick = () => (chat.open(`@${name}`), put("members", false), write());
  item.append(talk);
  return item;
}

// On a narrow screen the rooms and the members lie over the log, one at a time.
function put(side, open) {
  for (const each of ["rooms", "members"]) {
    document.body.classList.toggle(`with-${each}`, open && each === side);
    $(`show-${each}`).ariaExpanded = String(open && each === side);
  }
}

// --- finding, and other rooms ------------------------------------------------------------------------

async function find(words) {
  $("found").replaceChildren(element("p", "", say("Looking …")));
  const { found, why } = await session.read(`/search ${words}`);
  if (why) return $("found").replaceChildren(element("p", "told", why));
  if (!found.length) return $("found").replaceChildren(element("p", "", say("Nothing was found.")));
  return $("found").replaceChildren(...found.map(foundItem));
}

function foundItem(message) {
  const item = element("button", message.headers.found ? "hit" : "beside");
  const time = moment(message.at);
  time.textContent = when(message.at);
  const text = element("div", "text", message.text);
  text.dir = "auto";
  item.append(element("span", "where", message.room), " ", element("b", "", message.who), " ", time, text);
  item.onclick = () => ($("finding").close(), chat.reach(message.room, message.seq));
  return item;
}

async function listRooms() {
  $("all-rooms").replaceChildren();
  $("all-rooms").replaceChildren(...(await chat.offers()).filter((line) => line.startsWith("#")).map(roomOffer));
}

function roomOffer(line) {
  const item = element("li");
  const open = element("button", "", line);
  open.onclick = () => ($("joining").close(), chat.open(line.split(" ")[0]), write());
  item.append(open);
  return item;
}

// --- keys, and what else the reader does ---------------------------------------------------------------

function wire() {
  $("name-form").onsubmit = (event) => {
    event.preventDefault();
    view.sign(say("Connecting …"));
    const name = $("name").value.trim();
    session.start(name, $("registered").open ? $("password").value : "", heldFor(name));
    $("password").value = "";
  };
  for (const id of ["leave", "asking-leave"]) $(id).onclick = () => session.finish();
  $("asking-stay").onclick = () => ($("asking").close(), write());
  $("newest").onclick = () => (view.timeline.toEnd(), write());
  for (const side of ["rooms", "members"]) {
    $(`show-${side}`).onclick = () => put(side, !document.body.classList.contains(`with-${side}`));
  }
  for (const id of ["log", "composer"]) $(id).addEventListener("pointerdown", () => put("rooms", false));
  $("find").onclick = () => ($("finding").showModal(), $("words").select());
  $("find-form").onsubmit = (event) => (
    event.preventDefault(),
    $("words").value.trim() && find($("words").value.trim())
  );
  $("find-close").onclick = () => $("finding").close();
  $("more-rooms").onclick = () => ($("joining").showModal(), listRooms());
  $("join-form").onsubmit = () => $("join-name").value.trim() && chat.open(roomName($("join-name").value));
  $("join-close").onclick = () => $("joining").close();
  document.addEventListener("keydown", key);
  window.addEventListener("focus", () => chat.looked());
  window.addEventListener("blur", () => chat.turnAway());
  window.addEventListener("pagehide", gone);
  window.addEventListener("pageshow", ({ persisted }) => persisted && (tabs.returns(), session.wake()));
  window.addEventListener("hashchange", () => session.up && follow());
  window.addEventListener("online", () => session.wake());
  document.addEventListener(
    "visibilitychange",
    () => document.visibilityState === "visible" && (session.wake(), chat.looked()),
  );
}

function key(event) {
  if (event.key === "Escape") put("rooms", false);
  if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  const rooms = chat.listed;
  const place = rooms.indexOf(chat.room) + (event.key === "ArrowUp" ? -1 : 1);
  if (rooms.length) chat.open(rooms[(place + rooms.length) % rooms.length].name);
}

// Tells the server, and whoever opens the page next, that this one is closed; or else it will be back in a moment.
function gone() {
  tabs.goes();
  if (!session.up || session.ending) return;
  browser.put(LEFT, { name: session.name, at: Date.now() });
  session.goes();
}

// Returns for how many milliseconds a name may be held for a page that was closed.
function heldFor(name) {
  const left = browser.get(LEFT);
  const since = left && fold(left.name) === fold(name) ? Date.now() - left.at : Infinity;
  return since >= 0 && since < HELD ? HELD - since : 0;
}

async function begin() {
  await learn((session.lang = wished()));
  if (await tabs.isDouble()) tab.drop(KEPT);
  kept = tab.get(KEPT);
  wire();
  $("name").value = kept?.name ?? browser.get(NAME) ?? "";
  view.door("");
  if (!kept?.name) return;
  browser.drop(LEFT);
  session.restore(kept);
  session.start(kept.name, "");
}

begin();
