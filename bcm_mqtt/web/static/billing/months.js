// @ts-check
// The list of months: choosing one to process, and checking the chain of issued bills.

import { byId, element, fieldsOf, fillList, onSubmit } from "../elements.js";
import { fetched, post } from "../request.js";

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

/** @param {Bill} bill */
function row({ number, month, customer, amount, currency, changed }) {
  const line = element("tr");
  line.append(
    element("th", String(number)),
    element("td", `${month} ${customer}`),
    element("td", `${amount} ${currency}`, "number"),
    element("td", changed.length ? `changed since: ${changed.join("; ")}` : "not changed"),
  );
  return line;
}

/** @param {Verification} verification */
function show({ stored, last, sha256, faults, bills, rules }) {
  const notice = element("div", "", faults.length ? "notice bad" : "notice good");
  if (stored === 0) notice.textContent = "No bill was issued yet.";
  else if (faults.length) {
    const list = element("ul");
    fillList(list, faults);
    notice.append(element("b", "Some bills are not as they were issued."), list);
  } else notice.append(element("b", "The chain is whole."), ` ${stored} bills, the last is bill ${last}.`);
  verified.replaceChildren(notice);
  if (rules) verified.append(element("p", rules, "soft"));
  if (sha256) verified.append(element("p", `SHA-256 of the last bill: ${sha256}`, "soft hash"));
  if (!bills.length) return;
  const table = element("table");
  table.createTBody().append(...bills.map(row));
  const scroll = element("div", "", "scroll", { tabindex: "0", role: "region", "aria-label": "Issued bills" });
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
  verified.replaceChildren(element("p", "Calculating all bills again…", "soft"));
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
