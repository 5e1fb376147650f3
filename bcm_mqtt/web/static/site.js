// @ts-check
// The site's page: the loading of every breaker, alarms and health as they change.

import { absences, banner } from "./banner.js";
import { Zone } from "./chart/zone.js";
import { around, byId, every, one } from "./elements.js";
import { heat, localTimes, write } from "./format.js";
import { Freshness, WORDS, follow } from "./live.js";
import { patch } from "./patch.js";
import { alarmAct, fragment } from "./request.js";
import { _ } from "./texts.js";

/** @typedef {import("./live.js").Values} Values */
/** @typedef {{ card: HTMLElement, cells: Map<string, HTMLElement>, keyed: Map<string, HTMLElement>, freshness: Freshness, revision: any }} Card */

const { root = "", zone: zoneName = "" } = byId("main").dataset;
const showBanner = banner(new Zone(zoneName));
/** @type {Values} what the server said last of who is there */
let overview = {};
let lost = false;
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
    showAbsences();
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

/** What the server says is away, or that nothing comes of the server: then nothing is known of alarms. */
function showAbsences() {
  const known = [...cards.values()].map(({ freshness }) => freshness);
  const since = Math.max(...known.map((one) => one.since ?? 0)) || null;
  const now = performance.now();
  const still = known.length > 0 && known.every((one) => one.state(now) === "stale");
  const away = absences(overview);
  if (lost) showBanner([{ what: "server", since }]);
  else if (!away.length && still) showBanner([{ what: "panels", since }]);
  else showBanner(away);
  const unknown = status.querySelector(".unknown");
  if (!(unknown instanceof HTMLElement) || !(lost || still)) return;
  unknown.textContent = _("Alarms unknown");
  unknown.hidden = false;
  status.dataset.state = "lost";
}

async function refreshStatus() {
  const drawn = await fragment(`${root}status`).catch(() => null);
  if (drawn === null) return;
  patch(status, drawn);
  delete status.dataset.state;
  showAbsences();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/**
 * @param {Values} changed
 * @param {boolean} whole
 */
function takeOverview(changed, whole) {
  byId("state").textContent = "";
  overview = whole ? changed : { ...overview, ...changed };
  lost = false;
  showAbsences();
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
    lost = true;
    for (const { freshness } of cards.values()) freshness.lose();
    showAbsences();
  },
);
