// Telling somebody who looks elsewhere: in the page's title always, by the system if they have allowed it.

import { attempt, attempted } from "./outside.js";
import { browser } from "./store.js";
import { say } from "./words.js";

const KEY = "chat.bell";
const permission = () => attempt(() => Notification.permission, "missing");

export class Bell {
  #button;
  #tell;

  // `tell(text)` tells the reader why there is no ringing here.
  constructor(button, tell) {
    this.#button = button;
    this.#tell = tell;
    button.onclick = () => this.#switch();
    this.#show(this.on);
  }

  get on() {
    return Boolean(browser.get(KEY)) && permission() === "granted";
  }

  async #switch() {
    const wanted = this.#button.ariaPressed !== "true";
    if (wanted) await attempted(() => Notification.requestPermission());
    if (wanted && permission() !== "granted") this.#tell(hindrance());
    this.#set(wanted && permission() === "granted");
  }

  #set(on) {
    browser.put(KEY, on);
    this.#show(on);
  }

  #show(on) {
    this.#button.ariaPressed = String(on);
  }

  // Some browsers have notifications, allow them, and make none for a page: those of Android, for one.
  ring(entry, room, open) {
    if (!this.on || (document.visibilityState === "visible" && document.hasFocus())) return;
    if (attempt(() => notice(entry, room, open))) return;
    this.#set(false);
    this.#tell(hindrance());
  }
}

function notice({ who, text, at }, room, open) {
  const made = new Notification(room.direct ? who : say("{who} in {room}", { who, room: room.name }), {
    body: text,
    tag: `${room.name} ${at}`,
  });
  made.onclick = () => {
    window.focus();
    open(room);
    made.close();
  };
  return made;
}

function hindrance() {
  if (!window.isSecureContext)
    return say("Browsers let a page tell you of mentions only if it came by https. The number in its title tells you too.");
  if (permission() === "denied")
    return say("This browser has notifications of this page switched off. Its settings switch them on. The number in the title tells you too.");
  return say("This browser does not let a page tell you of mentions. The number in its title tells you too.");
}

export function title(rooms, room) {
  const waiting = rooms.reduce((sum, { called, direct, unread }) => sum + (direct ? unread : called), 0);
  document.title = `${waiting ? `(${waiting}) ` : ""}${room ? `${room.name} – ` : ""}chat`;
}
