// A definition in the code editor, with what is wrong marked at its line.
//   [data-marks="[{line, text, type}]"]   around an editor: what it marks
//   [data-line="12"]                      a link that leads to a line of the editor

function mark(frame) {
  const place = frame.closest("[data-marks]");
  if (!place || !frame.editor) {
    return;
  }
  const marks = JSON.parse(place.dataset.marks).filter((item) => item.line > 0);
  frame.editor.session.setAnnotations(marks.map(({ line, text, type }) => ({ row: line - 1, column: 0, text, type })));
  // What was marked says nothing of a line that was changed since.
  frame.editor.session.once("change", () => frame.editor.session.clearAnnotations());
}

document.addEventListener("cb:editor", (event) => mark(event.target));
document.querySelectorAll("[data-marks] [data-editor]").forEach(mark);

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  const editor = link && document.querySelector("[data-marks] [data-editor]")?.editor;
  if (editor) {
    event.preventDefault();
    editor.gotoLine(Number(link.dataset.line), 0, false);
    editor.focus();
    editor.container.scrollIntoView({ block: "nearest" });
  }
});
