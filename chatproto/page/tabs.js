// One tab and its double. A browser that doubles a tab copies what the tab has kept: the secret of its session, and what
// it has not sent yet. Both would be the same visitor, one would put the other off, and what was not sent would go twice.
// So whoever finds something kept asks whether a tab is alive that has kept it.

import { attempt } from "./outside.js";
import { tab } from "./store.js";

const ID = "chat.tab"; // of this tab, as long as it is loaded anew and anew
const GONE = "chat.gone"; // that a page has gone from this tab: it was loaded anew, and was not doubled
const PATIENCE = 1_000; // milliseconds for a busy tab to answer

const channel = attempt(() => new BroadcastChannel("chat.tabs"));
let id = tab.get(ID);

// Returns whether what is kept here is another tab's.
export async function isDouble() {
  const wasLoadedAnew = tab.get(GONE) || !id;
  const double = !wasLoadedAnew && channel !== null && (await isAlive());
  if (double || !id) id = String(Math.random());
  tab.put(ID, id);
  tab.drop(GONE);
  channel?.addEventListener("message", ({ data }) => data.asks === id && channel.postMessage({ has: id }));
  return double;
}

export function goes() {
  tab.put(GONE, true);
}

// The page may come back as it was, from the browser's memory.
export function returns() {
  tab.drop(GONE);
}

function isAlive() {
  return new Promise((resolve) => {
    const hears = ({ data }) => data.has === id && resolve(true);
    channel.addEventListener("message", hears);
    channel.postMessage({ asks: id });
    setTimeout(() => (channel.removeEventListener("message", hears), resolve(false)), PATIENCE);
  });
}
