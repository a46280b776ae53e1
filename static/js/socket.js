// A socket that comes back. It is closed when the page is left, opened anew when it is returned to, and given up only
// where there is nothing to look at any more.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
// The server says something at least every ten seconds.
const SILENCE_MS = 25_000;
const CLOSED_FOR_GOOD = [4401, 4404];
// A socket that is refused looks like a server that is away: after so many tries the page itself is asked for.
const TRIES_BEFORE_ASKING = 3;

async function mayLook() {
  const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => null);
  return !answer || (answer.type !== "opaqueredirect" && ![403, 404].includes(answer.status));
}

// url(): where to connect, asked anew for each attempt. hear(message, text): takes a message; false asks to connect anew.
// show(state): live, waiting or lost.
export function keepOpen({ url, hear, show }) {
  let socket = null;
  let tries = 0;
  let again = 0;
  let silence = 0;
  let isLeft = false;

  function listen() {
    clearTimeout(silence);
    silence = setTimeout(drop, SILENCE_MS);
  }

  function drop() {
    const old = socket;
    socket = null;
    clearTimeout(silence);
    if (old) {
      old.onclose = old.onmessage = old.onerror = null;
      old.close();
    }
    later();
  }

  function later() {
    show("waiting");
    clearTimeout(again);
    // Full jitter: after a restart not everybody comes back at once.
    again = setTimeout(open, Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries));
    tries += 1;
  }

  async function open() {
    clearTimeout(again);
    if (socket) {
      return;
    }
    if (tries >= TRIES_BEFORE_ASKING && !(await mayLook())) {
      show("lost");
      return;
    }
    if (socket || isLeft) {
      return;
    }
    const made = new WebSocket(url().replace(/^http/, "ws"));
    socket = made;
    listen();
    made.onmessage = (event) => {
      listen();
      tries = 0;
      show("live");
      if (hear(JSON.parse(event.data), event.data) === false) {
        drop();
      }
    };
    made.onclose = (event) => {
      socket = null;
      clearTimeout(silence);
      if (CLOSED_FOR_GOOD.includes(event.code)) {
        show("lost");
      } else {
        later();
      }
    };
    made.onopen = () => show("live");
  }

  function leave() {
    isLeft = true;
    clearTimeout(again);
    clearTimeout(silence);
    if (socket) {
      socket.onclose = socket.onmessage = null;
      socket.close();
      socket = null;
    }
  }

  function hurry() {
    if (!socket && document.visibilityState === "visible") {
      tries = 0;
      open();
    }
  }

  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      isLeft = false;
      open();
    }
  });
  window.addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => again && hurry());
  open();
  return { send: (value) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(value)) };
}
