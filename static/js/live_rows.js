// Tables of runs that stay true while the page is open. data-live-rows="url" on a table is where fresh rows come from; its
// rows have the id of their run, data-run for the pipeline run and data-state for what they show.
// The event cb:runs-changed names the pipeline runs that have moved on, or none for "many". Rows are swapped where they
// are and never move; what is new is counted and waits to be asked for.

const EVERY_MS = 1_000;
const CHANGED_MS = 900;
const waiting = new Map();

function ask(table, ids) {
  const url = new URL(table.dataset.liveRows, location.href);
  url.searchParams.set("ids", [...ids].join(","));
  window.htmx.ajax("GET", url.pathname + url.search, { source: table, swap: "none" });
}

function note(table, runs) {
  const rows = [...table.querySelectorAll("[data-run]")];
  const changed = runs ? rows.filter((row) => runs.includes(row.dataset.run)) : rows;
  // Runs that are not in the table may be new ones, which only a table that counts them asks for.
  const hasStrangers = !runs || runs.length > changed.length;
  if (!changed.length && !(hasStrangers && "liveNewest" in table.dataset)) {
    return;
  }
  const ids = waiting.get(table);
  if (ids) {
    changed.forEach((row) => ids.add(row.id));
    return;
  }
  waiting.set(table, new Set(changed.map((row) => row.id)));
  setTimeout(() => {
    const found = waiting.get(table);
    waiting.delete(table);
    if (table.isConnected) {
      ask(table, found);
    }
  }, EVERY_MS);
}

document.addEventListener("cb:runs-changed", (event) => {
  for (const table of document.querySelectorAll("[data-live-rows]")) {
    note(table, event.detail.runs);
  }
});

// A row that says the same stays; one that changed keeps its tick and its focus.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const old = event.detail.target;
  const fresh = event.detail.fragment.firstElementChild;
  if (!old.matches("[data-run]")) {
    return;
  }
  if (old.dataset.state === fresh.dataset.state) {
    event.detail.shouldSwap = false;
    return;
  }
  const box = fresh.querySelector("[data-select]");
  if (box) {
    box.checked = old.querySelector("[data-select]").checked;
  }
  const had = [".cb-row-link", "[data-select]"].find((part) => old.querySelector(part) === document.activeElement);
  fresh.classList.add("cb-changed");
  requestAnimationFrame(() => {
    const row = document.getElementById(fresh.id);
    if (had) {
      row?.querySelector(had)?.focus({ preventScroll: true });
    }
  });
  setTimeout(() => document.getElementById(fresh.id)?.classList.remove("cb-changed"), CHANGED_MS);
});
