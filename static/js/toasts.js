// Short messages at the corner. The server sends one with HX-Trigger: {"toast": {"text": "…", "tone": "passed"}}, or an
// error as a ready toast with HX-Retarget. Errors stay until they are closed.

const SHOWN_MS = 6_000;
const list = document.getElementById("toasts");
const ICONS = { passed: "circle-check-filled", failed: "alert-circle-filled", waiting: "alert-triangle" };
const sprite = document.querySelector(".cb-icon use")?.getAttribute("href").split("#")[0] ?? "/static/icons.svg";

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "cb-icon");
  svg.setAttribute("width", "16");
  svg.setAttribute("height", "16");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function toast(text, tone = "completed") {
  const item = document.createElement("div");
  const words = document.createElement("div");
  const close = document.createElement("button");
  item.className = `cb-toast cb-tone-${tone}`;
  words.className = "cb-toast-words";
  words.textContent = text;
  close.type = "button";
  close.className = "cb-icon-button";
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", "Close");
  close.append(icon("x"));
  item.append(icon(ICONS[tone] ?? "info-circle"), words, close);
  list.append(item);
  if (tone !== "failed") {
    setTimeout(() => item.matches(":hover, :focus-within") || item.remove(), SHOWN_MS);
  }
}

document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) {
    event.target.closest(".cb-toast").remove();
  }
});

// An error swaps only where the server said so; anything else, such as a proxy's own page, becomes a toast.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) {
    event.detail.shouldSwap = true;
  } else if (xhr.status >= 400 && xhr.status !== 422) {
    toast(`Callboard answered ${xhr.status}. Load the page again and repeat what you did.`, "failed");
  }
});

document.addEventListener("htmx:sendError", () => {
  toast("Callboard does not answer. Check the connection, then try again.", "failed");
});
