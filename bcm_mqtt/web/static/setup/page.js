// @ts-check
// The set-up page: let in by the token, site, gateways, scan, panels, circuits, start.

import { byId, element, every, fieldsOf, fillList, onSubmit, one, showErrors } from "../elements.js";
import { _, ngettext } from "../texts.js";
import { PanelRows } from "./panels.js";
import { setUpSchedule } from "./schedule.js";
import { enter, leave, send as sendAs, session, tokenOf } from "./session.js";

/** @typedef {{ id: string, address: string, done: number, of: number, units: number, problem: string, description: string | null }} Place */
/** @typedef {{ running: boolean, places: Place[], panels: import("./panels.js").FoundPanel[], remarks: string[] }} Scan */

const LOOK_MS = 500;
const SHORTEST = 20; // characters of a token
const main = byId("main");
const root = main.dataset.root ?? "./";
const door = byId("enter", HTMLFormElement);
const form = byId("site", HTMLFormElement);
const fields = fieldsOf(form);
const start = byId("start", HTMLButtonElement);
const rows = new PanelRows(() => showSteps());
const showTaken = setUpSchedule(send, rows, site);

/**
 * @param {string} act
 * @param {object} [body]
 */
async function send(act, body) {
  try {
    return await sendAs(root, act, body);
  } catch (error) {
    if (error.message.startsWith("expected the address")) showDoor();
    throw error;
  }
}

/** @param {boolean} breakers whether with those that were taken */
function site(breakers) {
  const [name, zone, currency, broker] = [fields.name, fields.time_zone, fields.currency, fields.broker].map(({ value }) => value);
  const panels = rows.panels().map((panel) => (breakers ? panel : { ...panel, breakers: [] }));
  const [username, password, energy] = [fields.username, fields.password, fields.energy].map(({ value }) => value);
  const silent = (rows.places ?? []).filter(({ address }) => kept.has(address)).map(({ id }) => id);
  return { name, time_zone: zone, currency, broker, username, password, tls: fields.tls.checked, energy, panels, silent };
}

function showSteps() {
  const some = rows.rows.length > 0;
  for (const id of ["circuits", "end"]) byId(id).hidden = !some;
  showTaken?.();
}

/** Addresses that are written though they did not answer. @type {Set<string>} */
const kept = new Set();

/** A gateway that did not answer is written only if a panel uses it, or with this. @param {string} address */
function keepBox(address) {
  const label = element("label", "", "tick");
  const box = /** @type {HTMLInputElement} */ (element("input", "", "", { type: "checkbox" }));
  box.checked = kept.has(address);
  box.addEventListener("change", () => { box.checked ? kept.add(address) : kept.delete(address); });
  label.append(box, _("Keep it though it did not answer; else it is left out, unless a panel uses it."));
  return label;
}

/** @param {Place} place @param {boolean} running */
function placeRow({ address, done, of, units, problem, description }, running) {
  const made = element("li");
  const bar = element("progress", "", "", { max: String(of), value: String(done), "aria-label": _("Scan of %(address)s", { address }) });
  const said = problem || (description ?? ngettext("%(num)s unit id answers, %(done)s of %(all)s tried", "%(num)s unit ids answer, %(done)s of %(all)s tried", units, { done, all: of }));
  made.append(element("span", address), bar, element("span", said, problem ? "error" : ""));
  if (!units && !running && description === null) made.append(keepBox(address));
  return made;
}

/** @param {Scan} scan */
function showScan({ running, places, panels, remarks }) {
  byId("places").replaceChildren(...places.map((place) => placeRow(place, running)));
  byId("panels").hidden = places.length === 0;
  byId("stop").hidden = !running;
  scanning(running);
  rows.setGateways(places);
  rows.show(panels);
  fillList(byId("remarks"), remarks);
  byId("found").textContent = running
    ? ngettext("%(num)s panel found until now.", "%(num)s panels found until now.", panels.length)
    : ngettext("%(num)s panel found.", "%(num)s panels found.", panels.length);
}

/** What is not known yet starts no site, and a second click no scan. @param {boolean} running */
function scanning(running) {
  for (const id of ["scan", "start"]) byId(id, HTMLButtonElement).disabled = running;
}

async function follow() {
  for (let running = true; running;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const scan = await send("progress");
    showScan(scan);
    ({ running } = scan);
  }
}

async function scan() {
  const ports = every(byId("ports"), "input:checked", HTMLInputElement).map(({ value }) => value);
  const [typed, agents] = [fields.addresses, fields.agents].map(({ value }) => value.split(/[\s,;]+/).filter(Boolean));
  byId("scan-error").textContent = "";
  scanning(true);
  try {
    const begun = await send("scan", { gateways: [...typed, ...ports], units: fields.units.value.trim(), agents, community: fields.community.value });
    rows.rescan(begun.places);
    showScan(begun);
    await follow();
  } catch ({ message }) {
    byId("scan-error").textContent = message;
    scanning(false);
  }
}

/** The services begin at the same address: their page is there as soon as it answers. */
async function goThere() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const answer = await fetch(`${root}api/v1/panels`).catch(() => null);
    if (answer?.ok) break;
  }
  location.replace(root);
}

function showDoor() {
  leave();
  door.hidden = false;
  form.hidden = true;
}

function showForm() {
  const known = session();
  door.hidden = true;
  form.hidden = false;
  fields.time_zone.value ||= known?.time_zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
  const ports = byId("ports");
  ports.hidden = !known?.serial_ports.length;
  ports.replaceChildren(one(ports, "legend"), ...(known?.serial_ports ?? []).map((port) => {
    const label = element("label");
    label.append(element("input", "", "", { type: "checkbox", value: port }), ` ${port}`);
    return label;
  }));
}

byId("scan").addEventListener("click", scan);
// Not a submit button: Enter in a field would start the site.
start.addEventListener("click", () => form.requestSubmit());
byId("stop").addEventListener("click", async () => showScan(await send("stop")));
byId("add").addEventListener("click", () => rows.add({ gateway: rows.places?.[0]?.id }));
onSubmit(door, async () => {
  await enter(root, tokenOf(fieldsOf(door).token.value));
  showForm();
}, one(door, ".error"));
onSubmit(form, async () => {
  start.disabled = true;
  showErrors(form, byId("problem"), null);
  const { address, stays_here: stays } = await send("finish", site(true));
  leave();
  byId("done").textContent = stays
    ? _("The configuration is written. The page of the site opens when it answers.")
    : _("The configuration is written. The page of the site is %(address)s on that machine; documentation says how others reach it.", { address });
  if (stays) await goThere();
}, (error) => {
  start.disabled = false;
  showErrors(form, byId("problem"), error);
  // The fields are far above the button.
  byId("problem").textContent ||= _("The site was not started: the field that is marked says why.");
  /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid=true]"))?.focus();
});

/** By the token in the address, which must not stay in the history. */
async function letIn() {
  const token = tokenOf(location.hash);
  if (token.length < SHORTEST) return; // a place on the page
  history.replaceState(null, "", location.pathname);
  try {
    await enter(root, token);
  } catch ({ message }) {
    if (!session()) one(door, ".error").textContent = message;
  }
}

// The next address, pasted where the first one was, does not load the page again.
addEventListener("hashchange", async () => {
  await letIn();
  if (session() && form.hidden) showForm();
});
await letIn();
if (session()) {
  showForm();
  // A reload in the middle of it finds what the scan has found.
  const scanned = await send("progress").catch(() => null);
  if (scanned?.places.length) {
    showScan(scanned);
    if (scanned.running) follow().catch(() => scanning(false));
  }
} else showDoor();
