// @ts-check
// A circuit's intervals: a chart in which one chooses a span, its rows, entries about it.

import { Chart } from "../chart/chart.js";
import { Zone } from "../chart/zone.js";
import { around, byId, dialogOf, element, every, fieldsOf, onSubmit, rememberName, showErrors } from "../elements.js";
import { amount } from "../format.js";
import { TimeField } from "../local_time.js";
import { fetched, post } from "../request.js";
import { _, ngettext, SPOKEN } from "../texts.js";

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

/** @type {Record<string, string>} */
const HOW = {
  "": _("measured"),
  edited: _("edited"),
  "estimated by like days": _("estimated by like days"),
  "estimated by interpolation": _("estimated by interpolation"),
  questionable: _("questionable"),
  "calculated from current": _("calculated from current"),
  "part measured, part estimated": _("part measured, part estimated"),
  "part measured, part missing": _("part measured, part missing"),
  missing: _("missing"),
};

const { root, month, panel = "", pole = "", zone: zoneName = "", flags: flagNames = "{}" } = byId("main").dataset;
/** @type {Record<string, string>} */
const FLAGS = JSON.parse(flagNames);
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
function local(ms) {
  if (SPOKEN === "en") return zone.field(ms).replace("T", " ");
  return zone.text(ms, { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" }).replace(",", "");
}

/** @param {Interval} interval */
function row({ at, measured_kw, measured_share, kw, how, flags }) {
  const line = element("tr");
  line.append(
    element("td", local(at)),
    element("td", amount(measured_kw, 3), "number"),
    element("td", _("%(share)s %%", { share: Math.round(100 * measured_share) }), "number"),
    element("td", amount(kw, 3), "number"),
    element("td", [HOW[how] ?? how, ...flags.map((flag) => FLAGS[flag] ?? flag)].join(", ")),
  );
  return line;
}

/** @param {[from: number, to: number]} span */
function choose([start, end]) {
  chosen = [start, end];
  const within = intervals.filter(({ at }) => at >= start && at < end);
  byId("rows").replaceChildren(...within.slice(0, MOST_ROWS).map(row));
  const energy = within.reduce((sum, { kw }) => sum + (kw ?? 0) / 4, 0);
  const values = { start: local(start), end: local(end), energy: amount(energy, 3) };
  byId("chosen").textContent = ngettext("%(start)s to %(end)s: %(num)s interval, %(energy)s kWh billed", "%(start)s to %(end)s: %(num)s intervals, %(energy)s kWh billed", within.length, values);
  byId("table-of").textContent = within.length > MOST_ROWS ? _("the first %(count)s of the chosen span", { count: MOST_ROWS }) : _("of the chosen span");
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
  if (byId("enter").closest("[hidden]")) return; // of a formula: entries are about its members
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
    byId("withdraw-title").textContent = _("Take entry %(number)s back", { number: withdrawn });
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
