// What belongs to the browser and not to this page: notifications, storage, dates in all their zones. Each of it may be
// missing, forbidden, full, or fail in a way of its own, and nothing of it may stop the page.

export function attempt(what, otherwise = null) {
  try {
    return what();
  } catch {
    return otherwise;
  }
}

// As `attempt`, of what answers later.
export async function attempted(what, otherwise = null) {
  try {
    return await what();
  } catch {
    return otherwise;
  }
}

// Does something of the page's own for one of many: a fault is shown in the browser's console, and harms no other.
export function guarded(what) {
  try {
    what();
  } catch (error) {
    (window.reportError ?? console.error)(error);
  }
}
