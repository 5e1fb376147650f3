// A month: progress while it is computed, sorting and finding, issuing, revising, releasing.

import { post } from "../ask.js";
import { closable, element, rememberName } from "./elements.js";

const main = document.getElementById("main");
const { root, month } = main.dataset;
const api = `${root}api/v1/billing/months/${month}`;
const content = document.getElementById("content");
const issueDialog = document.getElementById("issue");
const releaseDialog = document.getElementById("release");
const issueForm = issueDialog.querySelector("form");
const releaseForm = releaseDialog.querySelector("form");
let wanted = {};
let sorted = { by: "id", down: false };

for (const dialog of [issueDialog, releaseDialog]) closable(dialog);
rememberName(releaseForm);

async function refresh() {
  const within = content.contains(document.activeElement);
  const words = document.getElementById("find")?.value ?? "";
  content.innerHTML = await (await fetch(`${month}/content`)).text();
  const field = document.getElementById("find");
  if (field && words) field.value = words;
  find();
  if (sorted.by !== "id" || sorted.down) sort();
  // What had the focus is gone: the next key must not begin at the top of the page.
  if (within) document.getElementById("run").focus();
}

async function follow() {
  const run = await (await fetch(`${api}/run`)).json().catch(() => null);
  if (run?.state === "running") {
    const bar = document.getElementById("progress");
    if (bar && run.of) {
      bar.max = run.of;
      bar.value = run.done;
      document.getElementById("progress-text").textContent = `${run.done} of ${run.of} panels`;
    }
    setTimeout(follow, 400);
    return;
  }
  await refresh();
}

async function begin(path, body) {
  try {
    await post(`${api}/${path}`, body);
  } catch (error) {
    const notice = element("div", error.message, "notice bad");
    notice.setAttribute("role", "alert");
    content.prepend(notice);
    return;
  }
  await refresh();
  await follow();
}

function find() {
  const field = document.getElementById("find");
  if (!field) return;
  const words = field.value.toLowerCase().trim();
  const rows = [...document.querySelectorAll("#customers tbody tr[data-id]")];
  for (const row of rows) row.hidden = !row.dataset.find.includes(words);
  const shown = rows.filter((row) => !row.hidden).length;
  document.getElementById("found").textContent = words ? `${shown} of ${rows.length}` : "";
}

function sort() {
  const { by, down } = sorted;
  const body = document.querySelector("#customers tbody");
  const numeric = !["id", "state"].includes(by);
  const key = (row) => (numeric ? Number(row.dataset[by]) : row.dataset[by]);
  const compare = (a, b) => (numeric ? key(a) - key(b) : key(a).localeCompare(key(b)));
  const rows = [...body.querySelectorAll("tr[data-id]")].sort((a, b) => (down ? -1 : 1) * compare(a, b));
  body.append(...rows);
  for (const button of document.querySelectorAll("[data-sort]")) {
    const head = button.closest("th");
    if (button.dataset.sort === by) head.setAttribute("aria-sort", down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
}

function items(list, texts) {
  list.replaceChildren(...texts.map((text) => element("li", text)));
}

function openIssue({ act, customer = "", count, amount = "", held = "0" }) {
  const revise = act === "revise";
  wanted = { customer, first: !revise, revise, reason: "" };
  const bills = `${count} bill${count === "1" ? "" : "s"}`;
  document.getElementById("issue-title").textContent = `${revise ? "Revise" : "Issue"} ${customer || bills}`;
  const effects = revise
    ? [`${customer || bills} for ${month}: a revision with a number of its own takes the place of what was issued.`, "The bill that it revises stays as it is; the revision has each line with its difference."]
    : [`${customer || bills} for ${month}${amount ? `, ${amount} in all` : ""}: each gets a number and is stored for good.`, "An issued bill never changes. What is wrong on it can be put right by a revision only."];
  if (!revise && Number(held)) effects.push(`${held} held for review ${held === "1" ? "is" : "are"} not issued.`);
  effects.push("Bills are computed anew for it, of what is stored at that moment.");
  items(document.getElementById("issue-effects"), effects);
  document.getElementById("issue-reason").hidden = !revise;
  document.getElementById("issue-error").textContent = "";
  issueForm.querySelector("[type=submit]").textContent = revise ? "Revise" : "Issue";
  issueForm.elements.reason.value = "";
  issueDialog.showModal();
}

issueForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const reason = issueForm.elements.reason.value.trim();
  if (wanted.revise && !reason) {
    document.getElementById("issue-error").textContent = "Say why the bills are revised.";
    return;
  }
  issueDialog.close();
  await begin("issue", { ...wanted, reason });
});

function openRelease({ customer, holds }) {
  wanted = { customer };
  document.getElementById("release-title").textContent = `Release the bill of ${customer}`;
  document.getElementById("release-holds").textContent = holds;
  document.getElementById("release-error").textContent = "";
  releaseDialog.showModal();
}

releaseForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [by, reason] = ["by", "reason"].map((name) => releaseForm.elements[name].value.trim());
  const error = document.getElementById("release-error");
  if (!by || !reason) {
    error.textContent = "Your name and a reason are needed.";
    return;
  }
  try {
    await post(`${api}/release`, { ...wanted, by, reason });
  } catch (refused) {
    error.textContent = refused.message;
    return;
  }
  releaseDialog.close();
  await begin("process", {});
});

content.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { act, sort: by } = button.dataset;
  if (act === "process") begin("process", {});
  else if (act === "cancel") post(`${api}/cancel`, {}).then(follow);
  else if (act === "issue" || act === "revise") openIssue(button.dataset);
  else if (act === "release") openRelease(button.dataset);
  else if (by) {
    sorted = { by, down: sorted.by === by ? !sorted.down : false };
    sort();
  }
});
content.addEventListener("input", (event) => {
  if (event.target.id === "find") find();
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest("a")) menu.open = false;
  }
});

if (document.getElementById("progress")) follow();
