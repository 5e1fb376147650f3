// @ts-check
// What a breaker shows first: its readings as they come, its alarm, the ways to its history and its editor.

import { around, byId, dialogOf, element, every, one } from "../elements.js";
import { amount, figure, shown } from "../format.js";
import { alarmAct } from "../request.js";
import { _ } from "../texts.js";

/** @type {Record<string, string>} */
const STATES = {
  unacknowledged: _("unacknowledged"),
  acknowledged: _("acknowledged"),
  returned_unacknowledged: _("returned unacknowledged"),
  shelved: _("shelved"),
  out_of_service: _("out of service"),
};

/**
 * The readings of a circuit, each with its name.
 * @param {import("../live.js").Values} values of the panel
 * @param {number} pole the first
 * @param {string} numbers such as 1+3
 * @param {boolean} isSpace
 * @returns {[name: string, text: string][]}
 */
export function readings(values, pole, numbers, isSpace) {
  /** @type {[string, string][]} */
  const amps = numbers.split("+").map((number) => [_("Pole %(number)s", { number }), `${amount(values[`p${number}`], 1)} A`]);
  if (isSpace) return amps;
  /** @type {[string, string][]} */
  const limits = values[`m${pole}`] ? [[_("Alarm"), shown(String(values[`m${pole}`]))]] : [];
  return [...amps, [_("Power"), `${amount(values[`w${pole}`], 2)} kW`], [_("Of the rating"), `${amount(values[`l${pole}`], 0)} %`], ...limits];
}

/**
 * @param {string} poles such as 1+3
 * @param {string} description
 */
function titleOf(poles, description) {
  return description ? _("Circuit %(poles)s: %(description)s", { poles, description }) : _("Circuit %(poles)s", { poles });
}

/**
 * Prepares the dialog.
 * @param {string} root
 * @param {string} panel
 * @param {import("../live.js").Values} values of the panel, as they come
 * @param {HTMLElement} board
 * @param {(breaker: HTMLElement) => void} edit
 */
export function setUpView(root, panel, values, board, edit) {
  const { dialog } = dialogOf("view");
  const alarm = byId("view-alarm");
  let pole = "";

  const breaker = () => every(board, ".breaker").find(({ dataset }) => dataset.pole === pole);

  /** @param {DOMStringMap} data */
  function about({ circuit, fields, shownCustomer }) {
    if (!circuit) return _("This place is a space.");
    const { connection, rating, power_factor: factor } = JSON.parse(fields ?? "{}");
    return [
      shownCustomer || _("unallocated"),
      connection,
      rating ? _("%(amps)s A breaker", { amps: rating }) : _("no rating"),
      factor && _("power factor %(factor)s", { factor: figure(factor) }),
    ]
      .filter(Boolean)
      .map((text) => shown(text))
      .join(" · ");
  }

  /** @param {DOMStringMap} data */
  function showAlarm({ circuit, alarm: state = "normal" }) {
    const [acknowledge, shelve, back] = every(alarm, "button");
    const aside = state === "shelved" || state === "out_of_service";
    alarm.hidden = !circuit || state === "normal";
    one(alarm, "span").textContent = shown(values[`t${pole}`] || STATES[state] || "");
    acknowledge.hidden = state !== "unacknowledged" && state !== "returned_unacknowledged";
    shelve.hidden = aside;
    back.hidden = !aside;
  }

  /** Shows what is there now; a breaker that another one has taken is gone. */
  function refresh() {
    if (!dialog.open) return;
    const data = breaker()?.dataset;
    if (!data) {
      dialog.close();
      return;
    }
    const { numbers = pole, circuit } = data;
    const rows = readings(values, Number(pole), numbers, !circuit);
    byId("view-readings").replaceChildren(...rows.map(([name, text]) => {
      const row = element("div");
      row.append(element("dt", name), element("dd", text));
      return row;
    }));
    byId("view-about").textContent = about(data);
    showAlarm(data);
  }

  one(dialog, "[data-act=edit]").addEventListener("click", () => {
    const edited = breaker();
    dialog.close();
    if (edited) edit(edited);
  });
  alarm.addEventListener("click", (event) => {
    const button = around(event, "[data-alarm-act]");
    const refuse = (/** @type {Error} */ { message }) => (byId("view-error").textContent = message);
    if (button) alarmAct(button, root, { panel, pole: Number(pole) }).then(() => dialog.close(), refuse);
  });

  return {
    refresh,
    /** @param {HTMLElement} chosen */
    open({ dataset: data }) {
      pole = String(data.pole);
      const { description } = JSON.parse(data.fields ?? "{}");
      const title = data.circuit ? titleOf(data.numbers ?? "", shown(description ?? "")) : _("Pole %(number)s", { number: pole });
      byId("view-title").textContent = title;
      byId("view-error").textContent = "";
      const history = byId("view-history", HTMLAnchorElement);
      history.hidden = !data.circuit;
      history.href = `${panel}/circuits/${pole}`;
      const button = one(dialog, "[data-act=edit]");
      button.textContent = data.circuit ? _("Edit…") : _("New circuit…");
      dialog.showModal();
      refresh();
      if (!button.hidden) button.focus();
    },
  };
}
