// @ts-check
// The page of a circuit or a customer: its chart, its days, its typical week, its values of now.

import { banner } from "../banner.js";
import { Chart } from "../chart/chart.js";
import { DAY, Zone } from "../chart/zone.js";
import { byId, element, every, fillRows, fillTable, one } from "../elements.js";
import { amount, shown, write } from "../format.js";
import { Fresh, follow, shownIn } from "../live.js";
import { fetched } from "../request.js";
import { _, ngettext } from "../texts.js";
import { Compared, highest } from "./compare.js";
import { showDays } from "./days.js";
import { Span } from "./span.js";
import { showWeek } from "./week.js";

/** @typedef {import("../chart/data.js").Series} Series */
/** @typedef {import("../chart/data.js").Values} Values */
/** @typedef {{ min: Values, mean: Values, max: Values }} Range */
/** @typedef {{ panel: string, poles: number[], formula: string, description: string, rating: number | null, connection: string, start: string, end: string }} Version */
/**
 * @typedef {object} History what the API answers, its values by point; times are ISO 8601
 * @property {string} start
 * @property {string} end
 * @property {string} step such as `15min`
 * @property {string[]} sources
 * @property {string[]} starts
 * @property {Range} kw
 * @property {(Range & { pole: number, phase: string })[]} amps
 * @property {Values} kwh
 * @property {number} total_kwh
 * @property {number} below_zero points
 * @property {Values} measured 0 to 1
 * @property {Version[]} versions
 */

const AGAIN_MS = 60_000;
const POWER_MS = 15_000;
/** @type {Record<string, string>} */
const SOURCES = {
  snapshots: _("snapshots"),
  "15-minute intervals": _("15-minute intervals"),
  "daily totals": _("daily totals"),
};
const EMPTY = _("No readings in this time.");

const main = byId("main");
const { api = "", kind, name = "", root = "" } = main.dataset;
const zone = new Zone(String(main.dataset.zone));
const PHASES = main.dataset.phases?.split(" ") ?? []; // as the panel's country marks A, B and C
const details = byId("points-table", HTMLDetailsElement);
/** @type {History | null} */
let answer = null;
let loads = 0;

const chart = new Chart(byId("chart"), zone, { looked: (from, to) => span.take(from, to), pointed: read });
const compared = new Compared(draw);
const span = new Span(zone, kind === "circuit" ? "amps" : "kw", load, draw);

/** @param {Record<string, string | number>} parts */
const queryOf = (parts) => `?${new URLSearchParams(Object.entries(parts).map(([key, value]) => [key, typeof value === "number" ? new Date(value).toISOString() : value]))}`;

/** @param {Span} span */
async function load({ from, to }) {
  const number = ++loads;
  const query = queryOf({ from, to });
  byId("export", HTMLAnchorElement).href = `${api}/history.csv${query}`;
  try {
    const fresh = await fetched(`${api}/history${query}`);
    await compared.load(query);
    if (number !== loads) return;
    answer = fresh;
    draw();
    if (kind === "customer") showCircuits(fresh);
  } catch (error) {
    if (number !== loads) return;
    answer = null;
    chart.show({ from, to, starts: [], ends: [], series: [], unit: "", note: error.message });
    byId("about-points").textContent = "";
  }
}

function draw() {
  if (!answer) return;
  const { from, to, quantity } = span;
  const starts = answer.starts.map((at) => Date.parse(at));
  const ends = [...starts.slice(1), Date.parse(answer.end)];
  const others = compared.series(starts, quantity);
  const alone = others.length === 0;
  const series = [...own(answer, alone), ...others];
  const some = series.some(({ mean }) => mean.some((value) => value !== null));
  chart.show({
    from, to, starts, ends, series,
    unit: quantity === "amps" ? "A" : "kW",
    limits: quantity === "amps" && alone ? limits(answer) : [],
    marks: kind === "circuit" ? marks(answer) : [],
    note: some ? "" : EMPTY,
  });
  showAbout(answer, some);
  read(null);
  if (details.open) showTable();
}

/**
 * While another circuit is there to compare with, a circuit is its highest pole, without bands.
 * @param {History} of
 * @param {boolean} alone
 * @returns {Series[]}
 */
