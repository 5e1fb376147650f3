// @ts-check
// A panel schedule at set-up: its columns and rows are shown before they are taken.

import { byId, fillList, one } from "../elements.js";
import { base64, columnChoice, showCircuits } from "../panel/schedule.js";
import { ngettext } from "../texts.js";

/** @typedef {import("./panels.js").PanelRows} PanelRows */
/** @typedef {{ panel: string, pole: number, poles?: number[], description?: string, customer?: string, rating?: number, connection?: string }} Change */
/** @typedef {{ headings: import("../panel/schedule.js").Heading[], problems: string[], notes: string[], changes: Change[], panels: string[] }} Schedule */

const REST_MS = 400; // after typing, until the server is asked

/**
 * @param {(act: string, body: object) => Promise<any>} send
 * @param {PanelRows} rows
 * @param {(breakers: boolean) => object} site without breakers, where they are about to be read
 */
export function setUpSchedule(send, rows, site) {
  const step = byId("circuits");
  const of = one(step, "[name=of]", HTMLSelectElement);
  const file = one(step, "[type=file]", HTMLInputElement);
  const pasted = one(step, "[name=pasted]", HTMLTextAreaElement);
  const take = byId("take", HTMLButtonElement);
  let content = new Uint8Array();
  let name = "";
  let asked = 0;
  /** @type {Schedule | null} */
  let found = null;
  /** Those whose panels were asked for, in their order. @type {HTMLElement[]} */
  let askedFor = [];
  /** Those of the choice. @type {HTMLElement[]} */
  let listed = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function clear() {
    asked += 1;
    found = null;
    take.disabled = true;
    byId("schedule-found").hidden = true;
    byId("schedule-error").textContent = "";
  }

  const showHeadings = columnChoice((named) => read(named));

  /** @param {Schedule} answer */
  function show(answer) {
    found = answer;
    const { headings, problems, notes, changes } = answer;
    showHeadings(headings);
    showCircuits(changes);
    fillList(byId("schedule-problems"), problems);
    fillList(byId("schedule-notes"), notes);
    take.disabled = changes.length === 0;
  }

  /** @param {Record<string, string>} [named] */
  async function read(named = {}) {
    clear();
    const number = asked;
    if (!content.length) return;
    const panel = of.value ? Number(of.value) : null;
    askedFor = rows.rows;
    try {
      const answer = await send("schedule", { site: site(false), panel, name, content: base64(content), columns: named });
      if (number === asked) show(answer);
    } catch (error) {
      if (number === asked) byId("schedule-error").textContent = error.message;
    }
  }

  /** @param {File | undefined} dropped */
  async function open(dropped) {
    if (!dropped) return;
    pasted.value = "";
    name = dropped.name.slice(0, 200);
    content = new Uint8Array(await dropped.arrayBuffer());
    await read();
  }

  file.addEventListener("change", () => open(file.files?.[0]));
  step.addEventListener("dragover", (event) => event.preventDefault());
  step.addEventListener("drop", (event) => {
    event.preventDefault();
    open(event.dataTransfer?.files[0]);
  });
  pasted.addEventListener("input", () => {
    clear();
    clearTimeout(timer);
    timer = setTimeout(() => {
      [name, content] = ["", new TextEncoder().encode(pasted.value)];
      read();
    }, REST_MS);
  });
  of.addEventListener("change", () => read());
  take.addEventListener("click", () => {
    for (const [index, id] of (found?.panels ?? []).entries()) {
      const own = (found?.changes ?? []).filter(({ panel }) => panel === id);
      if (own.length) rows.take(askedFor[index], own.map(({ panel: _, ...breaker }) => breaker));
    }
    file.value = pasted.value = "";
    content = new Uint8Array();
    clear();
    showTaken();
  });

  function showTaken() {
    const panels = rows.panels();
    fillList(byId("taken"), panels.filter(({ breakers }) => breakers.length).map(({ name: title, breakers }) => ngettext("%(panel)s: %(num)s circuit is taken.", "%(panel)s: %(num)s circuits are taken.", breakers.length, { panel: title })));
    const at = of.value ? rows.rows.indexOf(listed[Number(of.value)]) : -1;
    listed = rows.rows;
    of.replaceChildren(one(of, "option"), ...panels.map((panel, index) => new Option(panel.name, String(index))));
    of.value = at < 0 ? "" : String(at);
    // What is shown is of panels of which one is gone.
    if (found && !askedFor.every((row) => listed.includes(row))) listed.length ? read() : clear();
  }
  return showTaken;
}
