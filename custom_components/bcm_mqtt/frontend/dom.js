// @ts-check
// Elements in a line each, and figures as people of the user's language write them.

/**
 * An element with attributes and children; texts are never markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean>} attributes true has no value, false is left out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/** @param {string} text read by screen readers alone */
export const hidden = (text) => element("span", { class: "hidden" }, text);

/**
 * @param {string} language
 * @returns {(value: number | null, decimals: number) => string} a figure, or a dash where it is not known
 */
export function amountsIn(language) {
  const formats = [0, 1, 2].map(
    (decimals) => new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
  );
  return (value, decimals) => (value === null ? "–" : formats[decimals].format(value));
}

/**
 * Writes a text where it is another one.
 * @param {Element} place
 * @param {string} text
 */
export function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

/**
 * @param {Element} from
 * @param {string} type
 * @param {object} detail
 */
export const fire = (from, type, detail) => from.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
