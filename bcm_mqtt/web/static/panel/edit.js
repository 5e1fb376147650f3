// @ts-check
// Edit in place: the server says what a change would do while one types.

import { byId, dialogOf, every, fieldsOf, fillList, one, onSubmit, showErrors } from "../elements.js";
import { TimeField } from "../local_time.js";
import { figure } from "../format.js";
import { post } from "../request.js";
import { _ } from "../texts.js";

/** @typedef {{ name: string, value: string, type: string, options?: unknown }} Field an input, or a select, which has options */

const REST_MS = 250; // after typing, until the server is asked

/**
 * What of a circuit is to change: numbers as numbers, an emptied one as null. A new circuit states
 * what is selected, too.
 * @param {Field[]} fields
 * @param {Record<string, string>} before
 * @param {boolean} isNew
 */
export function changed(fields, before, isNew) {
  /** @type {Record<string, string | number | null>} */
  const change = {};
  for (const { name, value, type, options } of fields) {
    const text = value.trim();
    if (text === before[name] && !(isNew && options)) continue;
    change[name] = type !== "number" ? text : text === "" ? null : Number(text);
  }
  return change;
}

/**
 * Prepares the dialog; returns what opens it for a breaker.
 * @param {string} root
 * @param {string} panel
 * @param {import("../live.js").Values} values of the panel, as they come
 * @param {import("../chart/zone.js").Zone} zone
 */
export function setUpEdit(root, panel, values, zone) {
  const { dialog, form } = dialogOf("edit");
  const save = one(form, "[data-act=save]", HTMLButtonElement);
  const fields = /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ (every(form, "[data-field]"));
  const { valid_from: begins, description } = fieldsOf(form);
  const validFrom = new TimeField(begins, zone);
  const api = `${root}api/v1/circuits`;
  /** @type {Record<string, string>} */
  let before = {};
  let pole = 0;
  let isNew = false;
  let previews = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const showEffects = (/** @type {string[]} */ sentences) => fillList(byId("edit-effects"), sentences);
  const refuse = (/** @type {any} */ error) => showErrors(form, byId("edit-error"), error);

  function changes() {
    const change = changed(fields, before, isNew);
    if (!Object.keys(change).length) return null;
    return { changes: [{ panel, pole, ...change, ...(validFrom.text && { valid_from: validFrom.text }) }] };
  }

  async function preview() {
    const body = changes();
    const number = ++previews;
    let draft = { effects: [], differences: [] };
    let refused = null;
    save.disabled = true;
    if (body) {
      try {
        draft = await post(`${api}/preview`, body);
      } catch (error) {
        refused = error;
      }
      if (number !== previews) return;
    }
    showEffects(draft.effects);
    refuse(refused);
    save.disabled = draft.differences.length === 0;
  }

  /** @param {HTMLElement} breaker */
  function open({ dataset: data }) {
    pole = Number(data.pole);
    isNew = !data.circuit;
    before = JSON.parse(data.fields ?? "{}");
    for (const field of fields) {
      field.value = before[field.name];
      if (field instanceof HTMLSelectElement && !field.value) field.selectedIndex = 0;
    }
    validFrom.set(null);
    byId("edit-title").textContent = isNew ? _("New circuit at pole %(pole)s", { pole }) : _("Circuit %(poles)s", { poles: data.numbers });
    byId("edit-now").textContent = isNew
      ? _("This place is a space. Saving creates a circuit here.")
      : _("Now %(amps)s A, %(kw)s kW, %(load)s %% of its rating.", {
        amps: figure(values[`p${pole}`]), kw: figure(values[`w${pole}`]), load: figure(values[`l${pole}`]),
      });
    refuse(null);
    showEffects([]);
    save.disabled = true;
    dialog.showModal();
    description.select();
  }

  form.addEventListener("input", () => {
    save.disabled = true;
    clearTimeout(timer);
    timer = setTimeout(preview, REST_MS);
  });
  onSubmit(form, async () => {
    const body = changes();
    if (!body || save.disabled) return;
    save.disabled = true;
    previews += 1;
    await post(api, body);
    dialog.close();
  }, refuse);
  return open;
}
