// Why a WebSocket does not open. Browsers keep to themselves what was answered to it; so the same address is asked as a
// page, which shows how far one comes.

import { attempted } from "./outside.js";
import { say } from "./words.js";

const [UPGRADE, GATEWAY] = [[400, 426], [502, 503, 504]];

// `url` is the WebSocket's. Returns a sentence; the server's own where it has given one.
export async function whyClosed(url) {
  const address = `${url.replace(/^ws/, "http")}?origin=${encodeURIComponent(location.origin)}`;
  const answer = await attempted(() => fetch(address, { cache: "no-store" }));
  if (!answer) return say("The server cannot be reached.");
  const plain = (answer.headers.get("content-type") ?? "").startsWith("text/plain");
  const told = plain ? (await attempted(() => answer.text(), "")).trim().slice(0, 400) : "";
  if (UPGRADE.includes(answer.status)) return notPassedOn();
  if (GATEWAY.includes(answer.status)) return told || say("The server cannot be reached.");
  if (told.includes(location.origin)) return told; // it is this server's, and tells both sides
  return told ? `${notPassedOn()} (${answer.status}: ${told})` : notPassedOn();
}

function notPassedOn() {
  return say(
    "This page is served, but its connection (WebSocket, at {path}) is not let through. A proxy has to pass it on, with the Host that the browser asked for, {host}.",
    { path: new URL("stomp", location.href).pathname, host: location.host },
  );
}
