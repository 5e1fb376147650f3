// A circuit's intervals: a chart in which one chooses a span, its rows, entries about it.

import { post } from "../ask.js";
import { drawChart } from "./interval-chart.js";
import { closable, element, rememberName } from "./elements.js";

const main = document.getElementById("main");
const { root, month, panel, pole, zone } = main.dataset;
const api = `${root}api/v1/billing`;
const QUARTER = 900_000;
const rows = document.getElementById("rows");
const entryDialog = document.getElementById("entry");
const entryForm = entryDialog.querySelector("form");
const withdrawDialog = document.getElementById("withdraw");
const withdrawForm = withdrawDialog.querySelector("form");
const MOST_ROWS = 400;
let intervals = [];
let span = null;
let taken = 0;

const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
const local = (ms) => clock.format(ms);
const asInput = (ms) => local(ms).replace(" ", "T");
const kw = (value) => (value === null ? "–" : value.toFixed(3));

function row(interval) {
  const line = element("tr");
  line.append(
    element("td", local(interval.at)),
    element("td", kw(interval.measured_kw), "number"),
    element("td", `${Math.round(100 * interval.measured_share)} %`, "number"),
    element("td", kw(interval.kw), "number"),
    element("td", [interval.how || "measured", ...interval.flags.map((flag) => flag.replaceAll("_", " "))].join(", ")),
  );
  return line;
}

function choose(start, end) {
  span = { start, end };
  const chosen = intervals.filter(({ at }) => at >= start && at < end);
  rows.replaceChildren(...chosen.slice(0, MOST_ROWS).map(row));
  const energy = chosen.reduce((sum, one) => sum + (one.kw ?? 0) / 4, 0);
  const text = `${local(start)} to ${local(end)}: ${chosen.length} interval${chosen.length === 1 ? "" : "s"}, ${energy.toFixed(3)} kWh billed`;
  document.getElementById("chosen").textContent = text;
  document.getElementById("table-of").textContent =
    chosen.length > MOST_ROWS ? `the first ${MOST_ROWS} of what is chosen` : "of what is chosen";
  for (const button of document.querySelectorAll(".span")) {
    const same = Number(button.dataset.start) === start && Number(button.dataset.end) === end;
    button.setAttribute("aria-pressed", String(same));
  }
}

function firstDay() {
  const start = intervals[0]?.at;
  return { start, end: start + 96 * QUARTER };
}

function openEntry() {
  if (span) {
    entryForm.elements.start.value = asInput(span.start);
    entryForm.elements.end.value = asInput(span.end);
  }
  showErrors(null);
  entryDialog.showModal();
}

function showErrors(error) {
  let placed = false;
  for (const place of entryForm.querySelectorAll("[data-error]")) {
    const name = place.dataset.error;
    const message = Object.entries(error?.fields ?? {}).find(([key]) => key.split(".").at(-1) === name)?.[1] ?? "";
    place.textContent = message;
    entryForm.elements[name].setAttribute("aria-invalid", String(Boolean(message)));
    placed ||= Boolean(message);
  }
  document.getElementById("entry-error").textContent = error && !placed ? error.message : "";
}

for (const dialog of [entryDialog, withdrawDialog]) closable(dialog);
for (const form of [entryForm, withdrawForm]) rememberName(form);
document.getElementById("enter").addEventListener("click", openEntry);
entryForm.elements.kw.addEventListener("input", () => (entryForm.elements.action.value = "set"));

entryForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { start, end, action, kw: power, by, reason } = entryForm.elements;
  const body = { panel, pole: Number(pole), start: start.value, end: end.value, action: action.value, by: by.value, reason: reason.value };
  if (action.value === "set") body.kw = power.value === "" ? null : power.value;
  try {
    await post(`${api}/entries/enter`, body);
  } catch (error) {
    showErrors(error);
    return;
  }
  location.reload();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.withdraw) {
    taken = Number(button.dataset.withdraw);
    document.getElementById("withdraw-title").textContent = `Take entry ${taken} back`;
    document.getElementById("withdraw-error").textContent = "";
    withdrawDialog.showModal();
  } else if (button?.classList.contains("span")) {
    const [start, end] = [Number(button.dataset.start), Number(button.dataset.end)];
    chart?.select(start, end);
    choose(start, end);
  }
});

withdrawForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { by, reason } = withdrawForm.elements;
  try {
    await post(`${api}/entries/withdraw`, { id: taken, by: by.value, reason: reason.value });
  } catch (error) {
    document.getElementById("withdraw-error").textContent = error.message;
    return;
  }
  location.reload();
});

let chart = null;
const query = new URLSearchParams({ panel, pole });
const response = await fetch(`${api}/months/${month}/intervals?${query}`);
const answer = await response.json();
if (response.ok) {
  intervals = answer.intervals.map((one) => ({ ...one, at: Date.parse(one.start) }));
  chart = drawChart(document.getElementById("chart"), intervals, local, choose, openEntry);
  // What somebody chose while the intervals were on their way stays chosen.
  const { start, end } = span ?? document.querySelector(".span")?.dataset ?? firstDay();
  if (intervals.length) {
    chart.select(Number(start), Number(end));
    choose(Number(start), Number(end));
  }
} else {
  document.getElementById("chosen").textContent = answer.error;
}
