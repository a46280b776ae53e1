// data-histogram="url" on a histogram: dragging over bars opens the URL with their from and to.

const SVG = "http://www.w3.org/2000/svg";
let drag = null;

function bars(figure) {
  return [...figure.querySelectorAll("g[data-start]")];
}

function barAt(figure, x) {
  const all = bars(figure);
  const box = figure.querySelector("svg").getBoundingClientRect();
  const index = Math.floor(((x - box.left) / box.width) * all.length);
  return Math.min(all.length - 1, Math.max(0, index));
}

function draw() {
  const count = bars(drag.figure).length;
  const [from, to] = [drag.from, drag.to].sort((a, b) => a - b);
  drag.rect.setAttribute("x", `${(100 * from) / count}%`);
  drag.rect.setAttribute("width", `${(100 * (to - from + 1)) / count}%`);
}

document.addEventListener("pointerdown", (event) => {
  const figure = event.target.closest?.("[data-histogram]");
  if (!figure || !event.target.closest("svg") || event.button !== 0) {
    return;
  }
  const at = barAt(figure, event.clientX);
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("class", "cb-histogram-span");
  rect.setAttribute("height", "44");
  rect.setAttribute("rx", "2");
  figure.querySelectorAll(".cb-histogram-span").forEach((old) => old.remove());
  figure.querySelector("svg").append(rect);
  drag = { figure, from: at, to: at, rect };
  draw();
});

document.addEventListener("pointermove", (event) => {
  if (drag) {
    drag.to = barAt(drag.figure, event.clientX);
    draw();
  }
});

document.addEventListener("pointerup", () => {
  if (!drag) {
    return;
  }
  const { figure, from, to } = drag;
  drag = null;
  const all = bars(figure);
  const [first, last] = [from, to].sort((a, b) => a - b);
  const url = new URL(figure.dataset.histogram, location.href);
  url.searchParams.set("from", all[first].dataset.start);
  url.searchParams.set("to", all[last].dataset.end);
  location.assign(url);
});

document.addEventListener("pointercancel", () => {
  drag?.rect.remove();
  drag = null;
});
