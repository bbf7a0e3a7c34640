// What the browser keeps for the page, as JSON: for this tab, or for all of them. Where it keeps nothing, since its
// owner wants none of that, or has kept what nobody can read, there is nothing, and the page goes on.

import { attempt } from "./outside.js";

function kept(which) {
  return {
    get: (key) => attempt(() => JSON.parse(window[which].getItem(key))),
    put: (key, value) => attempt(() => window[which].setItem(key, JSON.stringify(value))),
    drop: (key) => attempt(() => window[which].removeItem(key)),
  };
}

export const tab = kept("sessionStorage");
export const browser = kept("localStorage");
