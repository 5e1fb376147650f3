// The panel's page: figures as they come, the board anew when circuits change.

import { openEdit, setUpEdit } from "./edit.js";
import { setUpBulk } from "./bulk.js";
import { setUpFind, highlight } from "./find.js";
import { write } from "./format.js";
import { Freshness, words } from "./freshness.js";
import { setUpKeys } from "./keys.js";
import { follow } from "./stream.js";

const main = document.getElementById("main");
const board = document.getElementById("board");
const state = document.getElementById("state");
const { panel, root } = main.dataset;
const values = {};
let elements = new Map();

function index() {
  elements = new Map();
  for (const element of board.querySelectorAll("[data-key]")) {
    const key = element.dataset.key;
    elements.set(key, [...(elements.get(key) ?? []), element]);
  }
}

function show(changed) {
  for (const [key, value] of Object.entries(changed)) {
    for (const element of elements.get(key) ?? []) write(element, value);
    const found = /^([sa])(\d+)$/.exec(key);
    if (found) {
      const breaker = board.querySelector(`.breaker[data-pole="${found[2]}"]`);
      if (breaker) breaker.dataset[found[1] === "s" ? "severity" : "alarm"] = value;
    }
  }
  if ("severity" in changed) board.querySelector(".main-breaker").dataset.severity = changed.severity;
}

async function drawAgain() {
  const response = await fetch(`${root}panels/${panel}/board`);
  if (!response.ok) return;
  const focused = document.activeElement?.closest?.(".breaker")?.dataset.pole;
  board.innerHTML = await response.text();
  index();
  show(values);
  highlight();
  keys.restore(focused);
}

const freshness = new Freshness((now) => {
  board.dataset.state = now;
  if (state.dataset.state !== now || !state.textContent) {
    state.dataset.state = now;
    state.textContent = words(now);
  }
});

function take(_name, _of, changed, whole) {
  const before = values.revision;
  if (whole) for (const key of Object.keys(values)) delete values[key];
  Object.assign(values, changed);
  show(changed);
  freshness.take(changed, whole);
  const drawn = Number(board.querySelector(".enclosure").dataset.revision);
  if ((before ?? drawn) !== values.revision) drawAgain();
}

const keys = setUpKeys(board);
index();
setUpFind(board);
setUpEdit(root, panel, values);
setUpBulk(root);
board.addEventListener("click", (event) => {
  const breaker = event.target.closest(".breaker");
  if (breaker) openEdit(breaker);
});
document.getElementById("panels")?.addEventListener("change", (event) => location.assign(event.target.value));
document.getElementById("print").addEventListener("click", () => print());
addEventListener("beforeprint", () => {
  board.querySelector(".printed time").textContent = new Date().toLocaleString();
});
follow(`${root}events/panels/${panel}`, ["board"], take, () => {
  freshness.lost = true;
  freshness.look();
});
