// @ts-check
// The page of alarms: the list as it changes, its filter in the address, and what is done about
// the alarms that are chosen.

import { absences, banner } from "../banner.js";
import { Zone } from "../chart/zone.js";
import { around, byId, every, one } from "../elements.js";
import { localTimes } from "../format.js";
import { WORDS, follow } from "../live.js";
import { patch } from "../patch.js";
import { fragment, post } from "../request.js";
import { _, ngettext } from "../texts.js";
import { Unseen, beep, counting, remembered } from "./attention.js";
import { named } from "./named.js";

const { root = "" } = byId("main").dataset;
const list = byId("list");
const filter = byId("filter", HTMLFormElement);
const all = byId("every", HTMLInputElement);
const bar = byId("bar");
const AFTER_MS = 300;
const AGAIN_MS = 30_000;

/** @returns {HTMLInputElement[]} the boxes of single alarms */
const boxes = () => every(list, "input.one");
const chosen = () => boxes().filter((box) => box.checked).map((box) => box.value);

/**
 * A box that stands for others, by what they are.
 * @param {HTMLInputElement} box
 * @param {HTMLInputElement[]} others
 */
function sum(box, others) {
  const checked = others.filter((other) => other.checked).length;
  box.checked = checked > 0 && checked === others.length;
  box.indeterminate = checked > 0 && checked < others.length;
}

function showChosen() {
  for (const group of every(list, ".group")) sum(one(group, ".whole"), every(group, ".one"));
  sum(all, boxes());
  const count = chosen().length;
  byId("count").textContent = count ? ngettext("%(num)s alarm chosen", "%(num)s alarms chosen", count) : _("none chosen");
  for (const button of every(bar, "button", HTMLButtonElement)) button.disabled = count === 0;
}

const sound = byId("sound", HTMLInputElement);
const notice = byId("notice", HTMLInputElement);
const unseen = new Unseen();
const title = document.title;

/** Calls somebody to what is shown, and that nobody has seen. */
function call() {
  const rows = every(list, "li[data-seen=no]");
  document.title = counting(title, rows.length);
  const fresh = unseen.take(rows.map((row) => String(row.dataset.patch)));
  if (!fresh.length) return;
  if (sound.checked) beep();
  if (notice.checked && window.Notification?.permission === "granted") {
    const groups = every(list, ".group").filter((group) => group.querySelector("li[data-seen=no]"));
    new Notification(ngettext("%(num)s new alarm", "%(num)s new alarms", fresh.length), { body: groups.slice(0, 3).map((group) => one(group, "b").textContent).join("\n"), tag: "alarms" });
  }
}

for (const box of [sound, notice]) remembered(box);
sound.addEventListener("change", () => sound.checked && beep());
notice.addEventListener("change", async () => {
  if (!notice.checked) return;
  const answer = await window.Notification?.requestPermission();
  if (answer === "granted") return;
  byId("refused").textContent = _("This browser does not let the page notify: allow it in the settings of the site.");
});

let asked = 0;
async function refresh() {
  const mine = (asked += 1);
  const drawn = await fragment(`${root}alarms/list${location.search}`).catch(() => null);
  if (drawn === null || mine !== asked) return; // a later answer has all that this one has
  patch(list, drawn);
  showChosen();
  call();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
function refreshSoon() {
  timer ??= setTimeout(() => {
    timer = undefined;
    refresh();
  }, AFTER_MS);
}

const journal = document.querySelector("#journal");
const period = document.querySelector("form#period");
async function refreshJournal() {
  if (!(journal instanceof HTMLElement)) return;
  const drawn = await fragment(`${root}alarms/journal${location.search}`).catch(() => null);
  if (drawn !== null) patch(journal, drawn);
}

/** @param {boolean} journalAlone the list has a filter of its own */
function choose(journalAlone) {
  const query = new URLSearchParams();
  const forms = period instanceof HTMLFormElement ? [filter, period] : [filter];
  for (const form of forms) {
    for (const [name, value] of new FormData(form)) if (value) query.set(name, String(value));
  }
  if (query.get("days") === "7") query.delete("days");
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  refreshJournal();
  if (journalAlone) return;
  for (const box of boxes()) box.checked = false; // nothing is done about what is not shown
  unseen.forget();
  refresh();
}
for (const form of [filter, period]) {
  form?.addEventListener("change", () => choose(form === period));
  form?.addEventListener("submit", (event) => event.preventDefault());
}

list.addEventListener("change", (event) => {
  const whole = around(event, ".whole", HTMLInputElement);
  if (whole) for (const box of every(/** @type {Element} */ (whole.closest(".group")), ".one", HTMLInputElement)) box.checked = whole.checked;
  showChosen();
});
all.addEventListener("change", () => {
  for (const box of boxes()) box.checked = all.checked;
  showChosen();
});

bar.addEventListener("click", async (event) => {
  const button = around(event, "[data-act]", HTMLButtonElement);
  if (!button) return;
  const { act } = button.dataset;
  const hours = act === "back" ? 0 : Number(byId("hours", HTMLSelectElement).value);
  const alarms = chosen().map(named);
  const way = act === "acknowledge" ? "acknowledge" : "shelve";
  byId("refused").textContent = "";
  button.disabled = true;
  try {
    await post(`${root}api/v1/alarms/several/${way}`, { alarms, ...(way === "shelve" && { hours }) });
    for (const box of boxes()) box.checked = false;
  } catch (error) {
    byId("refused").textContent = error.message;
  }
  await refresh();
  showChosen();
});

document.querySelector("#receivers")?.addEventListener("click", async (event) => {
  const button = around(event, "[data-receiver]", HTMLButtonElement);
  if (!button) return;
  const { receiver = "" } = button.dataset;
  const said = byId("tested");
  said.textContent = _("Sending to %(receiver)s …", { receiver });
  try {
    await post(`${root}api/v1/alarms/notifications/test`, { receiver });
    said.textContent = _("%(receiver)s has taken the test.", { receiver });
  } catch (error) {
    said.textContent = `${receiver}: ${error.message}`;
  }
});

localTimes(list);
if (journal) localTimes(journal);
showChosen();
call();
setInterval(refreshJournal, AGAIN_MS);
setInterval(refresh, AGAIN_MS); // also while the page is hidden and its stream closed
const showBanner = banner(new Zone(document.documentElement.dataset.zone ?? "UTC"));
/** @type {import("../live.js").Values} what the server said last of who is there */
let overview = {};
let heard = Date.now();
follow(
  `${root}events/site`,
  ["overview"],
  (_event, _of, changed, whole) => {
    byId("state").textContent = "";
    overview = whole ? changed : { ...overview, ...changed };
    heard = Date.now();
    showBanner(absences(overview));
    refreshSoon();
  },
  () => {
    byId("state").textContent = WORDS.lost;
    showBanner([{ what: "server", since: heard }]);
  },
);
