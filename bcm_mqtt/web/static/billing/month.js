// @ts-check
// A month: progress while it is calculated, sorting and finding, issuing, revising, releasing, sending.

import { around, byId, dialogOf, element, every, fieldsOf, fillList, one, onSubmit, rememberName } from "../elements.js";
import { fragment, post } from "../request.js";
import { _, ngettext } from "../texts.js";
import { runOf } from "./run.js";

const { root, month } = byId("main").dataset;
const api = `${root}api/v1/billing/months/${month}`;
const content = byId("content");
const issuing = dialogOf("issue");
const releasing = dialogOf("release");
const sending = dialogOf("send");
let chosen = { customer: "", first: true, revise: false };
let sorted = { by: "id", down: false };

const { begin, follow } = runOf(api, content, refresh);

rememberName(releasing.form);

const findField = () => /** @type {HTMLInputElement | null} */ (document.getElementById("find"));

async function refresh() {
  const within = content.contains(document.activeElement);
  const words = findField()?.value ?? "";
  content.innerHTML = await fragment(`${month}/content`);
  const field = findField();
  if (field && words) field.value = words;
  find();
  if (sorted.by !== "id" || sorted.down) sort();
  // What had the focus is gone: the next key must not begin at the top of the page.
  if (within) byId("run").focus();
}

function find() {
  const field = findField();
  if (!field) return;
  const words = field.value.toLowerCase().trim();
  const rows = every(document, "#customers tbody tr[data-id]");
  for (const row of rows) row.hidden = !row.dataset.find?.includes(words);
  const shown = rows.filter((row) => !row.hidden).length;
  byId("found").textContent = words ? _("%(count)s of %(all)s", { count: shown, all: rows.length }) : "";
}

function sort() {
  const { by, down } = sorted;
  const body = one(document, "#customers tbody");
  const key = (/** @type {HTMLElement} */ row) => row.dataset[by] ?? "";
  const compare = ["id", "state"].includes(by)
    ? (/** @type {HTMLElement} */ a, /** @type {HTMLElement} */ b) => key(a).localeCompare(key(b))
    : (/** @type {HTMLElement} */ a, /** @type {HTMLElement} */ b) => Number(key(a)) - Number(key(b));
  body.append(...every(body, "tr[data-id]").sort((a, b) => (down ? -1 : 1) * compare(a, b)));
  for (const button of every(document, "[data-sort]")) {
    const head = button.closest("th");
    if (button.dataset.sort === by) head?.setAttribute("aria-sort", down ? "descending" : "ascending");
    else head?.removeAttribute("aria-sort");
  }
}

/** @param {DOMStringMap} button */
function openIssue({ act, customer = "", count = "", amount = "", held = "0" }) {
  const revise = act === "revise";
  chosen = { customer, first: !revise, revise };
  const bills = customer || ngettext("%(num)s bill", "%(num)s bills", Number(count));
  const values = { bills, month, amount };
  const effects = [];
  if (revise) {
    effects.push(_("%(bills)s for %(month)s: a revision with its own number replaces what was issued.", values));
    effects.push(_("The bill that it revises stays as it is; the revision shows each line with its difference."));
  } else {
    if (amount) effects.push(_("%(bills)s for %(month)s, %(amount)s in all: each gets a number and is stored permanently.", values));
    else effects.push(_("%(bills)s for %(month)s: each gets a number and is stored permanently.", values));
    effects.push(_("An issued bill never changes. Errors in it can be corrected by a revision only."));
    if (Number(held)) effects.push(ngettext("%(num)s held for review is not issued.", "%(num)s held for review are not issued.", Number(held)));
  }
  effects.push(_("The bills are calculated again from what is stored at that moment."));
  fillList(byId("issue-effects"), effects);
  byId("issue-title").textContent = revise ? _("Revise %(bills)s", values) : _("Issue %(bills)s", values);
  byId("issue-reason").hidden = !revise;
  byId("issue-error").textContent = "";
  one(issuing.form, "[type=submit]").textContent = revise ? _("Revise") : _("Issue");
  fieldsOf(issuing.form).reason.value = "";
  issuing.dialog.showModal();
}

onSubmit(issuing.form, async () => {
  const reason = fieldsOf(issuing.form).reason.value.trim();
  if (chosen.revise && !reason) throw new Error(_("Give the reason for the revision."));
  issuing.dialog.close();
  await begin("issue", { ...chosen, reason });
}, byId("issue-error"));

/** @param {DOMStringMap} button */
function openRelease({ customer = "", holds = "" }) {
  chosen = { ...chosen, customer };
  byId("release-title").textContent = _("Release the bill of %(customer)s", { customer });
  byId("release-holds").textContent = holds;
  byId("release-error").textContent = "";
  releasing.dialog.showModal();
}

onSubmit(releasing.form, async () => {
  const [by, reason] = ["by", "reason"].map((name) => fieldsOf(releasing.form)[name].value.trim());
  if (!by || !reason) throw new Error(_("Your name and a reason are needed."));
  await post(`${api}/release`, { customer: chosen.customer, by, reason });
  releasing.dialog.close();
  await begin("process", {});
}, byId("release-error"));

/**
 * Saves the file of a link, and shows that it was exported, or why not.
 * @param {HTMLAnchorElement} link
 */
async function exported(link) {
  const answer = await fetch(link.href);
  if (!answer.ok) {
    const { error = answer.statusText } = await answer.json().catch(() => ({}));
    content.prepend(element("div", error, "notice bad", { role: "alert" }));
    return;
  }
  const saved = document.createElement("a");
  saved.href = URL.createObjectURL(await answer.blob());
  const named = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("content-disposition") ?? "");
  saved.download = named ? decodeURIComponent(named[1]) : `${month}-accounting.csv`;
  saved.click();
  URL.revokeObjectURL(saved.href);
  await refresh();
}

onSubmit(sending.form, async () => {
  sending.dialog.close();
  await begin("send", {});
}, byId("send-error"));

content.addEventListener("click", (event) => {
  const file = around(event, "a[data-export]", HTMLAnchorElement);
  if (file) {
    event.preventDefault();
    exported(file);
    return;
  }
  const button = around(event, "button");
  if (!button) return;
  const { act, sort: by } = button.dataset;
  if (act === "process") begin("process", {});
  else if (act === "cancel") post(`${api}/cancel`, {}).then(follow);
  else if (act === "issue" || act === "revise") openIssue(button.dataset);
  else if (act === "release") openRelease(button.dataset);
  else if (act === "send") sending.dialog.showModal();
  else if (by) {
    sorted = { by, down: sorted.by === by ? !sorted.down : false };
    sort();
  }
});
content.addEventListener("input", (event) => {
  if (event.target === findField()) find();
});
document.addEventListener("click", (event) => {
  for (const menu of every(document, "details.menu[open]", HTMLDetailsElement)) {
    if (!menu.contains(/** @type {Node} */ (event.target)) || around(event, "a")) menu.open = false;
  }
});

if (document.getElementById("progress")) follow();
