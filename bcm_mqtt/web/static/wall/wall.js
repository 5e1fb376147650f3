// @ts-check
// The page of a wall: it changes texts of elements that are there, and makes none, so that it runs for months.

import { absences, banner } from "../banner.js";
import { Zone } from "../chart/zone.js";
import { byId, every, one } from "../elements.js";
import { amount, heat, shown, write } from "../format.js";
import { Freshness, follow } from "../live.js";
import { fetched } from "../request.js";
import { _ } from "../texts.js";

/** @typedef {import("../live.js").Values} Values */
/** @typedef {{ section: HTMLElement, cells: Map<string, HTMLElement>, keyed: HTMLElement[], freshness: Freshness, revision: any }} Panel */

const { root = "", zone: zoneName = "", every: seconds = "20" } = byId("main").dataset;
const zone = new Zone(zoneName);
const showBanner = banner(zone);
const TODAY_MS = 60_000;
const CLOCK_MS = 1000;

/** @type {Values} */
const glance = {};
let lost = false;
/** @type {number | null} of the newest reading, ms since 1970 */
let newest = null;
let place = 0;

/** @type {Map<string, Panel>} */
const panels = new Map(every(document, "[data-panel]").map((section) => {
  const note = one(section, ".panel-state");
  const freshness = new Freshness((state, words) => {
    if (section.dataset.state === state) return;
    section.dataset.state = state;
    note.textContent = state === "live" ? "" : words;
  }).watch();
  const cells = new Map(every(section, "[data-cell]").map((cell) => [String(cell.dataset.cell), cell]));
  return [String(section.dataset.panel), { section, cells, keyed: every(section, "[data-key]"), freshness, revision: null }];
}));

/** @param {string} id @param {string} text */
function put(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/** @param {boolean} known whether the server is there */
function unknownAlarms(known) {
  return known && glance.without ? _("Unknown of %(panels)s", { panels: shown(glance.without) }) : _("Alarms unknown");
}

/** Power, the worst circuits, and alarms; without the server nothing is known of them. */
function showGlance() {
  const known = !lost;
  put("kw", amount(known ? glance.kw : null, 1));
  put("without", known && glance.without ? _("Without %(panels)s", { panels: shown(glance.without) }) : "");
  for (const row of every(document, ".worst li")) {
    const { rank } = row.dataset;
    const load = known ? glance[`load${rank}`] ?? null : null;
    one(row, ".name").textContent = known ? shown(glance[`worst${rank}`] ?? "") : "";
    one(row, "b").textContent = load === null ? "" : `${amount(load, 0)} %`;
    row.dataset.level = load > 100 ? "critical" : load > 80 ? "warning" : "";
  }
  for (const row of every(document, ".alarms-now li")) {
    const text = known ? glance[`alarm${row.dataset.rank}`] : undefined;
    row.hidden = !text;
    row.textContent = shown(text ?? "");
    row.dataset.severity = glance[`severity${row.dataset.rank}`] ?? "";
  }
  const unknown = !known || glance.unknown;
  put("alarm-count", known && glance.alarms ? String(glance.alarms) : "");
  put("alarm-state", unknown ? unknownAlarms(known) : glance.alarms ? "" : _("No alarm"));
  byId("alarm-state").dataset.state = unknown ? "unknown" : "calm";
  showBanner(known ? absences(glance) : [{ what: "server", since: newest }]);
}

/**
 * @param {Values} changed
 * @param {boolean} whole
 */
function takeGlance(changed, whole) {
  // A server that is back may be of another release.
  if (lost) return location.reload();
  if (whole) for (const key of Object.keys(glance)) delete glance[key];
  Object.assign(glance, changed);
  const there = String(glance.panels ?? "").split(",").filter(Boolean);
  if (there.length !== panels.size || there.some((id) => !panels.has(id))) return location.reload();
  showGlance();
}

/**
 * @param {string} of
 * @param {Values} changed
 * @param {boolean} whole
 */
function takeHeat(of, changed, whole) {
  const panel = panels.get(of);
  if (!panel || lost) return;
  if ("revision" in changed) {
    if (panel.revision !== null && panel.revision !== changed.revision) location.reload();
    panel.revision = changed.revision;
  }
  for (const element of panel.keyed) if (String(element.dataset.key) in changed) write(element, changed[String(element.dataset.key)]);
  for (const [key, value] of Object.entries(changed)) {
    const cell = key[0] === "l" ? panel.cells.get(key.slice(1)) : undefined;
    if (!cell) continue;
    cell.className = heat(value);
    cell.textContent = value === null ? "–" : `${amount(value, 0)} %`;
  }
  panel.freshness.take(changed, whole);
  newest = Math.max(newest ?? 0, panel.freshness.since ?? 0) || null;
}

/** One panel after the other; those in trouble are not passed over. */
function rotate() {
  const sections = [...panels.values()].map(({ section }) => section);
  sections.forEach((section, index) => (section.hidden = index !== place % sections.length));
  place += 1;
}

function tick() {
  const now = Date.now();
  put("clock", zone.text(now, { hour: "2-digit", minute: "2-digit" }));
  put("date", zone.text(now, { weekday: "short", day: "numeric", month: "short" }));
}

async function showToday() {
  const today = await fetched(`${root}api/v1/today`).catch(() => null);
  put("kwh", amount(today?.kwh ?? null, 0));
  const costs = Object.entries(today?.cost ?? {}).map(([currency, cost]) => `${amount(Number(cost), 2)} ${currency}`);
  put("cost", costs.join(" + ") || "–");
  const unpriced = (today?.unpriced ?? []).filter(Boolean); // what is unallocated has no price
  put("unpriced", unpriced.length ? _("No price for %(customers)s", { customers: unpriced.map(shown).join(", ") }) : "");
}

rotate();
tick();
showToday();
setInterval(rotate, Number(seconds) * 1000);
setInterval(tick, CLOCK_MS);
setInterval(showToday, TODAY_MS);
follow(
  `${root}events/wall`,
  ["glance", "heat"],
  (event, of, changed, whole) => (event === "heat" ? takeHeat(of, changed, whole) : takeGlance(changed, whole)),
  () => {
    lost = true;
    for (const { freshness } of panels.values()) freshness.lose();
    showGlance();
  },
);
