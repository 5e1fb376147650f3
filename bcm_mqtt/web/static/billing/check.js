// @ts-check
// A file is sent to be compared with the bills that were issued.

import { base64 } from "../base64.js";
import { byId, element, fieldsOf, fillList, one, onSubmit } from "../elements.js";
import { post, Refused } from "../request.js";
import { _ } from "../texts.js";

/** @typedef {{ verdict: string, bill: number, what: string, differences: string[] }} Checked */

const { root = "", largest = "0" } = byId("main").dataset;
const form = byId("check", HTMLFormElement);
const button = one(form, "button", HTMLButtonElement);
const shown = byId("checked");
/** @type {Record<string, string>} */
const titles = {
  issued: _("This is the bill as it was issued."),
  same: _("This shows the bill as it was issued."),
  differs: _("This is not what was issued."),
  unknown: _("This is no bill that is known here."),
  faulty: _("The stored bill cannot be relied on."),
};

/** @param {Checked} checked */
function notice({ verdict, what, differences }) {
  const good = verdict === "issued" || verdict === "same";
  const made = element("div", "", good ? "notice good" : "notice bad");
  made.append(element("b", titles[verdict] ?? verdict), ` ${what}`);
  if (differences.length) {
    const list = element("ul");
    fillList(list, differences);
    made.append(list);
  }
  return made;
}

onSubmit(form, async () => {
  const { file, bill } = fieldsOf(form);
  const chosen = /** @type {HTMLInputElement} */ (file).files?.[0];
  shown.replaceChildren();
  if (!chosen) throw new Refused(_("Choose a file."));
  if (chosen.size > Number(largest)) throw new Refused(_("The file has %(size)s bytes: expected at most %(largest)s. Use bcm-mqtt bill check.", { size: chosen.size, largest }));
  button.disabled = true;
  try {
    /** @type {Checked[]} */
    const checked = await post(`${root}api/v1/billing/check`, { content: await base64(chosen), bill: Number(bill.value) });
    shown.replaceChildren(...checked.map(notice));
  } finally {
    button.disabled = false;
  }
}, byId("check-error"));
