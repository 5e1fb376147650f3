// @ts-check
// Formula circuits: added, changed and ended, with what that would do while one types.

import { around, byId, dialogOf, element, every, fieldsOf, fillList, one, onSubmit, showErrors } from "../elements.js";
import { TimeField } from "../local_time.js";
import { fetched, post } from "../request.js";
import { _ } from "../texts.js";

/** @typedef {{ sign: string, place: string }} Term a circuit that is added or taken away */
/** @typedef {{ panel: string, id: string, members: string, description: string, customer: string, valid_from: string, now: boolean }} Version */
/** @typedef {{ version: string, formulas: Version[], circuits: { place: string, description: string }[] }} Shown */

const REST_MS = 250; // after typing, until the server is asked

/**
 * The members of a formula such as `msb-1:5 - floor-3:1`.
 * @param {string} text
 * @returns {Term[]}
 */
export function termsOf(text) {
  /** @type {Term[]} */
  const terms = [];
  let sign = "+";
  for (const word of text.split(" ").filter(Boolean)) {
    if (word === "+" || word === "-") sign = word;
    else terms.push({ sign, place: word });
  }
  return terms;
}

/**
 * Members as the server takes them; lines that are still empty are none.
 * @param {Term[]} terms
 */
export function membersText(terms) {
  const filled = terms.map(({ sign, place }) => ({ sign, place: place.trim() })).filter(({ place }) => place);
  return filled.map(({ sign, place }) => `${sign} ${place}`).join(" ").replace(/^\+ /, "");
}

/**
 * What of a formula is to be different; null while nothing is.
 * @param {Version | null} before none: it is new
 * @param {{ id: string, members: string, description: string, customer: string, ends: boolean }} typed
 */
export function formulaChange(before, typed) {
  const { id, ends, ...texts } = typed;
  if (!before) return id && texts.members ? { id, is_new: true, ...texts } : null;
  if (ends) return { id, ends };
  const given = Object.entries(texts).filter(([name, text]) => text !== before[/** @type {keyof Version} */ (name)]);
  return given.length ? { id, ...Object.fromEntries(given) } : null;
}

/**
 * @param {string} root
 * @param {string} panel
 * @param {import("../chart/zone.js").Zone} zone
 */
export function setUpFormulaEdit(root, panel, zone) {
  if (!document.getElementById("formula")) return;
  const { dialog, form } = dialogOf("formula");
  const save = one(form, "[data-act=save]", HTMLButtonElement);
  const { id, description, customer, valid_from: begins, ends } = fieldsOf(form);
  const validFrom = new TimeField(begins, zone);
  const rows = byId("formula-terms");
  const api = `${root}api/v1/formulas`;
  /** @type {Version | null} */
  let before = null;
  let fileVersion = "";
  let previews = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const refuse = (/** @type {any} */ error) => showErrors(form, byId("formula-error"), error);

  /** @param {Term} [term] */
  function addRow({ sign, place } = { sign: "+", place: "" }) {
    const row = element("div", "", "term");
    const signs = element("select", "", "", { "aria-label": _("Added or taken away") });
    signs.append(element("option", "+", "", { value: "+" }), element("option", "−", "", { value: "-" }));
    signs.value = sign;
    const input = element("input", "", "", { list: "formula-circuits", "aria-label": _("Circuit"), placeholder: "rpp-1a:1", autocomplete: "off" });
    input.value = place;
    row.append(signs, input, element("button", "×", "quiet", { type: "button", "aria-label": _("Remove this circuit") }));
    rows.append(row);
    return input;
  }

  const terms = () => every(rows, ".term").map((row) => ({
    sign: one(row, "select", HTMLSelectElement).value,
    place: one(row, "input", HTMLInputElement).value,
  }));

  function body() {
    const change = formulaChange(before, {
      id: id.value.trim(), members: membersText(terms()),
      description: description.value.trim(), customer: customer.value.trim(), ends: ends.checked,
    });
    return change && { panel, version: fileVersion, valid_from: validFrom.text, ...change };
  }

  async function preview() {
    const change = body();
    const number = ++previews;
    let draft = { effects: [], changes: false };
    let refused = null;
    if (change) {
      try {
        draft = await post(`${api}/preview`, change);
      } catch (error) {
        refused = error;
      }
      if (number !== previews) return;
    }
    fillList(byId("formula-effects"), draft.effects);
    refuse(refused);
    save.disabled = !draft.changes;
  }

  function soon() {
    save.disabled = true;
    clearTimeout(timer);
    timer = setTimeout(preview, REST_MS);
  }

  /** @param {Version[]} versions of the formula */
  function showVersions(versions) {
    const host = byId("formula-versions");
    host.hidden = versions.length === 0;
    fillList(one(host, "ul"), versions.map(({ valid_from: since, members, customer: whose }) =>
      [since || _("from the beginning"), members || _("ends"), whose].filter(Boolean).join(" · ")));
  }

  /** @param {string} key id of a formula; "" is a new one */
  async function open(key) {
    /** @type {Shown} */
    const shown = await fetched(api);
    const versions = shown.formulas.filter((each) => each.panel === panel && each.id === key);
    fileVersion = shown.version;
    before = versions.find(({ now }) => now) ?? versions.at(-1) ?? null;
    form.reset();
    byId("formula-members").removeAttribute("disabled");
    id.value = key;
    description.value = before?.description ?? "";
    customer.value = before?.customer ?? "";
    // One that is to begin is changed from when on it does.
    if (before && !before.now) validFrom.set(zone.ofField(before.valid_from.slice(0, 16).padEnd(16, "T00:00")));
    byId("formula-id").hidden = byId("formula-ends").hidden = false;
    (before ? byId("formula-id") : byId("formula-ends")).hidden = true;
    byId("formula-title").textContent = before ? _("Formula circuit %(formula)s", { formula: key }) : _("New formula circuit");
    rows.replaceChildren();
    for (const term of before ? termsOf(before.members) : [undefined, undefined]) addRow(term);
    byId("formula-circuits").replaceChildren(...shown.circuits.map(({ place, description: said }) =>
      element("option", said, "", { value: place })));
    showVersions(versions);
    fillList(byId("formula-effects"), []);
    refuse(null);
    save.disabled = true;
    dialog.showModal();
  }

  byId("formulas").addEventListener("click", (event) => {
    const button = around(event, "[data-edit-formula], #formula-add");
    if (button) open(button.dataset.editFormula ?? "").catch((error) => {
      byId("formulas-title").textContent = error.message;
    });
  });
  byId("formula-more").addEventListener("click", () => addRow().focus());
  rows.addEventListener("click", (event) => {
    const button = around(event, "button");
    if (!button) return;
    button.closest(".term")?.remove();
    soon();
  });
  ends.addEventListener("change", () => {
    byId("formula-members").toggleAttribute("disabled", ends.checked);
  });
  form.addEventListener("input", soon);
  onSubmit(form, async () => {
    const change = body();
    if (!change || save.disabled) return;
    save.disabled = true;
    previews += 1;
    await post(`${api}/change`, change);
    location.reload();
  }, refuse);
}
