// @ts-check
// The panel's page: figures as they come, the board redrawn when circuits change.

import { banner } from "../banner.js";
import { Zone } from "../chart/zone.js";
import { around, byId, every, one } from "../elements.js";
import { write } from "../format.js";
import { Freshness, follow, shownIn } from "../live.js";
import { fragment } from "../request.js";
import { setUpFind, setUpKeys } from "./board.js";
import { setUpBulk } from "./bulk.js";
import { setUpEdit } from "./edit.js";
import { setUpFormulaEdit } from "./formula_edit.js";
import { setUpFormulas } from "./formulas.js";
import { setUpMeters } from "./meters.js";
import { setUpSchedule } from "./schedule.js";
import { setUpView } from "./view.js";

/** @typedef {import("../live.js").Values} Values */

const board = byId("board");
const { panel = "", root = "", zone: zoneName = "" } = byId("main").dataset;
const zone = new Zone(zoneName);
/** @type {Values} */
const values = {};
/** @type {Map<string, HTMLElement[]>} */
let elements = new Map();

function index() {
  elements = new Map();
  for (const element of every(board, "[data-key]")) {
    const key = String(element.dataset.key);
    elements.set(key, [...(elements.get(key) ?? []), element]);
  }
}

/** @param {Values} changed */
function show(changed) {
  for (const [key, value] of Object.entries(changed)) {
    for (const element of elements.get(key) ?? []) write(element, value);
    const [, letter, pole] = /^([sa])(\d+)$/.exec(key) ?? [];
    const breaker = pole && /** @type {HTMLElement | null} */ (board.querySelector(`.breaker[data-pole="${pole}"]`));
    if (breaker) breaker.dataset[letter === "s" ? "severity" : "alarm"] = value;
  }
  view.refresh();
  if ("severity" in changed) one(board, ".main-breaker").dataset.severity = changed.severity;
}

async function redraw() {
  const drawn = await fragment(`${root}panels/${panel}/board`).catch(() => null);
  if (drawn === null) return;
  const focused = /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest(".breaker"));
  const pole = focused?.dataset.pole;
  board.innerHTML = drawn;
  index();
  show(values);
  showFound();
  restoreFocus(pole);
}

/**
 * @param {string} _event
 * @param {string} _of
 * @param {Values} changed
 * @param {boolean} whole
 */
function take(_event, _of, changed, whole) {
  const before = values.revision;
  if (whole) for (const key of Object.keys(values)) delete values[key];
  Object.assign(values, changed);
  show(changed);
  freshness.take(changed, whole);
  const drawn = Number(one(board, ".enclosure").dataset.revision);
  if ((before ?? drawn) !== values.revision) redraw();
}

const showState = shownIn(byId("state"));
const showBanner = banner(zone);
const freshness = new Freshness((state, words) => {
  board.dataset.state = state;
  showState(state, words);
  showBanner(freshness.absences(state));
}).watch();
index();
const restoreFocus = setUpKeys(board);
const showFound = setUpFind(board);
const view = setUpView(root, panel, values, board, setUpEdit(root, panel, values, zone));
setUpBulk(root, zone);
setUpFormulas(root, panel);
setUpFormulaEdit(root, panel, zone);
setUpMeters(root, panel, zone);
setUpSchedule(root, panel, zone);
board.addEventListener("click", (event) => {
  const breaker = around(event, ".breaker");
  if (breaker) view.open(breaker);
});
const panels = /** @type {HTMLSelectElement | null} */ (document.getElementById("panels"));
panels?.addEventListener("change", () => location.assign(panels.value));
byId("print").addEventListener("click", () => print());
addEventListener("beforeprint", () => {
  one(board, ".printed time").textContent = `${zone.moment(Date.now())}, ${zone.name}`;
});
follow(`${root}events/panels/${panel}`, ["board"], take, () => freshness.lose());
