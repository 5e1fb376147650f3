// @ts-check
// The findings of a month: what may be entered about one, with its effect before it is saved.

import { around, byId, dialogOf, element, every, fieldsOf, fillList, fillTable, one, onSubmit, rememberName, showErrors } from "../elements.js";
import { Zone } from "../chart/zone.js";
import { exact } from "../format.js";
import { TimeField } from "../local_time.js";
import { post } from "../request.js";
import { _ } from "../texts.js";
import { runOf } from "./run.js";

/**
 * @typedef {object} Finding what a change is about
 * @property {string} act sign, multiplier, exchange, discard or accept
 * @property {string} panel
 * @property {string} pole first of the circuit, the id of a formula, or 0 of the panel
 * @property {string} flag
 * @property {HTMLElement} row
 */

/** @type {Record<string, string>} */
const TITLES = {
  sign: _("Turn the sign"),
  multiplier: _("Correct the ratio"),
  exchange: _("Enter an exchange of the meter"),
  discard: _("Discard readings, and estimate instead"),
  accept: _("Accept: it is right as it is"),
};
/** What is written, and who may, where a change is of meters.csv. */
const OF_METERS = ["sign", "multiplier", "exchange"];

const { root, month, zone: zoneName = "" } = byId("main").dataset;
const api = `${root}api/v1/billing`;
const { dialog, form } = dialogOf("change");
const fields = fieldsOf(form);
const zone = new Zone(zoneName);
/** @type {Record<string, TimeField>} */
const times = Object.fromEntries(["valid_from", "until", "start", "end"].map((name) => [name, new TimeField(fields[name], zone)]));
const save = one(form, "[type=submit]", HTMLButtonElement);
const show = one(form, "[data-effect]", HTMLButtonElement);
const { begin, follow } = runOf(`${api}/months/${month}`, byId("content"), () => location.reload());
/** @type {Finding | null} */
let finding = null;
let shown = 0;

/** @param {string} text a decimal */
const signed = (text) => (text.startsWith("-") || !/[1-9]/.test(text) ? "" : "+") + exact(text);

/** @param {any} account of an effect */
function figures({ customer, currency, kwh, amount }) {
  const rows = [[customer || _("Unallocated"), "kWh", exact(kwh[0]), exact(kwh[1]), signed(kwh[2])]];
  if (amount) rows.push(["", currency, exact(amount[0]), exact(amount[1]), signed(amount[2])]);
  return rows;
}

/** What was shown is no longer that of what stands in the form. */
function forget() {
  shown += 1;
  save.disabled = true;
  byId("figures").replaceChildren();
  fillList(byId("effects"), []);
}

/** @param {import("../request.js").Refused | null} error */
function refuse(error) {
  showErrors(form, byId("change-error"), error);
}

/** @param {Finding} of */
function instrument({ act, panel }) {
  const poles = every(form, "[name=pole]:checked", HTMLInputElement).map(({ value }) => Number(value));
  const names = { sign: ["sign", "until"], multiplier: ["multiplier", "until"] }[act] ?? ["serial", "last_reading", "first_reading"];
  const given = [...names, "valid_from"].map((name) => [name, times[name]?.text ?? fields[name].value.trim()]).filter(([, value]) => value);
  return { panel, poles, exchange: act === "exchange", ...Object.fromEntries(given) };
}

/** @param {Finding} of */
function entry({ panel, pole }) {
  return { panel, pole: Number(pole), start: times.start.text, end: times.end.text, action: "discard" };
}

/** @param {string} pole */
function circuitOf(pole) {
  return pole.startsWith("f-") ? pole : Number(pole);
}

/** @param {Finding} of */
function proposal(of) {
  const { act, panel, pole, flag } = of;
  if (act === "accept") return { accept: { panel, pole: circuitOf(pole), flag } };
  return act === "discard" ? { entry: entry(of) } : { instrument: instrument(of) };
}

/** @param {Finding} of */
async function saved(of) {
  const { act, panel, pole, flag } = of;
  const signature = { by: fields.by.value, reason: fields.reason.value };
  if (act === "accept") await post(`${api}/months/${month}/accept`, { panel, pole: circuitOf(pole), flag, ...signature });
  else if (act === "discard") await post(`${api}/entries/enter`, { ...entry(of), ...signature });
  else await post(`${root}api/v1/meters`, instrument(of));
}

/** @param {HTMLElement} button */
function open(button) {
  const row = /** @type {HTMLElement} */ (button.closest("li[data-flag]"));
  const { panel = "", pole = "", flag = "", title, where, circuit = "", poles = "" } = row.dataset;
  const act = String(button.dataset.change);
  finding = { act, panel, pole, flag, row };
  const name = fields.by.value;
  form.reset();
  fields.by.value ||= name;
  for (const part of every(form, "[data-for]")) part.hidden = !part.dataset.for?.split(" ").includes(act);
  const [start, end] = [button.dataset.start, button.dataset.end].map((text) => (text ? Date.parse(text) : null));
  times.start.set(start);
  times.end.set(end);
  times.valid_from.set(start);
  const chosen = poles.split("+");
  byId("poles").replaceChildren(...circuit.split("+").map((number) => {
    const label = element("label");
    const box = element("input", "", "", { type: "checkbox", name: "pole", value: number });
    box.checked = chosen.includes(number);
    label.append(box, number);
    return label;
  }));
  byId("change-title").textContent = TITLES[act];
  byId("change-about").textContent = _("%(where)s: %(title)s", { where, title });
  const may = !OF_METERS.includes(act) || Boolean(form.dataset.mayOperate);
  save.hidden = !may;
  forget();
  refuse(null);
  if (!may) fillList(byId("effects"), [_("An operator or admin saves this, on the panel's page.")]);
  dialog.showModal();
}

show.addEventListener("click", async () => {
  if (!finding) return;
  forget();
  refuse(null);
  const number = shown;
  show.disabled = true;
  byId("effects").append(element("li", _("The month is calculated with it…")));
  try {
    const found = await post(`${api}/months/${month}/effect`, proposal(finding));
    if (number !== shown) return;
    const rows = found.accounts.flatMap(figures);
    if (rows.length) fillTable(byId("figures"), [_("Customer"), _("Unit"), _("Now"), _("Then"), _("Difference")], rows);
    fillList(byId("effects"), found.effects);
    save.disabled = false;
  } catch (error) {
    if (number !== shown) return;
    fillList(byId("effects"), []);
    refuse(error);
  } finally {
    show.disabled = false;
  }
});

form.addEventListener("input", (event) => {
  const { name } = /** @type {HTMLInputElement} */ (event.target);
  if (!["by", "reason"].includes(name)) forget();
});
rememberName(form);

onSubmit(form, async () => {
  if (!finding || save.disabled) return;
  await saved(finding);
  const { act, row } = finding;
  const what = OF_METERS.includes(act) ? _("Written into meters.csv") : act === "accept" ? _("Accepted") : _("Entered");
  one(row, ".what").append(element("p", what, "done"));
  const notice = byId("saved");
  notice.hidden = false;
  one(notice, "span").textContent = _("Saved. The list and the drafts change when the month is processed again.");
  dialog.close();
}, refuse);

document.addEventListener("click", (event) => {
  const button = around(event, "button");
  if (!button) return;
  const { change, act } = button.dataset;
  if (change) open(button);
  else if (act === "process") begin("process", {});
  else if (act === "cancel") post(`${api}/months/${month}/cancel`, {}).then(follow);
});
if (document.getElementById("progress")) follow();
