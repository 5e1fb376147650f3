// @ts-check
// Figures as the server writes them in the page; a reading that is missing is a dash, never 0.

import { Zone } from "./chart/zone.js";
import { FIGURES } from "./texts.js";

// As the server does, also in 1.234 of Spanish; of a type that TypeScript's library is older than.
const GROUPED = /** @type {any} */ ("always");
const HEAT_STEPS = [10, 30, 45, 60, 80, 100]; // % above which a cell has its next colour

/**
 * @param {number | null | undefined} value
 * @param {number} digits after the point
 */
export function amount(value, digits) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString(FIGURES, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: GROUPED });
}

const SEPARATORS = new Intl.NumberFormat(FIGURES, { useGrouping: GROUPED }).formatToParts(-12345.6);
const [GROUP, POINT, MINUS] = ["group", "decimal", "minusSign"].map((type) => SEPARATORS.find((part) => part.type === type)?.value ?? "");

/**
 * A decimal of the API with all its digits.
 * @param {string} text
 */
export function exact(text) {
  const [whole, part] = text.split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, GROUP).replace("-", MINUS) + (part ? POINT + part : "");
}

/**
 * A figure with the digits that it has.
 * @param {number | string | null | undefined} value with a point
 */
export function figure(value) {
  return value === null || value === undefined ? "–" : String(value).replace(".", POINT);
}

/** @type {Record<string, string>} */
const SHORT = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text of data as a page may show it: what is no character of a text is written by its code,
 * as the server does in its pages.
 * @param {string} text
 */
export function shown(text) {
  return text.replace(CONTROLS, (char) => {
    const code = char.charCodeAt(0);
    if (char in SHORT) return SHORT[char];
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
}

/** @type {Record<string, (value: any) => string>} */
const TEXTS = {
  amps: (value) => amount(value, 1),
  kw: (value) => amount(value, 2),
  power: (value) => amount(value, 1),
  percent: (value) => amount(value, 0),
  text: (value) => shown(value),
};

/**
 * Writes a value into an element as its data-format says.
 * @param {HTMLElement} element
 * @param {any} value
 */
export function write(element, value) {
  if (element.dataset.format === "width") {
    element.setAttribute("width", String(Math.min(value ?? 0, 100)));
    element.dataset.level = value > 100 ? "critical" : value > 80 ? "warning" : "";
    return;
  }
  const text = TEXTS[String(element.dataset.format)](value);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * The class of a cell by the loading of its breaker.
 * @param {number | null} load in %
 */
export function heat(load) {
  return load === null ? "missing" : `h${HEAT_STEPS.filter((step) => load > step).length}`;
}

/**
 * Times of `<time datetime>` by the site's clocks, whose time zone the page names.
 * @param {ParentNode} within
 */
export function localTimes(within) {
  const zone = new Zone(document.documentElement.dataset.zone ?? "UTC");
  for (const element of within.querySelectorAll("time")) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    const today = zone.midnight(at) === zone.midnight(Date.now());
    element.textContent = today ? zone.text(at, { hour: "2-digit", minute: "2-digit" }) : zone.moment(at);
    element.title = `${zone.moment(at)}, ${zone.name}`;
  }
}
