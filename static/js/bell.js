// The bell in the top bar, [data-bell]: how many notifications are not read. The number comes over the feed's socket;
// until it is there, the one that was last known in this window is shown. What comes after the first one is a change, of
// which lists are told: cb:notifications-changed.

const KEY = "cb-unread";
const MOST = 99;
let isFirst = true;

function put(unread) {
  for (const bell of document.querySelectorAll("[data-bell]")) {
    const count = bell.querySelector("[data-bell-count]");
    count.textContent = unread > MOST ? `${MOST}+` : String(unread);
    count.hidden = unread === 0;
    bell.setAttribute("aria-label", unread === 0 ? "Notifications" : `Notifications, ${count.textContent} not read`);
  }
}

document.addEventListener("cb:notifications", (event) => {
  const { unread } = event.detail;
  put(unread);
  if (!isFirst) {
    document.dispatchEvent(new CustomEvent("cb:notifications-changed"));
  }
  isFirst = false;
  try {
    sessionStorage.setItem(KEY, String(unread));
  } catch {
    // Only the next page begins without a number.
  }
});

try {
  put(Number(sessionStorage.getItem(KEY) ?? 0));
} catch {
  put(0);
}
