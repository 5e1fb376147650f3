// @ts-check
// A row of meters.csv: an exchange or a correction, with what it would do while one types.

import { byId, dialogOf, every, fieldsOf, fillList, one, onSubmit, showErrors } from "../elements.js";
import { TimeField } from "../local_time.js";
import { post } from "../request.js";

const REST_MS = 250; // after typing, until the server is asked

/**
 * What is to be written; null while nothing is.
 * @param {string} panel
 * @param {string} poles such as 1+3
 * @param {{ name: string, value: string }[]} fields
 * @param {Record<string, string>} times
 * @param {boolean} exchange
 */
export function meterChange(panel, poles, fields, times, exchange) {
  const given = fields.map(({ name, value }) => [name, value.trim()]).filter(([, value]) => value);
  const numbers = poles.split("+").map(Number);
  if (!given.length || !numbers.every((pole) => Number.isInteger(pole) && pole > 0)) return null;
  return { panel, poles: numbers, exchange, ...times, ...Object.fromEntries(given) };
}

/**
 * @param {string} root
 * @param {string} panel
 * @param {import("../chart/zone.js").Zone} zone
 */
export function setUpMeters(root, panel, zone) {
  const { dialog, form } = dialogOf("meters");
  const save = one(form, "[data-act=save]", HTMLButtonElement);
  const inputs = /** @type {HTMLInputElement[]} */ (every(form, "[data-field]"));
  const { poles, exchange, valid_from: begins, until: ends } = fieldsOf(form);
  const [validFrom, until] = [begins, ends].map((field) => new TimeField(field, zone));
  const api = `${root}api/v1/meters`;
  let previews = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const body = () =>
    meterChange(panel, poles.value, inputs, { valid_from: validFrom.text, until: until.text }, Boolean(exchange.value));
  const refuse = (/** @type {any} */ error) => showErrors(form, byId("meters-error"), error);

  async function preview() {
    const change = body();
    const number = ++previews;
    let draft = { effects: [], differences: [] };
    let refused = null;
    if (change) {
      try {
        draft = await post(`${api}/preview`, change);
      } catch (error) {
        refused = error;
      }
      if (number !== previews) return;
    }
    fillList(byId("meters-effects"), draft.effects);
    refuse(refused);
    save.disabled = draft.differences.length === 0;
  }

  byId("meters-open").addEventListener("click", () => {
    form.reset();
    fillList(byId("meters-effects"), []);
    refuse(null);
    save.disabled = true;
    dialog.showModal();
  });
  form.addEventListener("input", () => {
    save.disabled = true;
    clearTimeout(timer);
    timer = setTimeout(preview, REST_MS);
  });
  onSubmit(form, async () => {
    const change = body();
    if (!change || save.disabled) return;
    save.disabled = true;
    previews += 1;
    await post(api, change);
    dialog.close();
  }, refuse);
}
