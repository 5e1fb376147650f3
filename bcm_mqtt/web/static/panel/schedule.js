// @ts-check
// A panel schedule pasted or dropped: its columns and rows are shown before they are taken.

import { byId, dialogOf, every, fieldsOf, fillList, fillRows, one, onSubmit } from "../elements.js";
import { TimeField } from "../local_time.js";
import { post } from "../request.js";
import { ngettext } from "../texts.js";

/** @typedef {{ panel: string, pole: number, poles?: number[], description?: string, customer?: string, rating?: number, connection?: string }} Change */
/** @typedef {{ heading: string, column: string | null }} Heading */
/** @typedef {{ headings: Heading[], problems: string[], notes: string[], changes: Change[] }} Schedule */

const REST_MS = 400; // after typing, until the server is asked
const MOST_EFFECTS = 8;

/**
 * What people chose for each column: every column has its heading, or none.
 * @param {string[]} columns all that there are
 * @param {{ heading: string, column: string }[]} choices
 */
export function chosen(columns, choices) {
  const none = Object.fromEntries(columns.map((column) => [column, ""]));
  const taken = choices.filter(({ column }) => column).map(({ heading, column }) => [column, heading]);
  return { ...none, ...Object.fromEntries(taken) };
}

/**
 * Bytes as base64.
 * @param {Uint8Array} bytes
 */
export function base64(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/**
 * Shows the circuits that were read.
 * @param {Change[]} changes
 */
export function showCircuits(changes) {
  byId("schedule-count").textContent = ngettext("%(num)s circuit can be read", "%(num)s circuits can be read", changes.length);
  fillRows(byId("schedule-rows"), changes.map((change) => [
    change.panel, (change.poles ?? [change.pole]).join("+"), change.description ?? "",
    change.customer ?? "", change.rating ? `${change.rating} A` : "", change.connection ?? "",
  ]));
  byId("schedule-found").hidden = false;
}

/**
 * Prepares the choice of a column for each heading; returns what shows the headings.
 * @param {(named: Record<string, string>) => void} read again, with what people chose
 */
export function columnChoice(read) {
  const choice = byId("schedule-choice", HTMLTemplateElement);
  const host = byId("schedule-columns");
  const columns = every(choice.content, "option", HTMLOptionElement).map(({ value }) => value).filter(Boolean);

  /** @param {Heading} heading */
  function choiceOf({ heading, column }) {
    const made = /** @type {Element} */ (choice.content.cloneNode(true).firstChild);
    const select = one(made, "select", HTMLSelectElement);
    one(made, "span").textContent = heading;
    select.dataset.heading = heading;
    select.value = column ?? "";
    return made;
  }

  host.addEventListener("change", (event) => {
    const selects = every(host, "select", HTMLSelectElement);
    const changed = /** @type {HTMLSelectElement} */ (event.target);
    for (const other of selects) if (other !== changed && other.value === changed.value) other.value = "";
    read(chosen(columns, selects.map(({ value, dataset }) => ({ heading: dataset.heading ?? "", column: value }))));
  });
  return (/** @type {Heading[]} */ headings) => {
    const single = new Map(headings.map((each) => [each.heading, each]));
    host.replaceChildren(...[...single.values()].map(choiceOf));
  };
}

/**
 * @param {string} root
 * @param {string} panel
 * @param {import("../chart/zone.js").Zone} zone
 */
export function setUpSchedule(root, panel, zone) {
  const { dialog, form } = dialogOf("schedule");
  const save = one(form, "[data-act=save]", HTMLButtonElement);
  const file = one(form, "[type=file]", HTMLInputElement);
  const { rows: pasted, valid_from: begins } = fieldsOf(form);
  const validFrom = new TimeField(begins, zone);
  const api = `${root}api/v1/circuits`;
  /** @type {Change[]} */
  let changes = [];
  let content = new Uint8Array();
  let name = "";
  let asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const dated = () => changes.map((change) => ({ ...change, ...(validFrom.text && { valid_from: validFrom.text }) }));

  function clear() {
    asked += 1;
    changes = [];
    save.disabled = true;
    byId("schedule-found").hidden = true;
    for (const id of ["schedule-effects", "schedule-problems"]) fillList(byId(id), []);
    byId("schedule-error").textContent = "";
  }

  /** @param {Error} error */
  function refuse({ message }) {
    save.disabled = true;
    byId("schedule-error").textContent = message;
  }

  const showHeadings = columnChoice((named) => read(named));

  /** @param {Schedule} found */
  function show({ headings, problems, notes, changes: read }) {
    changes = read;
    showHeadings(headings);
    showCircuits(read);
    fillList(byId("schedule-problems"), problems);
    fillList(byId("schedule-effects"), notes);
  }

  /** @param {string[]} notes */
  async function preview(notes) {
    const number = asked;
    if (!changes.length) return;
    const { differences, effects } = await post(`${api}/preview`, { changes: dated() });
    if (number !== asked) return;
    const left = effects.length - MOST_EFFECTS;
    const more = left > 0 ? [ngettext("and %(num)s more.", "and %(num)s more.", left)] : [];
    fillList(byId("schedule-effects"), [...notes, ...effects.slice(0, MOST_EFFECTS), ...more]);
    save.disabled = differences.length === 0;
  }

  /** @param {Record<string, string>} [named] */
  async function read(named = {}) {
    clear();
    const number = asked;
    if (!content.length) return;
    try {
      const found = await post(`${api}/schedule`, { panel, name, content: base64(content), columns: named });
      if (number !== asked) return;
      show(found);
      await preview(found.notes);
    } catch (error) {
      if (number === asked) refuse(error);
    }
  }

  /** @param {File | undefined} dropped */
  async function take(dropped) {
    if (!dropped) return;
    pasted.value = "";
    name = dropped.name.slice(0, 200);
    content = new Uint8Array(await dropped.arrayBuffer());
    await read();
  }

  byId("schedule-open").addEventListener("click", () => {
    form.reset();
    validFrom.set(null);
    content = new Uint8Array();
    clear();
    dialog.showModal();
  });
  file.addEventListener("change", () => take(file.files?.[0]));
  dialog.addEventListener("dragover", (event) => event.preventDefault());
  dialog.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });
  pasted.addEventListener("input", () => {
    save.disabled = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      [name, content] = ["", new TextEncoder().encode(pasted.value)];
      read();
    }, REST_MS);
  });
  begins.addEventListener("input", () => {
    save.disabled = true;
    asked += 1;
    preview([]).catch(refuse);
  });
  onSubmit(form, async () => {
    if (save.disabled) return;
    save.disabled = true;
    await post(api, { changes: dated() });
    dialog.close();
  }, refuse);
}
