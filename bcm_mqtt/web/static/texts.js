// @ts-check
// Sentences in the language of the page, by their English; a text that is in no catalogue is English.
//   _("%(count)s of %(all)s, 5 %%", { count: 1, all: 2 })
//   ngettext("%(num)s alarm", "%(num)s alarms", 3)
// `make texts` finds them where text and name stand in one line or literal, never in a template literal.

/** The page's language, such as `de-AT`. */
export const SPOKEN = globalThis.document?.documentElement.lang || "en"; // no document in tests
const LANGUAGE = SPOKEN.split("-")[0];
/** For `Intl`: plain English has the figures of the United States, but days before months. */
export const FIGURES = SPOKEN === "en" ? "en-US" : SPOKEN;
export const DATES = SPOKEN === "en" ? "en-GB" : SPOKEN;

/** @type {Record<string, string | string[]>} */
let texts = {};
if (LANGUAGE !== "en") {
  try {
    const answer = await fetch(new URL(`texts/${LANGUAGE}.json`, import.meta.url));
    if (answer.ok) texts = await answer.json();
  } catch {
    // The server went away meanwhile: the page works, and says it in English.
  }
  // Once those have run that wait for these texts: for early.js.
  setTimeout(() => {
    document.documentElement.dataset.spoken = "yes";
    dispatchEvent(new Event("spoken"));
  });
}

const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];
const rules = new Intl.PluralRules(SPOKEN);
const categories = CATEGORIES.filter((name) => rules.resolvedOptions().pluralCategories.includes(/** @type {Intl.LDMLPluralRule} */ (name)));

/**
 * @param {string} text
 * @param {Record<string, unknown>} values
 */
export function filled(text, values) {
  return text.replace(/%(?:%|\((\w+)\)s)/g, (whole, name) => (name ? String(values[name] ?? whole) : "%"));
}

/**
 * @param {string} text
 * @param {Record<string, unknown>} [values]
 */
export function _(text, values = {}) {
  const found = texts[text];
  return filled(typeof found === "string" ? found : text, values);
}

/**
 * A text whose English means more than one thing; `context` says which.
 * @param {string} context
 * @param {string} text
 * @param {Record<string, unknown>} [values]
 */
export function pgettext(context, text, values = {}) {
  const found = texts[`${context}\u0004${text}`];
  return filled(typeof found === "string" ? found : text, values);
}

/**
 * A sentence by a number, which is its `%(num)s`.
 * @param {string} one
 * @param {string} many
 * @param {number} num
 * @param {Record<string, unknown>} [values]
 */
export function ngettext(one, many, num, values = {}) {
  const forms = texts[one];
  const english = num === 1 ? one : many;
  const place = categories.indexOf(rules.select(num));
  const text = Array.isArray(forms) ? forms[Math.min(place, forms.length - 1)] : english;
  return filled(text, { num, ...values });
}
