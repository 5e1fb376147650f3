// @ts-check
// The site's page: the loading of every breaker, alarms and health as they change.

import { around, byId, every, one } from "./elements.js";
import { heat, localTimes, write } from "./format.js";
import { Freshness, WORDS, follow } from "./live.js";
import { patch } from "./patch.js";
import { alarmAct, fragment } from "./request.js";

/** @typedef {import("./live.js").Values} Values */
/** @typedef {{ card: HTMLElement, cells: Map<string, HTMLElement>, keyed: Map<string, HTMLElement>, freshness: Freshness, revision: any }} Card */

const { root = "" } = byId("main").dataset;
const status = byId("status");
/** @type {Map<string, Card>} by panel */
const cards = new Map();
const AGAIN_MS = 30_000;

for (const card of every(document, ".card")) {
  const note = one(card, ".card-state");
  const freshness = new Freshness((state, words) => {
    const shown = state === "live" ? "" : words;
    if (card.dataset.state === state && note.textContent === shown) return;
    card.dataset.state = state;
    note.textContent = shown;
  }).watch();
  const by = (/** @type {"cell" | "key"} */ name) => new Map(every(card, `[data-${name}]`).map((element) => [String(element.dataset[name]), element]));
  cards.set(String(card.dataset.panel), { card, cells: by("cell"), keyed: by("key"), freshness, revision: null });
}

/**
 * @param {string} of panel
 * @param {Values} changed
 * @param {boolean} whole
 */
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
      cell.classList.remove(...[...cell.classList].filter((name) => /^(h\d|missing)$/.test(name)));
      cell.classList.add(heat(value));
    }
    if (cell && key[0] === "s") cell.dataset.severity = value;
  }
  if ("severity" in changed) known.card.dataset.severity = changed.severity;
  known.freshness.take(changed, whole);
}

async function refreshStatus() {
  const drawn = await fragment(`${root}status`).catch(() => null);
  if (drawn === null) return;
  patch(status, drawn);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/**
 * @param {Values} changed
 * @param {boolean} whole
 */
function takeOverview(changed, whole) {
  byId("state").textContent = "";
  const panels = Object.keys(changed).filter((key) => key.startsWith("panel/")).map((key) => key.slice(6));
  if (panels.some((id) => !cards.has(id)) || (whole && [...cards.keys()].some((id) => !panels.includes(id)))) {
    location.reload();
    return;
  }
  clearTimeout(timer);
  timer = setTimeout(refreshStatus, 300);
}

status.addEventListener("click", async (event) => {
  const button = around(event, "[data-alarm-act]", HTMLButtonElement);
  if (!button) return;
  const { panel, pole, kind } = /** @type {HTMLElement} */ (button.closest(".acts")).dataset;
  button.disabled = true;
  try {
    await alarmAct(button, root, { panel, kind, pole: pole === "main" ? "main" : Number(pole) });
  } catch (error) {
    button.disabled = false;
    byId("alarm-error").textContent = error.message;
  }
});

localTimes(status);
setInterval(() => document.hidden || refreshStatus(), AGAIN_MS);
follow(
  `${root}events/site`,
  ["overview", "heat"],
  (event, of, changed, whole) => (event === "heat" ? takeHeat(of, changed, whole) : takeOverview(changed, whole)),
  () => {
    byId("state").textContent = WORDS.lost;
    for (const { freshness } of cards.values()) freshness.lose();
  },
);
