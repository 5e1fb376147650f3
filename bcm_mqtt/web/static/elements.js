// @ts-check
// Elements of the page: found, made of text (never of markup: descriptions are written by people),
// and what every form and dialog does.

import { shown } from "./format.js";

/** @typedef {import("./request.js").Refused} Refused */
/** @typedef {string | Node} Content */

/**
 * The element that a page must have.
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [kind] only for the type
 * @returns {T}
 */
export function byId(id, kind) {
  return one(document, `#${id}`, kind);
}

/**
 * The first element of a selector, which must be there.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {new () => T} [_kind] only for the type
 * @returns {T}
 */
export function one(parent, selector, _kind) {
  const element = parent.querySelector(selector);
  if (!element) throw new Error(`This page has no ${selector}.`);
  return /** @type {T} */ (element);
}

/**
 * All elements of a selector.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {new () => T} [_kind] only for the type
 * @returns {T[]}
 */
export function every(parent, selector, _kind) {
  return /** @type {T[]} */ ([...parent.querySelectorAll(selector)]);
}

/**
 * The element of a selector that an event happened in, if any.
 * @template {Element} [T=HTMLElement]
 * @param {Event} event
 * @param {string} selector
 * @param {new () => T} [_kind] only for the type
 * @returns {T | null}
 */
export function around(event, selector, _kind) {
  return /** @type {T | null} */ (/** @type {Element} */ (event.target).closest(selector));
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {string} [text]
 * @param {string} [classes]
 * @param {Record<string, string>} [attributes]
 */
export function element(name, text = "", classes = "", attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = shown(text);
  if (classes) made.className = classes;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/**
 * Makes each text an item of a list.
 * @param {Element} list
 * @param {string[]} texts
 */
export function fillList(list, texts) {
  list.replaceChildren(...texts.map((text) => element("li", text)));
}

/**
 * @param {Content[]} cells
 * @param {"td" | "th"} name
 */
function row(cells, name) {
  const made = element("tr");
  for (const content of cells) {
    const cell = element(name, "", "", name === "th" ? { scope: "col" } : {});
    cell.append(content);
    made.append(cell);
  }
  return made;
}

/**
 * The rows of a table's body that is there.
 * @param {Element} body
 * @param {Content[][]} rows
 */
export function fillRows(body, rows) {
  body.replaceChildren(...rows.map((cells) => row(cells, "td")));
}

/**
 * A table with a head.
 * @param {Element} host
 * @param {string[]} names
 * @param {Content[][]} rows
 */
export function fillTable(host, names, rows) {
  const table = element("table");
  table.createTHead().append(row(names, "th"));
  fillRows(table.createTBody(), rows);
  host.replaceChildren(table);
}

/**
 * The fields of a form by name.
 * @param {HTMLFormElement} form
 * @returns {Record<string, HTMLInputElement>}
 */
export function fieldsOf(form) {
  return /** @type {any} */ (form.elements);
}

/**
 * Calls `act` in place of sending the form; where that fails, the message stands in `refused`.
 * @param {HTMLFormElement} form
 * @param {() => unknown} act
 * @param {Element | ((error: Refused) => void)} refused
 */
export function onSubmit(form, act, refused) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (refused instanceof Element) refused.textContent = "";
    try {
      await act();
    } catch (error) {
      if (refused instanceof Element) refused.textContent = error.message;
      else refused(error);
    }
  });
}

/**
 * Shows what is wrong at the fields it is about, and in `rest` what is about none of them.
 * @param {HTMLFormElement} form
 * @param {Element} rest
 * @param {Refused | null} error none: nothing is wrong
 */
export function showErrors(form, rest, error) {
  const messages = Object.entries(error?.fields ?? {});
  let placed = false;
  rest.textContent = "";
  for (const place of every(form, "[data-error]")) {
    const name = String(place.dataset.error);
    const message = messages.find(([key]) => key.split(".").at(-1) === name)?.[1] ?? "";
    place.textContent = message;
    fieldsOf(form)[name]?.setAttribute("aria-invalid", String(Boolean(message)));
    placed ||= Boolean(message);
  }
  if (error && !placed) rest.textContent = error.message;
}

/**
 * The name that somebody signs with is remembered for the next time.
 * @param {HTMLFormElement} form
 */
export function rememberName(form) {
  const field = fieldsOf(form).by;
  if (field.readOnly) return;
  try {
    field.value ||= localStorage.getItem("by") ?? "";
    form.addEventListener("submit", () => localStorage.setItem("by", field.value));
  } catch {
    /* private window */
  }
}

/**
 * A dialog, its form, and its button that closes it.
 * @param {string} id
 */
export function dialogOf(id) {
  const dialog = byId(id, HTMLDialogElement);
  one(dialog, "[data-close], [data-act=cancel]").addEventListener("click", () => dialog.close());
  return { dialog, form: one(dialog, "form", HTMLFormElement) };
}
