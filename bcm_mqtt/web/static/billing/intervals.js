// @ts-check
// A circuit's intervals: a chart in which one chooses a span, its rows, entries about it.

import { Chart } from "../chart/chart.js";
import { Zone } from "../chart/zone.js";
import { around, byId, dialogOf, element, every, fieldsOf, onSubmit, rememberName, showErrors } from "../elements.js";
import { amount, counted } from "../format.js";
import { TimeField } from "../local_time.js";
import { fetched, post } from "../request.js";

/**
 * @typedef {object} Interval of 15 minutes; `at` in ms since 1970
 * @property {number} at
 * @property {number | null} kw billed
 * @property {number | null} measured_kw
 * @property {number} measured_share 0 to 1
 * @property {string} how it came about where it was not measured
 * @property {string[]} flags of validation
 */

const MOST_ROWS = 400;
const QUARTER = 900_000;
const DAY = 96 * QUARTER;

const { root, month, panel = "", pole = "", zone: zoneName = "" } = byId("main").dataset;
const api = `${root}api/v1/billing`;
const zone = new Zone(zoneName);
const entry = dialogOf("entry");
const withdrawal = dialogOf("withdraw");
const fields = fieldsOf(entry.form);
const [begins, ends] = [fields.start, fields.end].map((field) => new TimeField(field, zone));
const spans = every(document, ".span");
/** @type {Interval[]} */
let intervals = [];
/** @type {Chart | null} */
let chart = null;
/** @type {[from: number, to: number] | null} */
let chosen = null;
let withdrawn = 0;

/** @param {number} ms */
const local = (ms) => zone.field(ms).replace("T", " ");

/** @param {Interval} interval */
function row({ at, measured_kw, measured_share, kw, how, flags }) {
  const line = element("tr");
  line.append(
    element("td", local(at)),
    element("td", amount(measured_kw, 3), "number"),
    element("td", `${Math.round(100 * measured_share)} %`, "number"),
    element("td", amount(kw, 3), "number"),
    element("td", [how || "measured", ...flags.map((flag) => flag.replaceAll("_", " "))].join(", ")),
  );
  return line;
}

/** @param {[from: number, to: number]} span */
function choose([start, end]) {
  chosen = [start, end];
  const within = intervals.filter(({ at }) => at >= start && at < end);
  byId("rows").replaceChildren(...within.slice(0, MOST_ROWS).map(row));
  const energy = within.reduce((sum, { kw }) => sum + (kw ?? 0) / 4, 0);
  byId("chosen").textContent = `${local(start)} to ${local(end)}: ${counted(within.length, "interval")}, ${energy.toFixed(3)} kWh billed`;
  byId("table-of").textContent = within.length > MOST_ROWS ? `the first ${MOST_ROWS} of the chosen span` : "of the chosen span";
  for (const button of spans) {
    const same = Number(button.dataset.start) === start && Number(button.dataset.end) === end;
    button.setAttribute("aria-pressed", String(same));
  }
}

/** @param {{ how: string }} interval */
function kind({ how }) {
  return !how || ["missing", "edited"].includes(how) ? how : "estimated";
}

/** Neighbours that are missing, estimated or edited, as one period each. */
function periods() {
  /** @type {{ from: number, to: number, name: string }[]} */
  const all = [];
  for (const interval of intervals) {
    const [name, last] = [kind(interval), all.at(-1)];
    if (last?.name === name) last.to = interval.at + QUARTER;
    else all.push({ from: interval.at, to: interval.at + QUARTER, name });
  }
  return all.filter(({ name }) => name);
}

/** What is billed as a line, and what was measured beneath it where it differs. */
function drawChart() {
  const [from, to] = [intervals[0].at, intervals[intervals.length - 1].at + QUARTER];
  const drawn = new Chart(byId("chart"), zone, { chose: choose, act: openEntry });
  drawn.show({
    from, to, unit: "kW",
    starts: intervals.map(({ at }) => at),
    ends: intervals.map(({ at }) => at + QUARTER),
    series: [
      { name: "measured", mean: intervals.map(({ kw, measured_kw: measured }) => (measured !== null && Math.abs(measured - (kw ?? 0)) > 1e-6 ? measured : null)) },
      { name: "billed", mean: intervals.map(({ kw }) => kw) },
    ],
    periods: periods(),
    findings: intervals.filter(({ flags }) => flags.length).map(({ at }) => ({ from: at, to: at + QUARTER })),
  });
  return drawn;
}

function openEntry() {
  if (chosen) {
    begins.set(chosen[0]);
    ends.set(chosen[1]);
  }
  refuse(null);
  entry.dialog.showModal();
}

/** @param {import("../request.js").Refused | null} error */
function refuse(error) {
  showErrors(entry.form, byId("entry-error"), error);
}

byId("enter").addEventListener("click", openEntry);
fields.kw.addEventListener("input", () => (fields.action.value = "set"));
for (const { form } of [entry, withdrawal]) rememberName(form);

onSubmit(entry.form, async () => {
  const [action, by, reason] = ["action", "by", "reason"].map((name) => fields[name].value);
  const power = action === "set" && { kw: fields.kw.value === "" ? null : fields.kw.value, force: fields.force.checked };
  await post(`${api}/entries/enter`, { panel, pole: Number(pole), start: begins.text, end: ends.text, action, by, reason, ...power });
  location.reload();
}, refuse);

onSubmit(withdrawal.form, async () => {
  const { by, reason } = fieldsOf(withdrawal.form);
  await post(`${api}/entries/withdraw`, { id: withdrawn, by: by.value, reason: reason.value });
  location.reload();
}, byId("withdraw-error"));

document.addEventListener("click", (event) => {
  const button = around(event, "button");
  if (button?.dataset.withdraw) {
    withdrawn = Number(button.dataset.withdraw);
    byId("withdraw-title").textContent = `Take entry ${withdrawn} back`;
    byId("withdraw-error").textContent = "";
    withdrawal.dialog.showModal();
  } else if (button?.classList.contains("span")) {
    choose([Number(button.dataset.start), Number(button.dataset.end)]);
    chart?.choose(chosen);
  }
});

try {
  const answer = await fetched(`${api}/months/${month}/intervals?${new URLSearchParams({ panel, pole })}`);
  intervals = answer.intervals.map((/** @type {any} */ one) => ({ ...one, at: Date.parse(one.start) }));
} catch (error) {
  byId("chosen").textContent = error.message;
}
if (intervals.length) {
  chart = drawChart();
  // What was chosen while the intervals were on their way stays chosen.
  const [from] = intervals;
  const first = spans[0]?.dataset ?? { start: from.at, end: from.at + DAY };
  choose(chosen ?? [Number(first.start), Number(first.end)]);
  chart.choose(chosen);
}