function own(of, alone) {
  if (span.quantity === "kw") return [{ label: name, name: "power", ...(alone ? of.kw : { mean: of.kw.mean }) }];
  if (!alone) return [{ label: name, name: "power", mean: highest(of) }];
  return of.amps.map((pole) => ({ label: _("Pole %(pole)s (%(phase)s)", { pole: pole.pole, phase: PHASES["ABC".indexOf(pole.phase)] }), name: `phase-${pole.phase}`, ...pole }));
}

/** @param {History} of */
function limits({ versions }) {
  return versions.flatMap(({ start, end, rating }) => {
    if (!rating) return [];
    const [from, to] = [Date.parse(start), Date.parse(end)];
    return [
      { name: "rating", value: rating, text: _("%(amps)s A rating", { amps: rating }), from, to },
      { name: "warning", value: rating * 0.8, text: "80 %", from, to },
    ];
  });
}

/** @param {History} of */
function marks({ versions }) {
  return versions.slice(1).map(({ start, description }) => ({ at: Date.parse(start), text: shown(description) || _("changed") }));
}

/**
 * Reads a point aloud, or the names of the lines.
 * @param {number | null} index
 */
function read(index) {
  const { starts, series, unit, note } = chart.data;
  const key = (/** @type {Series} */ line, /** @type {string} */ text) => element("span", text, `key ${line.name}`);
  if (!answer || index === null || index >= starts.length) {
    byId("readout").replaceChildren(...(note ? [] : series.map((line) => key(line, line.label ?? ""))));
    return;
  }
  const digits = span.quantity === "amps" ? 1 : 2;
  const parts = series.map((line) => {
    const { min, mean, max } = line;
    const value = `${line.label} ${amount(mean[index], digits)} ${unit}`;
    if (!min || min[index] === null) return key(line, value);
    return key(line, _("%(value)s (%(least)s to %(most)s)", { value, least: amount(min[index], digits), most: amount(max?.[index], digits) }));
  });
  byId("readout").replaceChildren(element("b", zone.moment(starts[index])), ...parts);
}

/**
 * @param {History} of
 * @param {boolean} some values are there
 */
function showAbout(of, some) {
  const { series, unit } = chart.data;
  const measured = of.measured.flatMap((share) => share ?? []);
  const share = measured.length ? measured.reduce((sum, part) => sum + part, 0) / measured.length : 0;
  const about = {
    count: amount(of.starts.length, 0),
    step: of.step.replace(/^(\d+)/, "$1 ").replace(/d$/, _("day")),
    sources: of.sources.map((source) => SOURCES[source] ?? source).reduce((first, second) => _("%(first)s and %(second)s", { first, second })),
    kwh: amount(of.total_kwh, 1),
    share: amount(Math.floor(share * 1000) / 10, 1),
  };
  byId("about-points").textContent = some
    ? ngettext("%(count)s point of %(step)s from %(sources)s; %(kwh)s kWh; %(share)s %% measured.", "%(count)s points of %(step)s from %(sources)s; %(kwh)s kWh; %(share)s %% measured.", of.starts.length, about)
    : "";
  const below = ngettext("%(count)s point is below 0.", "%(count)s points are below 0.", of.below_zero, { count: amount(of.below_zero, 0) });
  if (some && of.below_zero) byId("about-points").append(" ", element("strong", below, "under-zero"));
  const greatest = series.map(({ label, max, mean }) => _("%(line)s at most %(value)s %(unit)s", { line: label, unit, value: amount(Math.max(...(max ?? mean).flatMap((value) => value ?? [])), 1) }));
  const words = { from: zone.moment(span.from), to: zone.moment(span.to), greatest: greatest.join(", ") };
  chart.host.setAttribute("aria-label", some ? _("Chart from %(from)s to %(to)s: %(greatest)s", words) : _("Chart: %(note)s", { note: EMPTY }));
}

