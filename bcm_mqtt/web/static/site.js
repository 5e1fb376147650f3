// The site's page: the loading of every breaker, alarms and health as they change.

import { alarmAct } from "./ask.js";
import { localTimes, write } from "./format.js";
import { Freshness, words } from "./freshness.js";
import { follow } from "./stream.js";

const { root } = document.getElementById("main").dataset;
const status = document.getElementById("status");
const state = document.getElementById("state");
const cards = new Map();

const STEPS = [30, 45, 60, 80, 100]; // % at which a cell turns to its next colour

function heat(load) {
  if (load === null) return "missing";
  return `h${load <= 10 ? 0 : 1 + STEPS.filter((step) => load > step).length}`;
}

for (const card of document.querySelectorAll(".card")) {
  const cells = new Map();
  for (const cell of card.querySelectorAll("[data-cell]")) cells.set(cell.dataset.cell, cell);
  const keyed = new Map([...card.querySelectorAll("[data-key]")].map((element) => [element.dataset.key, element]));
  const note = card.querySelector(".card-state");
  const said = (now) => (now === "live" ? "" : words(now));
  const freshness = new Freshness((now) => {
    if (card.dataset.state !== now || note.textContent !== said(now)) {
      card.dataset.state = now;
      note.textContent = said(now);
    }
  });
  cards.set(card.dataset.panel, { card, cells, keyed, freshness, revision: null });
}

function takeHeat(of, changed, whole) {
  const known = cards.get(of);
  if (!known) return;
  if ("revision" in changed) {
    if (known.revision !== null && known.revision !== changed.revision) location.reload();
    known.revision = changed.revision;
  }
  for (const [key, value] of Object.entries(changed)) {
    const element = known.keyed.get(key);
    if (element) write(element, value);
    const cell = known.cells.get(key.slice(1));
    if (cell && key[0] === "l") {
      for (const name of [...cell.classList]) if (/^(h\d|missing)$/.test(name)) cell.classList.remove(name);
      cell.classList.add(heat(value));
    }
    if (cell && key[0] === "s") cell.dataset.severity = value;
  }
  if ("severity" in changed) known.card.dataset.severity = changed.severity;
  known.freshness.take(changed, whole);
}

async function refreshStatus() {
  const response = await fetch(`${root}status`);
  if (response.ok) {
    status.innerHTML = await response.text();
    localTimes(status);
  }
}

let timer = 0;
function takeOverview(changed, whole) {
  state.textContent = "";
  const panels = Object.keys(changed).filter((key) => key.startsWith("panel/")).map((key) => key.slice(6));
  if (panels.some((id) => !cards.has(id)) || (whole && [...cards.keys()].some((id) => !panels.includes(id)))) {
    location.reload();
    return;
  }
  clearTimeout(timer);
  timer = setTimeout(refreshStatus, 300);
}

status.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-alarm-act]");
  if (!button) return;
  const { panel, pole, kind } = button.closest(".acts").dataset;
  button.disabled = true;
  try {
    await alarmAct(button, root, { panel, kind, pole: pole === "main" ? "main" : Number(pole) });
  } catch (error) {
    button.disabled = false;
    document.getElementById("alarm-error").textContent = error.message;
  }
});

localTimes(status);
setInterval(() => document.hidden || refreshStatus(), 30_000);
follow(
  `${root}events/site`,
  ["overview", "heat"],
  (name, of, changed, whole) => (name === "heat" ? takeHeat(of, changed, whole) : takeOverview(changed, whole)),
  () => {
    state.textContent = words("lost");
    for (const { freshness } of cards.values()) {
      freshness.lost = true;
      freshness.look();
    }
  },
);
