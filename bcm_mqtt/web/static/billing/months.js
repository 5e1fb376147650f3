// @ts-check
// The list of months: choosing one to process, and checking the chain of issued bills.

import { byId, element, fieldsOf, fillList, onSubmit } from "../elements.js";
import { exact } from "../format.js";
import { fetched, post } from "../request.js";
import { _, ngettext } from "../texts.js";

/** @typedef {{ number: number, month: string, customer: string, amount: string, currency: string, changed: string[] }} Bill */
/** @typedef {{ stored: number, last: number, sha256: string, faults: string[], bills: Bill[], rules: string }} Verification */

const { root = "" } = byId("main").dataset;
const api = `${root}api/v1/billing`;
const form = byId("choose", HTMLFormElement);
const verify = byId("verify", HTMLButtonElement);
const verified = byId("verified");

onSubmit(form, async () => {
  const { month, year } = fieldsOf(form);
  const named = `${year.value}-${month.value.padStart(2, "0")}`;
  try {
    await post(`${api}/months/${named}/process`, {});
  } catch (error) {
    // One that is being processed already is shown as well.
    const run = await fetched(`${api}/months/${named}/run`).catch(() => null);
    if (run?.state !== "running") throw error;
  }
  location.assign(`${root}billing/${named}`);
}, byId("choose-error"));

/** @type {[begins: string, said: (rest: string) => string][]} what may have changed, as the API names it */
const INPUTS = [
  ["intervals of ", (panel) => _("intervals of %(panel)s", { panel })],
  ["device intervals of ", (panel) => _("device intervals of %(panel)s", { panel })],
  ["directory of ", (panel) => _("directory of %(panel)s", { panel })],
  ["voltage and power factor of ", (panel) => _("voltage and power factor of %(panel)s", { panel })],
  ["meters of ", (panel) => _("meters of %(panel)s", { panel })],
  ["tariff", () => _("tariff")],
  ["customer terms", () => _("customer terms")],
  ["edits", () => _("edits")],
  ["demand of earlier bills", () => _("demand of earlier bills")],
];

/** @param {string} what */
function input(what) {
  const known = INPUTS.find(([begins]) => what.startsWith(begins));
  return known ? known[1](what.slice(known[0].length)) : what;
}

/** @param {Bill} bill */
function row({ number, month, customer, amount, currency, changed }) {
  const line = element("tr");
  line.append(
    element("th", String(number)),
    element("td", `${month} ${customer}`),
    element("td", `${exact(amount)} ${currency}`, "number"),
    element("td", changed.length ? _("changed since: %(what)s", { what: changed.map(input).join("; ") }) : _("not changed")),
  );
  return line;
}

/** @param {Verification} verification */
function show({ stored, last, sha256, faults, bills, rules }) {
  const notice = element("div", "", faults.length ? "notice bad" : "notice good");
  if (stored === 0) notice.textContent = _("No bill was issued yet.");
  else if (faults.length) {
    const list = element("ul");
    fillList(list, faults);
    notice.append(element("b", _("Some bills are not as they were issued.")), list);
  } else notice.append(element("b", _("The chain is whole.")), " ", ngettext("%(num)s bill, the last is bill %(last)s.", "%(num)s bills, the last is bill %(last)s.", stored, { last }));
  verified.replaceChildren(notice);
  if (rules) verified.append(element("p", rules, "soft"));
  if (sha256) verified.append(element("p", _("SHA-256 of the last bill: %(hash)s", { hash: sha256 }), "soft hash"));
  if (!bills.length) return;
  const table = element("table");
  table.createTBody().append(...bills.map(row));
  const scroll = element("div", "", "scroll", { tabindex: "0", role: "region", "aria-label": _("Issued bills") });
  scroll.append(table);
  verified.append(scroll);
}

/** @param {string} message */
function refuse(message) {
  verify.disabled = false;
  verified.replaceChildren(element("p", message, "error"));
}

async function wait() {
  const { run, verified: verification } = await fetched(`${api}/verified`);
  if (run?.state === "running") {
    setTimeout(wait, 500);
    return;
  }
  verify.disabled = false;
  if (run?.state === "failed") refuse(run.problems.join("; "));
  else if (verification) show(verification);
}

verify.addEventListener("click", async () => {
  verify.disabled = true;
  verified.replaceChildren(element("p", _("Calculating all bills again…"), "soft"));
  try {
    await post(`${api}/verify`, {});
  } catch (error) {
    // One that runs already is waited for as well.
    const { run } = await fetched(`${api}/verified`).catch(() => ({}));
    if (run?.state !== "running") {
      refuse(error.message);
      return;
    }
  }
  wait();
});
