// The reviewer's pictures: laid over one another or side by side, zoomed and moved together, spots selected in
// picture and table alike, corrections drawn. Without it the page shows both pictures, the table and the forms.
const viewer = document.querySelector("#viewer");
const panes = document.querySelector("#panes");
const frame = { width: Number(viewer.dataset.width), height: Number(viewer.dataset.height), mm: Number(viewer.dataset.mm) };
const sheets = [...panes.querySelectorAll(".sheet")];
const ZOOM_MOST = 8;
let drawing = false;
const STILL_PX = 6; // a finger that moved less has tapped

// Of a long course, the strip begins at the session that is shown.
const strip = document.querySelector(".strip"), shown = strip?.querySelector("[aria-current]");
if (shown) strip.scrollLeft += shown.getBoundingClientRect().left - strip.getBoundingClientRect().left - strip.clientWidth / 2;

viewer.classList.add("alive");
viewer.style.setProperty("--ratio", frame.width / frame.height);
for (const each of viewer.querySelectorAll(".tools, .split, .where")) each.hidden = false;
for (const each of viewer.querySelectorAll(".still-bar")) each.remove();

// --- zoom and pan: one state, which every picture shows
const zoom = sheets.length ? Panzoom(sheets[0], {
  maxScale: ZOOM_MOST, minScale: 1, contain: "outside", step: 0.25, animate: false, cursor: "default",
  panOnlyWhenZoomed: true, pinchAndPan: true, touchAction: "pan-y", noBind: true,
  setTransform: (_, { scale, x, y }) => transform(scale, x, y),
}) : null;

function transform(scale, x, y) {
  for (const sheet of sheets) sheet.style.transform = `scale(${scale}) translate(${x}px, ${y}px)`;
  keep(scale, x, y);
  dress();
}

// Panzoom shows a step in the next frame, and reckons the one after from what is shown: keys and wheels are faster.
function showNow() {
  const { x, y } = zoom.getPan();
  transform(zoom.getScale(), x, y);
}

// Where somebody had zoomed to stays when they go on to another session of the course.
const KEPT = "review-zoom";
let kept = null;

function keep(scale, x, y) {
  if (kept === null) return; // not begun yet
  kept = { path: location.pathname, mode: viewer.dataset.mode, scale, x, y };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

function restore() {
  const before = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  kept = {};
  if (!zoom || before.path !== location.pathname || before.mode !== viewer.dataset.mode || !(before.scale > 1)) return;
  zoom.zoom(before.scale, { animate: false });
  showNow();
  zoom.pan(before.x, before.y, { animate: false });
  showNow();
}

// Pointers over the second picture count as if they were over the first: there the zoom reckons.
const began = new Map();

function overFirst(event, sheet) {
  const first = sheets[0].parentElement.getBoundingClientRect(), own = sheet.parentElement.getBoundingClientRect();
  const { pointerId, pointerType, target, deltaX, deltaY, button } = event;
  return {
    pointerId, pointerType, target, deltaX, deltaY, button,
    clientX: event.clientX + first.left - own.left, clientY: event.clientY + first.top - own.top,
    preventDefault: () => event.preventDefault(), stopPropagation: () => event.stopPropagation(),
  };
}

for (const sheet of sheets) {
  sheet.style.transformOrigin = "50% 50%";
  sheet.addEventListener("pointerdown", (event) => {
    began.set(event.pointerId, sheet);
    zoom.handleDown(overFirst(event, sheet));
  });
  sheet.parentElement.addEventListener("wheel", (event) => {
    // Whoever only scrolls past the pictures is not held up by them.
    const wanted = event.ctrlKey || event.metaKey || panes.contains(document.activeElement);
    if (!wanted || (zoom.getScale() === 1 && event.deltaY > 0 && !event.ctrlKey)) return;
    zoom.zoomWithWheel(overFirst(event, sheet), { animate: false });
    showNow();
  }, { passive: false });
}
document.addEventListener("pointermove", (event) => {
  if (began.has(event.pointerId)) zoom.handleMove(overFirst(event, began.get(event.pointerId)));
});
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, (event) => {
    if (!began.has(event.pointerId)) return;
    zoom.handleUp(overFirst(event, began.get(event.pointerId)));
    began.delete(event.pointerId);
  });
}

const paper = matchMedia("print");
paper.addEventListener("change", dress); // on paper the pictures stand whole, side by side: smaller than on the screen

const LENGTHS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