function showTable() {
  if (!answer) return;
  const { kwh, measured } = answer;
  const { starts, series, unit } = chart.data;
  const digits = span.quantity === "amps" ? 1 : 3;
  /** @type {[string, Values][]} */
  const columns = series.flatMap(({ label, min, mean, max }) => (min && max
    ? [[_("%(line)s min", { line: label }), min], [_("%(line)s mean", { line: label }), mean], [_("%(line)s max", { line: label }), max]]
    : [[String(label), mean]]));
  fillTable(
    one(details, ".scroll"),
    [_("Time"), ...columns.map(([title]) => `${title}, ${unit}`), "kWh", _("Measured, %%")],
    starts.map((at, index) => {
      const share = measured[index];
      return [
        zone.moment(at),
        ...columns.map(([, values]) => amount(values[index], digits)),
        amount(kwh[index], 3),
        amount(share === null ? null : share * 100, 1),
      ];
    }),
  );
}

/**
 * For which part of the time it was so.
 * @param {number | null} since
 * @param {number | null} until
 */
function whenOf(since, until) {
  if (since !== null && until !== null) return _("from %(since)s until %(until)s", { since: zone.moment(since), until: zone.moment(until) });
  if (since !== null) return _("from %(since)s", { since: zone.moment(since) });
  return until === null ? _("all of it") : _("until %(until)s", { until: zone.moment(until) });
}

/** @param {History} of */
function showCircuits(of) {
  const [start, end] = [Date.parse(of.start), Date.parse(of.end)];
  fillRows(byId("circuits"), of.versions.map(({ panel, poles, formula, description, rating, connection, ...version }) => {
    const link = element("a", formula || poles.join("+"), "", { href: `${root}panels/${encodeURIComponent(panel)}/circuits/${formula || poles[0]}` });
    const [since, until] = [Date.parse(version.start), Date.parse(version.end)];
    return [panel, link, shown(description), rating ? `${rating} A` : "", formula ? "" : connection, whenOf(since > start ? since : null, until < end ? until : null)];
  }));
}

async function showTotals() {
  const now = Date.now();
  const begins = { "day-kwh": now - DAY, "month-kwh": zone.monthBegin(now) };
  await Promise.all(Object.entries(begins).map(async ([id, from]) => {
    /** @type {History | null} */
    const total = await fetched(`${api}/history${queryOf({ from, to: now, step: "1h" })}`).catch(() => null);
    byId(id).textContent = amount(total?.kwh.some((value) => value !== null) ? total.total_kwh : null, 1);
  }));
}

function followValues() {
  const [showState, showBanner] = [shownIn(byId("state")), banner(zone)];
  const fresh = new Fresh((state, words, away) => {
    showState(state, words);
    main.dataset.state = state;
    showBanner(away);
  }).watch();
  /** @type {Record<string, Record<string, number | null>>} by panel and circuit */
  const kilowatts = {};
  follow(String(main.dataset.events), ["board"], (_event, of, values, whole) => {
    fresh.take(of, values, whole);
    if (kind === "circuit") {
      for (const tile of every(main, ".tiles [data-key]")) {
        const key = String(tile.dataset.key);
        if (key in values) write(tile, values[key]);
      }
      const severity = values[`s${main.dataset.pole}`];
      if (severity) byId("load").dataset.severity = severity;
      return;
    }
    const power = Object.entries(values).filter(([key]) => /^w\d+$/.test(key));
    kilowatts[of] = { ...(whole ? {} : kilowatts[of]), ...Object.fromEntries(power) };
    const all = Object.values(kilowatts).flatMap((panel) => Object.values(panel));
    const sum = all.reduce((total, value) => (total === null || value === null ? null : total + value), 0);
    if (!main.dataset.power) byId("kw-now").textContent = amount(all.length ? sum : null, 2);
  }, () => fresh.lose());
}

/** Of formula circuits, whose members may be on any panel: looked up again and again. */
async function lookUpPower() {
  if (document.hidden) return;
  const answer = await fetched(String(main.dataset.power)).catch(() => null);
  byId("kw-now").textContent = amount(typeof answer?.watts === "number" ? answer.watts / 1000 : null, 2);
}

details.addEventListener("toggle", () => details.open && showTable());
setInterval(() => document.hidden || chart.at !== null || span.follow(), AGAIN_MS);
compared.begin();
span.begin();
if (main.dataset.events) followValues();
if (main.dataset.power) setInterval(lookUpPower, POWER_MS);
showDays(zone, api);
showTotals();
showWeek(byId("week"), api);
