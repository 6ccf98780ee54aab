// The camera's page: shutter, files, what is on its way, what was said of each photograph, keep or put aside.

import { Camera } from "./capture_camera.js";
import { Live } from "./capture_live.js";
import { Queue } from "./capture_queue.js";

const WAIT_S = 15;
const RETRY_MS = 2000;
const IN_FIELDS = "input, select, textarea, button, a, summary";
const SHUTTER_KEYS = [" ", "AudioVolumeUp", "AudioVolumeDown", "VolumeUp", "VolumeDown"];
const SAID = { pass: "Usable", warn: "Usable, with something to mind", reject: "Not usable" };

const page = document.getElementById("capture");
const at = id => document.getElementById(id);
const { course, token, wanted } = page.dataset;
const state = { session: Number(page.dataset.session), shots: Number(page.dataset.shots), day: page.dataset.day };
const cards = new Map();
const days = new Map(); // of photographs, by their own clock
const camera = new Camera(course);
const queue = new Queue(course, token, {
  progress(shot, share) { showProgress(shot.id, share); },
  waiting(shot, why) { say(shot.id, "Waiting to be sent", why); },
  sent(shot, told) { arrived(shot.id, told); },
  refused(shot, problem) { refused(shot.id, problem); },
});
const live = new Live(camera, course, token, () => !camera.busy && !queue.running);
camera.onStart = () => { camera.say(camera.hint || "Card beside the site, whole in the picture, flat and without glare."); live.start(); };
camera.onRest = isResting => { if (isResting) live.stop(); else if (camera.isLive) live.start(); };

function count() {
  at("count").textContent = `Session ${state.session}`;
  const goal = state.shots >= wanted ? `${state.shots} reseated shots kept` : `${state.shots} of ${wanted} reseated shots kept`;
  const plain = `${state.shots} ${state.shots === 1 ? "photograph" : "photographs"} kept`;
  at("count-said").textContent = `${at("day").value === state.day ? "Today" : at("day").value}: ${at("reseated").checked ? goal : plain}`;
  at("empty").hidden = cards.size > 0;
}

function tell(words) { at("told").textContent = words; }

function cardOf(id) {
  if (cards.has(id)) return cards.get(id);
  const card = at("shot").content.firstElementChild.cloneNode(true);
  card.dataset.id = id;
  card.querySelector(".keep").addEventListener("click", () => decide(id, "keep"));
  card.querySelector(".retake").addEventListener("click", () => decide(id, "discard"));
  card.querySelector(".other-day button").addEventListener("click", () => makeDay(days.get(id)));
  cards.set(id, card);
  at("shots").prepend(card);
  count();
  return card;
}

function say(id, words, more = "") {
  const card = cardOf(id);
  card.querySelector(".shot-verdict").textContent = words;
  card.querySelector(".shot-said").textContent = more;
  return card;
}

function thumb(id, address) {
  const picture = cardOf(id).querySelector(".thumb");
  if (!picture.hidden) return;
  picture.onerror = () => { picture.hidden = true; };
  picture.src = address;
  picture.hidden = false;
}

function showProgress(id, share) {
  const bar = say(id, share < 1 ? "Sending" : "Being written down").querySelector("progress");
  bar.hidden = false;
  bar.value = 100 * share;
  bar.setAttribute("aria-label", "Sent");
}

function arrived(id, told) {
  say(id, "Arrived; being looked at").querySelector("progress").hidden = true;
  camera.busy = false;
  verdict(id, told);
}

function refused(id, problem) {
  const card = say(id, problem.title || "This was not taken.", problem.detail || "");
  card.querySelector("progress").hidden = true;
  card.classList.add("reject");
  const away = card.querySelector(".retake");
  card.querySelector(".actions").hidden = false;
  card.querySelector(".keep").hidden = true;
  away.textContent = "Take off the list";
  card.dataset.refused = "yes";
  tell(`${problem.title || "This was not taken."} ${problem.detail || ""}`);
}

async function asked(path, how = {}) {
  const headers = { "X-Form-Token": token, "Content-Type": "application/json", Accept: "application/json" };
  const answer = await fetch(`/api/uploads/${path}`, { ...how, headers });
  return { ok: answer.ok, status: answer.status, told: await answer.json().catch(() => ({})) };
}