// What keeps its size on the screen at every zoom: lines, numbers, the scale bar.
function dress() {
  const scale = paper.matches ? 1 : zoom?.getScale() ?? 1;
  const pixel = frame.width / ((sheets[0]?.clientWidth || frame.width) * scale);
  viewer.style.setProperty("--pixel", pixel);
  for (const sheet of sheets) sheet.style.touchAction = scale > 1 || drawing ? "none" : "pan-y";
  document.querySelector("#zoom").textContent = `${Math.round(scale * 100)} %`;
  if (!frame.mm) return;
  const mm = LENGTHS.findLast((each) => each / frame.mm / pixel <= 140) ?? LENGTHS[0];
  for (const bar of viewer.querySelectorAll(".bar-live")) {
    bar.hidden = false;
    bar.querySelector("span").textContent = `${mm} mm`;
    bar.style.setProperty("--length", `${mm / frame.mm / pixel}px`);
  }
}

function zoomBy(how) {
  if (!zoom) return;
  if (how === "in") zoom.zoomIn({ animate: false });
  else if (how === "out") zoom.zoomOut({ animate: false });
  else zoom.reset({ animate: false });
  showNow();
}

for (const button of viewer.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => zoomBy(button.dataset.do));
}

const MOVES = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };

panes.addEventListener("keydown", (event) => {
  if (event.target !== panes || event.ctrlKey || event.metaKey || event.altKey) return;
  const move = MOVES[event.key];
  if (move && zoom && zoom.getScale() > 1) {
    const scale = zoom.getScale();
    zoom.pan(move[0] / scale, move[1] / scale, { relative: true, animate: false });
    showNow();
  } else if (event.key === "+" || event.key === "=") zoomBy("in");
  else if (event.key === "-" || event.key === "_") zoomBy("out");
  else if (event.key === "0") zoomBy("whole");
  else if (event.key === "n" || event.key === "N") step(1);
  else if (event.key === "p" || event.key === "P") step(-1);
  else return;
  event.preventDefault();
});

// --- the slider, and side by side
const split = document.querySelector("#split");

function uncover() {
  viewer.style.setProperty("--split", `${split.value}%`);
}

function lay(mode) {
  viewer.dataset.mode = mode;
  for (const button of viewer.querySelectorAll("button[data-mode]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  }
  for (const input of document.querySelectorAll('#choose input[name="mode"]')) input.value = mode;
  for (const link of document.querySelectorAll('.strip a, #table a, a[data-spot]')) {
    const address = new URL(link.href);
    address.searchParams.set("mode", mode);
    link.href = address;
  }
  if (split) split.parentElement.hidden = mode !== "slider";
  zoomBy("whole");
  dress();
}

if (split) {
  split.addEventListener("input", uncover);
  uncover();
  const handle = document.createElement("div");
  handle.className = "handle";
  panes.append(handle);
  const drag = (event) => {
    const box = panes.getBoundingClientRect();
    split.value = Math.round(((event.clientX - box.left) / box.width) * 100);
    uncover();
  };
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener("pointermove", drag);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    handle.addEventListener(end, () => handle.removeEventListener("pointermove", drag));
  }
} else {
  viewer.dataset.mode = "side";
}
for (const button of viewer.querySelectorAll("button[data-mode]")) {
  button.disabled = !split;
  button.addEventListener("click", () => lay(button.dataset.mode));
}
for (const box of viewer.querySelectorAll("input[data-show]")) {
  const show = () => panes.classList.toggle(`shows-${box.dataset.show}`, box.checked);
  box.addEventListener("change", show);
  show();
}
// --- spots: marked in both pictures and in the table, ticked for a correction, their series fetched
const series = document.querySelector("#series");
const said = document.querySelector("#said");
const boxes = new Map([...document.querySelectorAll('input[name="lesion"]')].map((box) => [box.value, box]));
let marked = "";
let asked = 0;

function each(lesion, what) {
  for (const shape of document.querySelectorAll(`[data-lesion="${CSS.escape(lesion)}"]`)) what(shape);
}

function mark(lesion) {
  if (marked) each(marked, (shape) => shape.classList.remove("marked"));
  marked = lesion;
  if (lesion) each(lesion, (shape) => shape.classList.add("marked"));
}

async function show(lesion) {
  mark(lesion);
  const number = ++asked;
  const answer = await fetch(`${viewer.dataset.part}&lesion=${encodeURIComponent(lesion)}`, {
    headers: { "HX-Request": "true" }, credentials: "same-origin",
  });
  if (answer.status === 401) return location.reload();
  const text = await answer.text();
  if (number !== asked) return; // another spot was chosen meanwhile
  series.innerHTML = text;
  said.textContent = `Spot ${lesion} is shown below the pictures.`;
}

function tick(lesion) {
  const box = boxes.get(lesion);
  if (!box) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change"));
}

function dressTicks() {
  const ticked = [...boxes.values()].filter((box) => box.checked).map((box) => box.value);
  const where = document.querySelector("#ticked");
  if (where) where.textContent = ticked.length ? `Ticked: ${ticked.join(", ")}.` : "";
}

for (const [lesion, box] of boxes) {
  box.addEventListener("change", () => {
    each(lesion, (shape) => shape.classList.toggle("ticked", box.checked));
    dressTicks();
  });
  if (box.checked) box.dispatchEvent(new Event("change"));
}
for (const link of document.querySelectorAll("a[data-spot]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    show(link.dataset.spot);
    series.scrollIntoView({ block: "nearest" });
  });
}

