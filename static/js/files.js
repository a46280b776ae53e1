// Several files in one form, [data-files] with a [data-file] each: a strip of tabs shows one at a time. Without a script
// they stand one under another, with an empty one to fill in.

import { copy } from "./rows.js";

const bytes = new TextEncoder();
const MOST_KB = 1024;

const blocks = (files) => [...files.querySelectorAll(":scope > [data-file]:not(.cb-unscripted)")];
const pathField = (block) => block.querySelector("[data-file-path]");
const codeField = (block) => block.querySelector("textarea[name]");
const tabOf = (block) => document.getElementById(`${block.id}-tab`);

function button(words, css) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = css;
  made.textContent = words;
  return made;
}

function choose(files, block, focus = false) {
  for (const other of blocks(files)) {
    const isChosen = other === block;
    other.hidden = !isChosen;
    tabOf(other).setAttribute("aria-selected", String(isChosen));
    tabOf(other).tabIndex = isChosen ? 0 : -1;
  }
  tabOf(block).scrollIntoView({ block: "nearest", inline: "nearest" });
  if (focus) {
    tabOf(block).focus();
  }
  block.dispatchEvent(new Event("cb:shown", { bubbles: true }));
}

function name(block) {
  const path = pathField(block).value.trim() || "new file";
  tabOf(block).firstChild.textContent = path;
  block.querySelector(".cb-editor-head code").textContent = path;
}

function count(files) {
  const all = blocks(files);
  const size = all.reduce((sum, block) => sum + bytes.encode(codeField(block).value).length, 0) / MOST_KB;
  const most = Number(files.dataset.filesMost);
  files.querySelector("[data-files-sum]").textContent =
    `${all.length} of ${most} files, ${size < 10 ? size.toFixed(1) : Math.round(size)} KB of 1 MB`;
  const add = files.querySelector("[data-files-add]");
  add.setAttribute("aria-disabled", String(all.length >= most));
}

function addTab(files, block) {
  const tab = button("", "cb-tab");
  tab.id = `${block.id}-tab`;
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", block.id);
  tab.append("");
  tab.toggleAttribute("data-invalid", Boolean(block.querySelector("[aria-invalid]")));
  block.setAttribute("role", "tabpanel");
  block.setAttribute("aria-labelledby", tab.id);
  files.querySelector("[role=tablist]").append(tab);
  name(block);
}

function add(files) {
  if (blocks(files).length >= Number(files.dataset.filesMost)) {
    return;
  }
  const template = files.querySelector("[data-files-template]");
  const block = copy(template);
  template.before(block);
  addTab(files, block);
  choose(files, block);
  count(files);
  pathField(block).focus();
}

function remove(files, block) {
  const all = blocks(files);
  const beside = all[all.indexOf(block) + 1] ?? all[all.indexOf(block) - 1];
  tabOf(block).remove();
  block.remove();
  if (beside) {
    choose(files, beside, true);
  } else {
    add(files);
  }
  count(files);
  files.dispatchEvent(new Event("input", { bubbles: true }));
}

// The file that holds the entrypoint keeps holding it when it is renamed.
function follow(field) {
  const before = field.dataset.before ?? field.defaultValue;
  const entrypointFile = field.form.elements.entrypoint_file;
  if (entrypointFile && before && entrypointFile.value === before) {
    entrypointFile.value = field.value.trim();
  }
  field.dataset.before = field.value.trim();
}

function mount(files) {
  const strip = document.createElement("div");
  strip.className = "cb-file-strip";
  const list = document.createElement("div");
  list.className = "cb-file-tabs";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "Files");
  const sum = document.createElement("span");
  sum.className = "cb-meta cb-large-only";
  sum.dataset.filesSum = "";
  const more = button("Add file", "btn btn-sm");
  more.dataset.filesAdd = "";
  strip.append(list, sum, more);
  files.prepend(strip);
  for (const block of blocks(files)) {
    addTab(files, block);
  }
  const all = blocks(files);
  if (all.length) {
    choose(files, all.find((block) => block.querySelector("[aria-invalid]")) ?? all[0]);
  } else {
    add(files);
  }
  count(files);
}

document.addEventListener("click", (event) => {
  const files = event.target.closest("[data-files]");
  if (event.target.closest("[data-files-add]")) {
    add(files);
  } else if (event.target.closest("[data-file-remove]")) {
    remove(files, event.target.closest("[data-file]"));
  } else if (files && event.target.closest("[role=tab]")) {
    choose(files, document.getElementById(event.target.closest("[role=tab]").getAttribute("aria-controls")));
  }
  // A link to a problem in a file that is not shown.
  const target = document.getElementById(event.target.closest("a[href^='#']")?.hash.slice(1) ?? "");
  const hidden = target?.closest("[data-files] > [data-file][hidden]");
  if (hidden) {
    choose(hidden.parentElement, hidden);
    target.focus();
  }
});

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest?.(".cb-file-tabs > [role=tab]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (tab && step) {
    event.preventDefault();
    const files = tab.closest("[data-files]");
    const all = blocks(files);
    const at = all.findIndex((block) => tabOf(block) === tab);
    choose(files, all[(at + step + all.length) % all.length], true);
  }
});

document.addEventListener("input", (event) => {
  const block = event.target.closest("[data-files] > [data-file]");
  if (!block) {
    return;
  }
  if (event.target.matches("[data-file-path]")) {
    follow(event.target);
    name(block);
  }
  count(block.parentElement);
});

// What was pasted as one module goes along when one turns to several files.
document.addEventListener("change", (event) => {
  const panel = event.target.matches("[name=source]") && event.target.form?.querySelector(`[data-source="${event.target.value}"]`);
  if (!panel) {
    return;
  }
  panel.dispatchEvent(new Event("cb:shown", { bubbles: true }));
  const all = panel.matches("[data-files]") ? blocks(panel) : [];
  const pasted = event.target.form.elements.code?.value ?? "";
  if (all.length === 1 && pasted && !codeField(all[0]).value) {
    const editor = all[0].querySelector("[data-editor]").editor;
    codeField(all[0]).value = pasted;
    editor?.setValue(pasted, -1);
    count(panel);
  }
});

for (const files of document.querySelectorAll("[data-files]")) {
  mount(files);
}
