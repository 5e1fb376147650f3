// The page of a circuit or a customer: its chart, its days, its typical week, its values of now.

import { write } from "../format.js";
import { Freshness, words } from "../freshness.js";
import { follow } from "../stream.js";
import { Chart } from "./chart.js";
import { Compared } from "./compare.js";
import { Days } from "./days.js";
import { fetched } from "./fetched.js";
import { Span } from "./span.js";
import { fill, listed } from "./table.js";
import { showWeek } from "./week.js";
import { Zone } from "./zone.js";

const DAY = 86_400_000;
const AGAIN = 60_000;
const EMPTY = "No readings in this time.";

const main = document.getElementById("main");
const { api, kind } = main.dataset;
const zone = new Zone(main.dataset.zone);
const readout = document.getElementById("readout");
const about = document.getElementById("about-points");
const details = document.getElementById("points-table");
let answer = null;
let asked = 0;

const chart = new Chart(document.getElementById("chart"), zone, {
  looked: (from, to) => span.take(from, to),
  told: (index) => tell(index),
});
const compared = new Compared(() => draw());
const span = new Span(document, zone, kind === "circuit" ? "amps" : "kw", load, draw);

async function load({ from, to }) {
  const number = ++asked;
  const query = `?from=${encodeURIComponent(new Date(from).toISOString())}&to=${encodeURIComponent(new Date(to).toISOString())}`;
  document.getElementById("export").href = `${api}/history.csv${query}`;
  try {
    const found = await fetched(`${main.dataset.api}/history${query}`);
    await compared.load(query);
    if (number !== asked) return;
    answer = found;
    draw();
    if (kind === "customer") showCircuits();
  } catch (error) {
    if (number !== asked) return;
    answer = null;
    chart.show({ from, to, starts: [], ends: [], series: [], unit: "", note: error.message });
    about.textContent = "";
  }
}

function draw() {
  if (!answer) return;
  const { from, to } = span;
  const starts = answer.starts.map(Date.parse);
  const ends = [...starts.slice(1), Date.parse(answer.end)];
  const others = compared.series(starts, span.quantity);
  const alone = others.length === 0;
  const series = [...own(alone), ...others];
  const some = series.some(({ mean }) => mean.some((value) => value !== null));
  chart.show({
    from, to, starts, ends, series,
    unit: span.quantity === "amps" ? "A" : "kW",
    limits: span.quantity === "amps" && alone ? limits() : [],
    marks: kind === "circuit" ? marks() : [],
    note: some ? "" : EMPTY,
  });
  showAbout(some);
  tell(null);
  if (details.open) showTable();
}

// While another circuit is there to compare with, a circuit is its highest pole, without bands.
function own(alone) {
  if (span.quantity === "kw") return [{ label: main.dataset.name, name: "power", ...(alone ? answer.kw : { mean: answer.kw.mean }) }];
  if (!alone) return [{ label: main.dataset.name, name: "power", mean: compared.highest(answer) }];
  return answer.amps.map((one) => ({ label: `Pole ${one.pole} (${one.phase})`, name: `phase-${one.phase}`, ...one }));
}

function limits() {
  return answer.versions.filter(({ rating }) => rating).flatMap(({ start, end, rating }) => {
    const [from, to] = [Date.parse(start), Date.parse(end)];
    return [
      { name: "rating", value: rating, text: `${rating} A rating`, from, to },
      { name: "warning", value: rating * 0.8, text: "80 %", from, to },
    ];
  });
}

function marks() {
  return answer.versions.slice(1).map(({ start, description }) => ({ at: Date.parse(start), text: description || "changed" }));
}

