// @ts-check
// Many circuits by CSV: first the differences, then all of them or none.

import { byId, dialogOf, fieldsOf, fillList, fillRows, one, onSubmit } from "../elements.js";
import { TimeField } from "../local_time.js";
import { post } from "../request.js";

/** @typedef {{ panel: string, poles: string, field: string, before: string, after: string }} Difference */
/** @typedef {{ differences: Difference[], effects: string[] }} Draft what a change would do */

const MOST_EFFECTS = 12;

/**
 * @param {string} root
 * @param {import("../chart/zone.js").Zone} zone
 */
export function setUpBulk(root, zone) {
  const { dialog, form } = dialogOf("bulk");
  const save = one(form, "[data-act=save]", HTMLButtonElement);
  const rows = byId("bulk-differences");
  const { csv, valid_from: begins } = fieldsOf(form);
  const validFrom = new TimeField(begins, zone);
  const api = `${root}api/v1/circuits/csv`;
  const body = () => ({ csv: csv.value, valid_from: validFrom.text });

  /** @param {Draft} draft */
  function show({ differences, effects }) {
    fillRows(rows, differences.map(({ panel, poles, field, before, after }) => [panel, poles, field, before, after]));
    one(form, ".scroll").hidden = differences.length === 0;
    fillList(byId("bulk-effects"), effects.slice(0, MOST_EFFECTS));
    byId("bulk-error").textContent = "";
    save.disabled = differences.length === 0;
  }

  const clear = () => show({ differences: [], effects: [] });

  /** @param {Error} error */
  function refuse({ message }) {
    clear();
    byId("bulk-error").textContent = message;
  }

  byId("bulk-open").addEventListener("click", () => {
    form.reset();
    clear();
    dialog.showModal();
  });
  const file = one(form, "[type=file]", HTMLInputElement);
  file.addEventListener("change", async () => {
    csv.value = (await file.files?.[0]?.text()) ?? csv.value;
    clear();
  });
  form.addEventListener("input", () => (save.disabled = true));
  one(form, "[data-act=preview]").addEventListener("click", () => {
    save.disabled = true;
    post(`${api}/preview`, body()).then(show, refuse);
  });
  onSubmit(form, async () => {
    save.disabled = true;
    await post(api, body());
    dialog.close();
  }, refuse);
}
