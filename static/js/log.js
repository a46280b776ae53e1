// A log that keeps to its end while the reader is there, and stays where the reader is otherwise: [data-log] with
// [data-log-end] as its last element and [data-log-follow], the way back.

const log = document.querySelector("[data-log]");

function keep(box) {
  const end = box.querySelector("[data-log-end]");
  const back = box.querySelector("[data-log-follow]");
  let follows = true;
  let isAtEnd = true;

  const jump = () => {
    box.scrollTop = box.scrollHeight;
  };
  // Only the reader turns following off: lines that arrive push the end out of view too, before the box has followed.
  const leave = () => {
    follows = false;
    back.hidden = isAtEnd;
  };
  new IntersectionObserver(
    ([entry]) => {
      isAtEnd = entry.isIntersecting;
      follows = follows || isAtEnd;
      back.hidden = follows;
    },
    { root: box, rootMargin: "0px 0px 40px" },
  ).observe(end);
  box.addEventListener("wheel", (event) => event.deltaY < 0 && leave(), { passive: true });
  box.addEventListener("touchmove", leave, { passive: true });
  box.addEventListener("keydown", (event) => ["ArrowUp", "PageUp", "Home"].includes(event.key) && leave());
  box.addEventListener("pointerdown", (event) => event.target === box && leave());
  // Earlier lines come in over what is read, which stays where it is.
  let below = 0;
  box.addEventListener("click", (event) => {
    if (event.target.closest("#log-older")) {
      leave();
      below = box.scrollHeight - box.scrollTop;
    }
  });
  back.addEventListener("click", () => {
    follows = true;
    back.hidden = true;
    jump();
  });
  const settle = () => {
    if (follows) {
      jump();
    } else if (below) {
      box.scrollTop = box.scrollHeight - below;
      below = 0;
    }
  };
  new MutationObserver(() => requestAnimationFrame(settle)).observe(box.querySelector("#log-lines"), { childList: true });
  jump();
}

if (log) {
  keep(log);
}
