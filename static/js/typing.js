// What is typed into a form while htmx fetches it anew is kept: the answer knows only what was sent.

const sent = new WeakMap();
let typed = new Map();

const state = (field) => (field.type === "checkbox" || field.type === "radio" ? field.checked : field.value);

const states = (form) => new Map([...form.elements].filter((field) => field.id).map((field) => [field.id, state(field)]));

function put(field, value) {
  if (typeof value === "boolean") {
    field.checked = value;
    return;
  }
  const [start, end] = [field.selectionStart, field.selectionEnd];
  field.value = value;
  if (document.activeElement === field && start !== null) {
    field.setSelectionRange(start, end);
  }
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = detail.elt.closest("form");
  if (form && detail.target.contains(form)) {
    sent.set(detail.xhr, [form, states(form)]);
  }
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const [form, before] = sent.get(detail.xhr) ?? [];
  const now = form ? [...states(form)] : [];
  typed = new Map(now.filter(([id, value]) => before.has(id) && before.get(id) !== value));
});

document.addEventListener("htmx:afterSwap", () => {
  for (const [id, value] of typed) {
    const field = document.getElementById(id);
    if (field && state(field) !== value) {
      put(field, value);
    }
  }
  typed = new Map();
});
