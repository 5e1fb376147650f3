// @ts-check
// Fields that are lists of rows, such as terms from a day on: the rows of a form, and their JSON.

import { around, every, one } from "../elements.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Cell */

/**
 * The cells of a row or a form.
 * @param {ParentNode} place
 */
const cellsOf = (place) => /** @type {Cell[]} */ ([...place.querySelectorAll("[data-cell]")]);

/**
 * What a row says; what is empty is left out.
 * @param {ParentNode} row
 * @returns {Record<string, string>}
 */
export function said(row) {
  const cells = cellsOf(row).map((cell) => [String(cell.dataset.cell), cell.value.trim()]);
  return Object.fromEntries(cells.filter(([, value]) => value));
}

/**
 * The rows of a field, kept in step with the JSON of its hidden input.
 * @param {HTMLElement} set
 */
export function rowsField(set) {
  const hidden = /** @type {HTMLInputElement} */ (one(set, "[data-field]"));
  const list = one(set, ".list");
  const template = one(set, "template", HTMLTemplateElement);
  const add = one(set, "[data-add-row]", HTMLButtonElement);

  function note() {
    const rows = every(list, ".row").map(said);
    hidden.value = rows.length ? JSON.stringify(rows) : "";
  }

  /** @param {Record<string, string>} values */
  function append(values) {
    const row = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    for (const cell of cellsOf(row)) {
      const value = values[String(cell.dataset.cell)] ?? "";
      if (cell instanceof HTMLSelectElement && ![...cell.options].some((option) => option.value === value)) {
        cell.add(new Option(value));
      }
      cell.value = value;
    }
    list.append(row);
  }

  /** What is written in a way that this cannot show is changed as YAML. @param {boolean} fixed */
  function draw(fixed) {
    list.replaceChildren();
    add.disabled = fixed;
    if (fixed || !hidden.value) return;
    for (const row of JSON.parse(hidden.value)) append(row);
  }

  const changed = () => {
    note();
    hidden.dispatchEvent(new Event("input", { bubbles: true }));
  };
  list.addEventListener("input", note);
  add.addEventListener("click", () => {
    append({});
    const cells = cellsOf(every(list, ".row").at(-1) ?? list);
    for (const cell of cells) cell.value ||= cell.dataset.usual ?? "";
    changed();
    cells[0]?.focus();
  });
  list.addEventListener("click", (event) => {
    if (!around(event, "[data-remove-row]")) return;
    around(event, ".row")?.remove();
    changed();
    add.focus();
  });
  return { name: hidden.name, draw };
}
