// Code fields. The textarea is the field and works by itself; Ace is put over it where a script runs, and writes back.
// Ace is fetched only by pages that have such a field. It builds no style of its own under a strict policy: its sheet
// is static/vendor/ace/ace.css and its colours are ours, in static/css/forms.css.

const folder = new URL("../vendor/ace/", import.meta.url).href;
const bytes = new TextEncoder();
let loading = null;

function add(tag, attributes) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
    document.head.append(element);
  });
}

async function load() {
  const sheet = add("link", { rel: "stylesheet", href: `${folder}ace.css` });
  await add("script", { src: `${folder}ace.js` });
  window.ace.config.set("useStrictCSP", true);
  window.ace.config.set("loadWorkerFromBlob", false);
  window.ace.config.set("basePath", folder);
  window.ace.define("ace/theme/callboard", ["require", "exports", "module"], (_require, exports) => {
    exports.isDark = false;
    exports.cssClass = "ace-callboard";
    exports.cssText = "";
  });
  await Promise.all([
    sheet,
    add("script", { src: `${folder}mode-python.js` }),
    add("script", { src: `${folder}mode-json.js` }),
    add("script", { src: `${folder}ext-searchbox.js` }),
  ]);
}

function size(text) {
  const count = bytes.encode(text).length;
  if (count < 1000) {
    return `${count} bytes`;
  }
  const [amount, unit] = count < 1e6 ? [count / 1e3, "KB"] : [count / 1e6, "MB"];
  return `${amount.toFixed(1).replace(/\.0$/, "")} ${unit}`;
}

function watchSize(frame, field) {
  const label = frame.querySelector("[data-editor-size]");
  const show = () => {
    label.textContent = size(field.value);
  };
  field.addEventListener("input", show);
}

async function mount(frame) {
  const field = frame.querySelector("textarea");
  watchSize(frame, field);
  loading ??= load();
  await loading;
  const place = document.createElement("div");
  field.after(place);
  const editor = window.ace.edit(place, {
    // Before the mode, which else fetches a worker that is not here.
    useWorker: false,
    mode: `ace/mode/${frame.dataset.editor}`,
    theme: "ace/theme/callboard",
    value: field.value,
    minLines: 12,
    maxLines: 40,
    tabSize: 4,
    useSoftTabs: true,
    showPrintMargin: false,
    highlightActiveLine: true,
    showFoldWidgets: false,
    displayIndentGuides: false,
    scrollPastEnd: 0,
    fontSize: matchMedia("(width < 700px)").matches ? 16 : 12,
    fontFamily: "var(--mono)",
    readOnly: field.readOnly || field.disabled,
    enableKeyboardAccessibility: true,
  });
  const input = editor.textInput.getElement();
  input.setAttribute("aria-label", document.querySelector(`label[for="${field.id}"]`)?.textContent.trim() ?? "Code");
  if (field.getAttribute("aria-describedby")) {
    input.setAttribute("aria-describedby", field.getAttribute("aria-describedby"));
  }
  editor.renderer.setPadding(12);
  editor.session.setUndoManager(new window.ace.UndoManager());
  editor.session.on("change", () => {
    field.value = editor.getValue();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.hidden = true;
  // Who asks for the field, a label or a link to a problem, means the editor.
  field.focus = () => editor.focus();
  document.querySelector(`label[for="${field.id}"]`)?.addEventListener("click", () => editor.focus());
  frame.editor = editor;
  frame.dispatchEvent(new Event("cb:editor", { bubbles: true }));
}

function mountAll(root) {
  for (const frame of root.querySelectorAll("[data-editor]")) {
    if (frame.editor) {
      frame.editor.resize(true);
    } else if (!frame.dataset.mounted && frame.checkVisibility()) {
      frame.dataset.mounted = "yes";
      mount(frame).catch(() => {}); // the textarea is still there
    }
  }
}

mountAll(document);
document.addEventListener("htmx:load", (event) => mountAll(event.target));
// Sent by whoever shows what was hidden: an editor that is not seen is not built.
document.addEventListener("cb:shown", (event) => mountAll(event.target));
