// Pictures of graphs. [data-graph] holds one as JSON (console/display/graph_picture.py); [data-graph-canvas="id"] is
// where it is drawn, from the element with that id, in place of the list that stands there for whoever runs no scripts.
// Where nodes stand is found here; how they look is in static/css/graph.css. [data-graph-zoom="in|out|fit"] are buttons.

import { Graph, layout } from "../vendor/dagre/dagre.esm.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 168;
const HEIGHT = 56;
const MARGIN = 16;
const TAG_HEIGHT = 18;
const LONGEST_TAG = 24;
const LEAST_SCALE = 0.4;
const MOST_SCALE = 1.6;
// What does not fit is made smaller down to this, and then scrolls.
const READABLE_SCALE = 0.78;
const STEP = 1.25;
const LOOP_ROOM = 60;
const LOOP_STEP = 14;

const chosen = new WeakMap();

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function html(name, css, text = "") {
  const element = document.createElement(name);
  element.className = css;
  element.textContent = text;
  return element;
}

function icon(sprite, name, size) {
  const use = svg("use", { href: `${sprite}#${name}` });
  return svg("svg", { class: "cb-icon", width: size, height: size, "aria-hidden": "true" }, use);
}

function tagWidth(label) {
  return Math.min(label.length, LONGEST_TAG) * 6.4 + 14;
}

function placed({ nodes, edges, direction }) {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: direction, nodesep: 20, ranksep: 44, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    graph.setNode(node.id, { width: WIDTH, height: HEIGHT });
  }
  edges.forEach((edge, place) => {
    const size = edge.label ? { width: tagWidth(edge.label) + 8, height: TAG_HEIGHT, labelpos: "c" } : {};
    graph.setEdge(edge.source, edge.target, size, String(place));
  });
  layout(graph);
  return graph;
}

// A line through the points, its corners rounded.
function curve(points) {
  const middle = (a, b) => `${(a.x + b.x) / 2},${(a.y + b.y) / 2}`;
  const [first, ...rest] = points;
  let path = `M${first.x},${first.y}`;
  if (rest.length === 1) {
    return `${path}L${rest[0].x},${rest[0].y}`;
  }
  path += `L${middle(first, rest[0])}`;
  for (let place = 0; place < rest.length - 1; place += 1) {
    path += `Q${rest[place].x},${rest[place].y} ${middle(rest[place], rest[place + 1])}`;
  }
  const last = rest.at(-1);
  return `${path}L${last.x},${last.y}`;
}

function tag(label, x, y, css) {
  const width = tagWidth(label);
  const shown = label.length > LONGEST_TAG ? `${label.slice(0, LONGEST_TAG - 1)}…` : label;
  const box = svg("rect", { x: x - width / 2, y: y - TAG_HEIGHT / 2, width, height: TAG_HEIGHT, rx: 4 });
  const text = svg("text", { x, y: y + 4, "text-anchor": "middle" }, shown);
  return svg("g", { class: css }, svg("title", {}, label), box, text);
}

function edgeOf(graph, edge, place) {
  const { points, x, y } = graph.edge(edge.source, edge.target, String(place));
  const group = svg("g", { class: `cb-edge cb-edge-${edge.state}` }, svg("path", { d: curve(points) }));
  if (edge.label) {
    group.append(tag(edge.label, x, y, "cb-edge-tag"));
  }
  return group;
}

// A way back runs around the nodes: on the right of a column, below a row.
function loopOf(graph, loop, place, direction, arrow) {
  const from = graph.node(loop.source);
  const to = graph.node(loop.target);
  const out = LOOP_ROOM / 2 + place * LOOP_STEP;
  const isColumn = direction === "TB";
  const right = Math.max(from.x, to.x) + WIDTH / 2;
  const bottom = Math.max(from.y, to.y) + HEIGHT / 2;
  const d = isColumn
    ? `M${from.x + WIDTH / 2},${from.y}C${right + out},${from.y} ${right + out},${to.y} ${to.x + WIDTH / 2 + 3},${to.y}`
    : `M${from.x},${from.y + HEIGHT / 2}C${from.x},${bottom + out} ${to.x},${bottom + out} ${to.x},${to.y + HEIGHT / 2 + 2}`;
  const [x, y] = isColumn ? [right + out * 0.75 + 10, (from.y + to.y) / 2] : [(from.x + to.x) / 2, bottom + out * 0.75];
  const path = svg("path", { d, "marker-end": `url(#${arrow})` });
  return svg("g", { class: "cb-edge cb-edge-loop" }, path, tag(loop.label, x, y, "cb-edge-tag"));
}

