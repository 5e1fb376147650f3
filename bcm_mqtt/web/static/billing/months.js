// The list of months: choosing one to process, and checking the chain of issued bills.

import { post } from "../ask.js";
import { element } from "./elements.js";

const root = document.getElementById("main").dataset.root;
const choose = document.getElementById("choose");
const verify = document.getElementById("verify");
const verified = document.getElementById("verified");

choose.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { month, year } = choose.elements;
  const named = `${year.value}-${month.value.padStart(2, "0")}`;
  try {
    await post(`${root}api/v1/billing/months/${named}/process`, {});
  } catch (error) {
    // One that is being processed already is shown as well.
    if (!error.message.includes("worked on")) {
      document.getElementById("choose-error").textContent = error.message;
      return;
    }
  }
  location.assign(`${root}billing/${named}`);
});

function row(bill) {
  const line = element("tr");
  line.append(
    element("th", String(bill.number)),
    element("td", `${bill.month} ${bill.customer}`),
    element("td", `${bill.amount} ${bill.currency}`, "number"),
    element("td", bill.changed.length ? `changed since: ${bill.changed.join("; ")}` : "as it would be now"),
  );
  return line;
}

function show({ run, verified: found }) {
  if (run?.state === "failed") {
    verified.replaceChildren(element("p", run.problems.join("; "), "error"));
    return;
  }
  if (!found) return;
  const sound = found.faults.length === 0;
  const notice = element("div", "", sound ? "notice good" : "notice bad");
  if (found.stored === 0) notice.textContent = "No bill was issued yet.";
  else if (sound) notice.append(element("b", "The chain is whole."), ` ${found.stored} bills, the last is bill ${found.last}.`);
  else {
    const list = element("ul");
    list.append(...found.faults.map((fault) => element("li", fault)));
    notice.append(element("b", "Bills are not as they were issued."), list);
  }
  const parts = [notice];
  if (found.sha256) parts.push(element("p", `SHA-256 of the last bill: ${found.sha256}`, "soft hash"));
  if (found.bills.length) {
    const table = element("table");
    const body = element("tbody");
    body.append(...found.bills.map(row));
    table.append(body);
    const scroll = element("div", "", "scroll");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "Issued bills");
    scroll.append(table);
    parts.push(scroll);
  }
  verified.replaceChildren(...parts);
}

async function wait() {
  const answer = await (await fetch(`${root}api/v1/billing/verified`)).json();
  if (answer.run?.state === "running") {
    setTimeout(wait, 500);
    return;
  }
  verify.disabled = false;
  show(answer);
}

verify.addEventListener("click", async () => {
  verify.disabled = true;
  verified.replaceChildren(element("p", "All bills are computed anew…", "soft"));
  try {
    await post(`${root}api/v1/billing/verify`, {});
  } catch (error) {
    if (!error.message.includes("worked on")) {
      verify.disabled = false;
      verified.replaceChildren(element("p", error.message, "error"));
      return;
    }
  }
  wait();
});
