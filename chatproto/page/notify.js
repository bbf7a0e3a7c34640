// Telling somebody who looks elsewhere: in the page's title always, by the system if they have allowed it.

import { browser } from "./store.js";
import { say } from "./words.js";

const KEY = "chat.bell";

export class Bell {
  #button;

  constructor(button) {
    this.#button = button;
    button.hidden = !("Notification" in window); // browsers have it only where the page came by TLS, or from this machine
    button.onclick = () => this.#switch();
    this.#show(this.on);
  }

  get on() {
    return Boolean(browser.get(KEY)) && Notification.permission === "granted";
  }

  async #switch() {
    const on = !this.on && (await Notification.requestPermission()) === "granted";
    browser.put(KEY, on);
    this.#show(on);
  }

  #show(on) {
    this.#button.ariaPressed = String(on);
  }

  ring({ who, text, at }, room, open) {
    if (this.#button.hidden || !this.on || (document.visibilityState === "visible" && document.hasFocus())) return;
    const notice = new Notification(room.direct ? who : say("{who} in {room}", { who, room: room.name }), {
      body: text,
      tag: `${room.name} ${at}`,
    });
    notice.onclick = () => {
      window.focus();
      open(room);
      notice.close();
    };
  }
}

export function title(rooms, room) {
  const waiting = rooms.reduce((sum, { called, direct, unread }) => sum + (direct ? unread : called), 0);
  document.title = `${waiting ? `(${waiting}) ` : ""}${room ? `${room.name} – ` : ""}chat`;
}
