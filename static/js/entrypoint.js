// The code of an agent: marks the line of the entrypoint in the editor, as the check found it ([data-line]), and puts an
// example there on demand ([data-example]).

let marked = null;

function editorOf(form) {
  if (form.elements.source.value === "paste") {
    return form.querySelector("[data-source=paste] [data-editor]");
  }
  const file = form.elements.entrypoint_file.value.trim();
  const field = [...form.querySelectorAll("[data-file-path]")].find((path) => path.value.trim() === file);
  return field?.closest("[data-file]").querySelector("[data-editor]");
}

function mark(form) {
  marked?.session.removeMarker(marked.id);
  marked = null;
  const line = [...form.querySelectorAll("[data-line]")].find((found) => found.checkVisibility())?.dataset.line;
  const session = editorOf(form)?.editor?.session;
  if (line && session) {
    marked = { session, id: session.highlightLines(line - 1, line - 1, "cb-editor-marked").id };
  }
}

const later = (event) => {
  const form = event.target.closest?.(".cb-agent-form");
  if (form) {
    mark(form);
  }
};

document.addEventListener("cb:editor", later);
document.addEventListener("htmx:afterSwap", later);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-example]");
  const editor = button && editorOf(button.form)?.editor;
  if (editor) {
    editor.setValue(document.getElementById("agent-example").content.textContent, -1);
    editor.focus();
  }
});