function amount(value, digits) {
  return value === null || value === undefined ? "–" : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function tell(index) {
  if (!answer || index === null || index === undefined || index >= chart.data.starts.length) {
    readout.replaceChildren(...(chart.data.note ? [] : chart.data.series.map((one) => key(one, one.label))));
    return;
  }
  const time = document.createElement("b");
  time.textContent = zone.moment(chart.data.starts[index]);
  const digits = span.quantity === "amps" ? 1 : 2;
  const parts = chart.data.series.map((one) => {
    const band = one.min && one.min[index] !== null ? ` (${amount(one.min[index], digits)} to ${amount(one.max[index], digits)})` : "";
    return key(one, `${one.label} ${amount(one.mean[index], digits)} ${chart.data.unit}${band}`);
  });
  readout.replaceChildren(time, ...parts);
}

function key({ name }, text) {
  const element = document.createElement("span");
  element.className = `key ${name}`;
  element.textContent = text;
  return element;
}

function showAbout(some) {
  const measured = answer.measured.filter((share) => share !== null);
  const share = measured.length ? measured.reduce((sum, one) => sum + one, 0) / measured.length : 0;
  const first = zone.moment(span.from);
  about.textContent = some
    ? `${answer.starts.length.toLocaleString("en-US")} points of ${length(answer.step)} from ${answer.sources.join(" and ")}; ${amount(answer.total_kwh, 1)} kWh; ${amount(Math.floor(share * 1000) / 10, 1)} % measured.`
    : "";
  const greatest = chart.data.series.map(({ label, max, mean }) => `${label} at most ${amount(Math.max(...(max ?? mean).filter((one) => one !== null)), 1)} ${chart.data.unit}`);
  chart.host.setAttribute("aria-label", some ? `Chart from ${first} to ${zone.moment(span.to)}: ${greatest.join(", ")}` : `Chart: ${EMPTY}`);
}

/** `15min` as people write it. */
function length(step) {
  return step.replace(/^(\d+)/, "$1 ").replace(/d$/, "day");
}

function showTable() {
  if (!answer) return;
  const digits = span.quantity === "amps" ? 1 : 3;
  const columns = chart.data.series.flatMap(({ label, min, mean, max }) => (min
    ? [[`${label} min`, min], [`${label} mean`, mean], [`${label} max`, max]]
    : [[label, mean]]));
  fill(
    details.querySelector(".scroll"),
    ["Time", ...columns.map(([name]) => `${name}, ${chart.data.unit}`), "kWh", "Measured, %"],
    chart.data.starts.map((at, index) => [
      zone.moment(at),
      ...columns.map(([, values]) => amount(values[index], digits)),
      amount(answer.kwh[index], 3),
      amount(answer.measured[index] === null ? null : answer.measured[index] * 100, 1),
    ]),
  );
}

function showCircuits() {
  const [start, end] = [Date.parse(answer.start), Date.parse(answer.end)];
  const rows = answer.versions.map((one) => {
    const link = document.createElement("a");
    link.href = `${main.dataset.root}panels/${encodeURIComponent(one.panel)}/circuits/${one.poles[0]}`;
    link.textContent = one.poles.join("+");
    const [since, until] = [Date.parse(one.start), Date.parse(one.end)];
    const whole = since <= start && until >= end;
    const when = whole ? "all of it" : [since > start && `from ${zone.moment(since)}`, until < end && `until ${zone.moment(until)}`].filter(Boolean).join(" ");
    return [one.panel, link, one.description, one.rating ? `${one.rating} A` : "", one.connection, when];
  });
  listed(document.getElementById("circuits"), rows);
}

async function showTotals() {
  const now = Date.now();
  const [day, month] = await Promise.all([now - DAY, zone.monthBegin(now)].map((from) => fetched(`${api}/history?from=${new Date(from).toISOString()}&to=${new Date(now).toISOString()}&step=1h`).catch(() => null)));
  const text = (found) => (found && found.kwh.some((one) => one !== null) ? amount(found.total_kwh, 1) : "–");
  document.getElementById("day-kwh").textContent = text(day);
  document.getElementById("month-kwh").textContent = text(month);
}

function followValues() {
  const state = document.getElementById("state");
  const watts = {};
  const times = {};
  const freshness = new Freshness((now) => {
    if (state.dataset.state === now && state.textContent) return;
    state.dataset.state = now;
    state.textContent = words(now);
  });
  follow(main.dataset.events, ["board"], (_name, of, values, whole) => {
    freshness.take(values, whole);
    if (kind === "circuit") {
      for (const element of document.querySelectorAll(".tiles [data-key]")) {
        if (element.dataset.key in values) write(element, values[element.dataset.key]);
      }
      const severity = values[`s${main.dataset.pole}`];
      if (severity) document.getElementById("load").dataset.severity = severity;
      return;
    }
    times[of] = values.time ?? times[of];
    watts[of] = whole ? {} : watts[of] ?? {};
    for (const [name, value] of Object.entries(values)) if (/^w\d+$/.test(name)) watts[of][name] = value;
    const all = Object.values(watts).flatMap((one) => Object.values(one));
    const known = all.length > 0 && all.every((one) => one !== null);
    document.getElementById("kw-now").textContent = amount(known ? all.reduce((sum, one) => sum + one, 0) : null, 2);
  }, () => {
    freshness.lost = true;
    freshness.look();
  });
}

details.addEventListener("toggle", () => details.open && showTable());
setInterval(() => document.hidden || chart.at !== null || span.follows(), AGAIN);
span.begin();
followValues();
new Days(zone, api);
showTotals();
showWeek(document.getElementById("week"), api);