function nodeBody(node, sprite) {
  const css = ["cb-node", node.tone ? `cb-tone-${node.tone}` : "cb-node-plain"];
  css.push(...(node.isSkipped ? ["cb-node-skipped"] : []), ...(node.isSelected ? ["cb-node-selected"] : []));
  if (node.problems.length) {
    css.push(node.isInvalid ? "cb-node-invalid" : "cb-node-warned");
  }
  const body = html(node.url ? "a" : "div", css.join(" "));
  if (node.url) {
    body.href = node.url;
  }
  body.dataset.node = node.id;
  body.title = [node.name, node.status, ...node.problems].filter(Boolean).join(" · ");
  const kind = html("span", "cb-node-kind");
  kind.append(icon(sprite, node.icon, 13), node.kind);
  const mark = html("span", "cb-status");
  if (node.problems.length) {
    mark.className = "cb-node-problems";
    mark.textContent = String(node.problems.length);
  } else if (node.statusIcon) {
    const drawing = icon(sprite, node.statusIcon, 15);
    drawing.classList.toggle("cb-turning", node.statusIcon === "loader-2");
    mark.append(drawing, html("span", "cb-hidden-text", node.status));
  }
  body.append(kind, html("span", "cb-node-time", node.time), html("span", "cb-node-name", node.name), mark);
  return body;
}

function nodeOf(graph, node, sprite) {
  const { x, y } = graph.node(node.id);
  const frame = { x: x - WIDTH / 2, y: y - HEIGHT / 2, width: WIDTH, height: HEIGHT, class: "cb-graph-node" };
  return svg("foreignObject", frame, nodeBody(node, sprite));
}

function drawing(data, canvas) {
  const { nodes, edges, loops, direction } = data;
  const graph = placed(data);
  const arrow = `arrow-${canvas.dataset.graphCanvas}`;
  const head = svg("path", { d: "M0,0L6,3L0,6" });
  const marker = svg(
    "marker",
    {
      id: arrow,
      viewBox: "-1 -1 8 8",
      refX: 6,
      refY: 3,
      markerWidth: 8,
      markerHeight: 8,
      markerUnits: "userSpaceOnUse",
      orient: "auto",
    },
    head,
  );
  const { width, height } = graph.graph();
  const room = (least) => (loops.length ? least + loops.length * LOOP_STEP : 0);
  const size = direction === "TB" ? [width + room(LOOP_ROOM), height] : [width, height + room(LOOP_ROOM / 3)];
  const picture = svg("svg", { viewBox: `0 0 ${size[0]} ${size[1]}`, class: "cb-graph-picture" });
  picture.append(svg("defs", {}, marker));
  edges.forEach((edge, place) => picture.append(edgeOf(graph, edge, place)));
  loops.forEach((loop, place) => picture.append(loopOf(graph, loop, place, direction, arrow)));
  picture.append(...nodes.map((node) => nodeOf(graph, node, canvas.dataset.sprite)));
  return { picture, width: size[0], height: size[1] };
}

// Without a scale that somebody chose, as much of the picture is shown as can be read.
function resize(canvas) {
  const picture = canvas.querySelector("svg.cb-graph-picture");
  if (!picture) {
    return;
  }
  const { width, height } = picture.viewBox.baseVal;
  const style = getComputedStyle(canvas);
  const fitting = (canvas.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)) / width;
  const scale = chosen.get(canvas) ?? Math.min(1, Math.max(READABLE_SCALE, fitting));
  picture.setAttribute("width", Math.floor(width * scale));
  picture.setAttribute("height", Math.floor(height * scale));
}

function scaleOf(canvas) {
  const picture = canvas.querySelector("svg.cb-graph-picture");
  return picture ? picture.width.baseVal.value / picture.viewBox.baseVal.width : 1;
}

function bringIntoView(canvas) {
  const shown = canvas.querySelector(".cb-node-selected, .cb-node.cb-tone-waiting, .cb-node.cb-tone-running");
  if (shown) {
    const { left, width } = shown.getBoundingClientRect();
    canvas.scrollLeft += left + width / 2 - canvas.getBoundingClientRect().left - canvas.clientWidth / 2;
  }
}

function draw(canvas) {
  const source = document.getElementById(canvas.dataset.graphCanvas);
  if (!source || canvas.drawn === source.dataset.graph) {
    return;
  }
  const isFirst = !canvas.drawn;
  canvas.drawn = source.dataset.graph;
  const focused = canvas.contains(document.activeElement) ? document.activeElement.dataset.node : null;
  const { picture } = drawing(JSON.parse(canvas.drawn), canvas);
  canvas.replaceChildren(picture);
  resize(canvas);
  if (isFirst) {
    bringIntoView(canvas);
    new ResizeObserver(() => resize(canvas)).observe(canvas);
  }
  if (focused) {
    canvas.querySelector(`[data-node="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

function drawAll() {
  document.querySelectorAll("[data-graph-canvas]").forEach(draw);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-graph-zoom]");
  const canvas = button?.closest("[data-graph-frame]")?.querySelector("[data-graph-canvas]");
  if (!canvas) {
    return;
  }
  const { graphZoom } = button.dataset;
  if (graphZoom === "fit") {
    chosen.delete(canvas);
  } else {
    const scale = scaleOf(canvas);
    chosen.set(canvas, Math.min(MOST_SCALE, Math.max(LEAST_SCALE, graphZoom === "in" ? scale * STEP : scale / STEP)));
  }
  resize(canvas);
});

drawAll();
// What a swap brings is in place when it settles.
document.addEventListener("htmx:afterSettle", drawAll);
document.addEventListener("htmx:oobAfterSwap", drawAll);
