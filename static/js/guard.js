// data-guard on a form: leaving the page with something changed and not sent asks first. data-guard="changed" is a form
// that came back with problems: what it holds is saved nowhere.

const changed = new Set(document.querySelectorAll('form[data-guard="changed"]'));

const note = (event) => {
  const form = event.target.closest?.("form[data-guard]");
  if (form) {
    changed.add(form);
  }
};

document.addEventListener("input", note);
document.addEventListener("change", note);

// At the very end, when nothing has stopped the form on its way.
addEventListener("submit", (event) => event.defaultPrevented || changed.delete(event.target));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest("form");
  if (event.detail.successful && form?.dataset.guard !== "changed") {
    changed.delete(form);
  }
});
document.addEventListener("htmx:afterSettle", () => {
  document.querySelectorAll('form[data-guard="changed"]').forEach((form) => changed.add(form));
});

addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected)) {
    event.preventDefault();
  }
});