async function verdict(id, told) {
  while (!told || (told.state === "arrived" && !told.verdict)) {
    try {
      const answer = await asked(`${id}?wait=${WAIT_S}`);
      if (!answer.ok && answer.status < 500 && answer.status !== 429) { refused(id, answer.told); return; }
      told = answer.ok ? answer.told : null;
    } catch {
      told = null;
    }
    if (!told) await new Promise(done => setTimeout(done, RETRY_MS));
  }
  if (told.state !== "arrived") { settled(id, told); return; }
  show(id, told.verdict);
}

function figure(value, unit) {
  if (value === null) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits).replace("-", "−")}${unit ? ` ${unit}` : ""}`;
}

function show(id, found) {
  const wrong = found.checks.filter(each => each.verdict !== "pass").sort((a, b) => (b.verdict === "reject") - (a.verdict === "reject"));
  const card = say(id, SAID[found.verdict], found.compared ? "Compared with the first photograph." : "There is no first photograph to compare it with.");
  card.classList.add(found.verdict);
  thumb(id, `/api/uploads/${id}/picture`);
  const list = card.querySelector(".remedies");
  list.replaceChildren(...wrong.map(remedy));
  list.hidden = wrong.length === 0;
  fold(card.querySelector(".fine"), found.checks);
  days.set(id, found.taken_on);
  noteDay(id);
  card.querySelector(".actions").hidden = false;
  const keep = card.querySelector(".keep");
  keep.hidden = !found.readable;
  keep.textContent = found.verdict === "reject" ? "Keep all the same" : "Keep";
  keep.classList.toggle("primary", found.verdict !== "reject");
  card.querySelector(".retake").classList.toggle("primary", found.verdict === "reject");
  tell([SAID[found.verdict], ...wrong.map(each => `${each.said}: ${each.remedy}`)].join(". "));
  card.dataset.seen = found.verdict;
  card.scrollIntoView({ block: "nearest", behavior: "instant" });
}

// The photograph's own day, where it is another than the visit's: whoever keeps it decides.
function noteDay(id) {
  const taken = days.get(id);
  const note = cards.get(id).querySelector(".other-day");
  note.hidden = !taken || taken === at("day").value;
  if (note.hidden) return;
  note.querySelector("p").textContent = `The photograph says ${inWords(taken)}; the visit is ${inWords(at("day").value)}.`;
  const use = note.querySelector("button");
  use.textContent = `Make the visit ${inWords(taken)}`;
  use.hidden = taken > at("day").max;
}

function inWords(day) {
  if (!day) return "on no day";
  const [year, month, date] = day.split("-").map(Number);
  const names = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
  return `${date} ${names[month - 1]} ${year}`;
}

function makeDay(taken) {
  at("day").value = taken;
  at("day").dispatchEvent(new Event("change"));
  tell(`The visit is ${inWords(taken)}.`);
}

function remedy(check) {
  const item = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = check.said;
  const value = document.createElement("span");
  value.className = "soft";
  const limit = check.limit === null ? "" : ` (limit ${figure(check.limit, check.unit)})`;
  value.textContent = check.value === null ? "" : `${figure(check.value, check.unit)}${limit}`;
  item.append(name, check.remedy, value);
  return item;
}

function fold(details, checks) {
  const fine = checks.filter(each => each.verdict === "pass");
  details.hidden = fine.length === 0;
  details.querySelector("summary").textContent = `${fine.length} ${fine.length === 1 ? "check is" : "checks are"} fine`;
  details.querySelector("tbody").replaceChildren(...fine.map(each => {
    const row = document.createElement("tr");
    const cells = [["th", each.said], ["td", figure(each.value, each.unit)], ["td", figure(each.limit, each.unit)]];
    for (const [kind, words] of cells) {
      const cell = document.createElement(kind);
      cell.textContent = words;
      if (kind === "th") cell.scope = "row";
      row.append(cell);
    }
    return row;
  }));
}

async function decide(id, what) {
  const card = cards.get(id);
  if (card.dataset.refused) { remove(id); return; }
  const buttons = [...card.querySelectorAll("button")];
  const visit = { day: at("day").value, after_procedure: at("after").checked, reseated: at("reseated").checked, skin_state: at("state").value.trim() || null };
  buttons.forEach(each => { each.disabled = true; });
  try {
    const answer = await asked(`${id}/${what}`, { method: "POST", body: JSON.stringify(what === "keep" ? visit : { reason: "taken again" }) });
    if (answer.ok) settled(id, answer.told);
    else card.querySelector(".shot-said").textContent = `${answer.told.title || "That could not be done."} ${answer.told.detail || ""}`;
  } catch {
    card.querySelector(".shot-said").textContent = "No connection: nothing was decided. The photograph is safe; try again.";
  }
  buttons.forEach(each => { each.disabled = false; });
}

function settled(id, told) {
  if (told.state === "kept") {
    state.shots = told.session === state.session ? state.shots + 1 : state.shots;
    say(id, `Kept for session ${told.session}`, "The course is measured anew in the background.");
    tell(`Kept for session ${told.session}.`);
    const card = cards.get(id);
    card.querySelector(".actions").hidden = true;
    card.querySelector(".remedies").hidden = true;
    days.delete(id);
    noteDay(id);
    if (page.dataset.baseline === "no") { page.dataset.baseline = "yes"; camera.guide(); }
    card.classList.remove("reject", "warn");
    card.classList.add("pass");
    at("about").open = false;
  } else {
    remove(id);
    tell("Put aside. Take the photograph again.");
  }
  count();
}

function remove(id) {
  cards.get(id)?.remove();
  cards.delete(id);
  days.delete(id);
  count();
}

async function take(blob, name, capture) {
  const shot = await queue.add(blob, name, capture);
  thumb(shot.id, URL.createObjectURL(blob));
  say(shot.id, "Waiting to be sent").scrollIntoView({ block: "nearest", behavior: "instant" });
  noteSafety();
  queue.go();
}

async function shutter() {
  if (camera.busy || !camera.track || camera.track.readyState !== "live") return;
  camera.busy = true;
  at("shutter").disabled = true;
  try {
    const { blob, capture } = await camera.shoot();
    await take(blob, "", capture);
  } finally {
    camera.busy = false;
    at("shutter").disabled = false;
  }
}

async function choose(files) {
  for (const file of files) await take(file, file.name.slice(-20), { way: "file" });
}

function noteSafety() {
  if (queue.lasting) return;
  at("safe").hidden = false;
  at("safe").textContent = "This browser keeps nothing (a private window?): leave this page only when every photograph has arrived.";
}

function watchLeaving() {
  addEventListener("beforeunload", event => {
    if (!queue.lasting && queue.shelf.memory.size) event.preventDefault();
  });
}

function watchControls() {
  at("start").addEventListener("click", () => camera.start());
  at("shutter").addEventListener("click", shutter);
  addEventListener("keydown", event => {
    if (!SHUTTER_KEYS.includes(event.key) || event.repeat || event.target.closest(IN_FIELDS)) return;
    event.preventDefault();
    shutter();
  });
  for (const id of ["files", "app"]) {
    at(id).addEventListener("change", async event => {
      const files = [...event.target.files];
      event.target.value = "";
      await choose(files);
    });
  }
  for (const kind of ["dragover", "dragleave", "drop"]) {
    addEventListener(kind, event => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      at("drop").classList.toggle("over", kind === "dragover");
      if (kind === "drop") choose([...event.dataTransfer.files]);
    });
  }
  for (const id of ["reseated", "day"]) at(id).addEventListener("change", count);
  at("day").addEventListener("change", () => { for (const id of cards.keys()) noteDay(id); });
}

async function begin() {
  watchControls();
  watchLeaving();
  if (!camera.offered) camera.start();
  const waiting = page.dataset.waiting.trim().split(/\s+/).filter(Boolean);
  for (const id of waiting) {
    say(id, "Arrived; being looked at");
    verdict(id, null);
  }
  for (const shot of await queue.open()) {
    thumb(shot.id, URL.createObjectURL(shot.blob));
    say(shot.id, "Waiting to be sent", "It was taken before this page was loaded again.");
  }
  noteSafety();
  count();
  page.dataset.ready = "yes";
  queue.go();
  if (page.dataset.baseline === "yes") camera.guide();
}

begin();
