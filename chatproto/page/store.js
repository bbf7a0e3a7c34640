// What the browser keeps for the page, as JSON: for this tab, or for all of them. Where it keeps nothing, since its
// owner wants none of that, or has kept what nobody can read, there is nothing, and the page goes on.

function kept(which) {
  return {
    get(key) {
      try {
        return JSON.parse(window[which].getItem(key));
      } catch {
        return null;
      }
    },

    put(key, value) {
      try {
        window[which].setItem(key, JSON.stringify(value));
      } catch {
        return;
      }
    },
  };
}

export const tab = kept("sessionStorage");
export const browser = kept("localStorage");
