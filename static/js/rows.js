// Rows of fields that one adds and removes, inside [data-rows]. The row to copy is its <template data-rows-template>,
// where NUMBER stands for the row's number; [data-rows-add] in the same section adds one, [data-rows-remove] takes its
// [data-rows-item] away.

let next = 1000; // above every number that the server gave

export function copy(template) {
  const holder = document.createElement("template");
  holder.innerHTML = template.innerHTML.replaceAll("NUMBER", next);
  next += 1;
  return holder.content.firstElementChild;
}

const changed = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));

document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-rows-add]");
  if (add) {
    const rows = add.closest("section, form").querySelector("[data-rows]");
    const template = rows.querySelector("[data-rows-template]");
    const row = copy(template);
    template.before(row);
    row.querySelector("input, textarea, select").focus();
    return;
  }
  const item = event.target.closest("[data-rows-remove]")?.closest("[data-rows-item]");
  if (item) {
    const rows = item.closest("[data-rows]");
    const beside = item.nextElementSibling?.matches("[data-rows-item]") ? item.nextElementSibling : item.previousElementSibling;
    item.remove();
    changed(rows);
    const after = beside?.checkVisibility() && beside.querySelector("[data-rows-remove]");
    (after || rows.closest("section, form").querySelector("[data-rows-add]"))?.focus();
  }
});
