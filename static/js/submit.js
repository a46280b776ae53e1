// data-submit on a form sends it when a choice in it changes: filters, facets. Typing is sent by Enter.

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.hasAttribute("data-submit") && event.target.matches("select, [type=checkbox], [type=radio]")) {
    form.requestSubmit();
  }
});

// A form is sent once: a second press while the first is under way does nothing.
const AGAIN_MS = 5_000;
const sent = new WeakSet();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") {
    return;
  }
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  setTimeout(() => sent.delete(form), AGAIN_MS); // a form that answers with a download leaves the page as it is
});