function step(by) {
  const numbers = [...document.querySelectorAll("#lesions tr[data-lesion]")].map((row) => row.dataset.lesion);
  if (!numbers.length) return;
  const at = numbers.indexOf(marked);
  show(numbers[(at + by + numbers.length + (at < 0 && by < 0 ? 1 : 0)) % numbers.length]);
}
if (Number(viewer.dataset.spot)) mark(viewer.dataset.spot);

// --- drawing: points in the picture's own pixels, the same in both pictures
const field = document.querySelector("#points");

function pointsOf(text) {
  return text.trim().split(/[\s;]+/).map((pair) => pair.split(",").map(Number))
    .filter((pair) => pair.length === 2 && pair.every(Number.isFinite));
}

function place(event, sheet) {
  const box = sheet.querySelector("img").getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * frame.width;
  const y = ((event.clientY - box.top) / box.height) * frame.height;
  return [Math.min(frame.width, Math.max(0, x)), Math.min(frame.height, Math.max(0, y))].map((value) => value.toFixed(1));
}

const NAMESPACE = "http://www.w3.org/2000/svg";
const drawn = sheets.map((sheet) => {
  const shape = document.createElementNS(NAMESPACE, "polygon");
  shape.setAttribute("class", "drawn");
  sheet.querySelector("svg").append(shape);
  return shape;
});
const corners = sheets.map((sheet) => {
  const group = document.createElementNS(NAMESPACE, "g");
  group.setAttribute("class", "corners");
  sheet.querySelector("svg").append(group);
  return group;
});

function redraw() {
  const points = field ? pointsOf(field.value) : [];
  for (const shape of drawn) shape.setAttribute("points", points.map((point) => point.join(",")).join(" "));
  for (const group of corners) {
    group.replaceChildren(...points.map(([x, y]) => {
      const corner = document.createElementNS(NAMESPACE, "circle");
      corner.setAttribute("cx", x);
      corner.setAttribute("cy", y);
      return corner;
    }));
  }
}

function write(points) {
  field.value = points.map((point) => point.join(",")).join(" ");
  redraw();
}

const DRAW = {
  begin(button) {
    drawing = !drawing;
    button.setAttribute("aria-pressed", String(drawing));
    button.textContent = drawing ? "Stop drawing" : "Draw on the picture";
    panes.classList.toggle("drawing", drawing);
    dress();
    if (drawing) panes.scrollIntoView({ block: "nearest" });
    said.textContent = drawing ? "Click or tap corner after corner; drag moves the picture." : "";
  },
  back() { write(pointsOf(field.value).slice(0, -1)); },
  clear() { write([]); },
};
if (field) {
  document.querySelector(".drawing").hidden = false;
  field.addEventListener("input", redraw);
  for (const button of document.querySelectorAll("[data-draw]")) {
    button.addEventListener("click", () => DRAW[button.dataset.draw](button));
  }
  redraw();
}

// What was typed outlives the page's loading itself anew when a measuring ends; ticks do not: a number may be another's.
const DRAFT = "review-draft";
const form = document.querySelector("#correct");
if (form) {
  const names = ["kind", "reason", "points"];
  const before = JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}");
  sessionStorage.removeItem(DRAFT);
  for (const name of before.path === location.pathname && !form.elements.reason.value ? names : []) {
    if (before[name] && form.elements[name]) form.elements[name].value = before[name];
  }
  let sent = false;
  form.addEventListener("submit", () => { sent = true; });
  addEventListener("pagehide", () => {
    const typed = Object.fromEntries(names.map((name) => [name, form.elements[name]?.value ?? ""]));
    if (sent || !(typed.reason || typed.points)) return;
    sessionStorage.setItem(DRAFT, JSON.stringify({ path: location.pathname, ...typed }));
  });
  if (field) redraw();
}

// --- taps: a corner while drawing, else a spot
sheets.forEach((sheet) => {
  let from = null;
  sheet.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; }, { capture: true });
  sheet.addEventListener("pointermove", (event) => {
    document.querySelector("#where").textContent = place(event, sheet).map(Math.round).join(", ");
  });
  sheet.addEventListener("click", (event) => {
    panes.focus({ preventScroll: true });
    if (from && Math.hypot(event.clientX - from[0], event.clientY - from[1]) > STILL_PX) return;
    if (drawing) return write([...pointsOf(field.value), place(event, sheet)]);
    const lesion = event.target.closest?.("[data-lesion]")?.dataset.lesion;
    if (!lesion) return mark("");
    tick(lesion);
    show(lesion);
  });
});

new ResizeObserver(dress).observe(panes);
lay(viewer.dataset.mode);
restore();
