// @ts-check
// A file of invoices is shown as what it would do, and then entered.

import { base64 } from "../base64.js";
import { byId, fieldsOf, fillList, onSubmit, rememberName } from "../elements.js";
import { post, Refused } from "../request.js";
import { _ } from "../texts.js";

/** @typedef {{ invoices: number, revised: boolean, sentences: string[] }} Proposed */

const { root = "" } = byId("main").dataset;
const choose = byId("choose", HTMLFormElement);
const enter = byId("enter", HTMLFormElement);
const why = byId("why");
let content = "";

rememberName(enter);

onSubmit(choose, async () => {
  const chosen = /** @type {HTMLInputElement} */ (fieldsOf(choose).file).files?.[0];
  enter.hidden = true;
  if (!chosen) throw new Refused(_("Choose a file."));
  const { largest = "0" } = byId("main").dataset;
  if (chosen.size > Number(largest)) throw new Refused(_("The file has %(size)s bytes: expected at most %(largest)s. Use bcm-mqtt invoice import.", { size: chosen.size, largest }));
  content = await base64(chosen);
  /** @type {Proposed} */
  const proposed = await post(`${root}api/v1/billing/invoices/preview`, { content });
  fillList(byId("proposed"), proposed.sentences);
  why.hidden = !proposed.revised;
  fieldsOf(enter).reason.required = proposed.revised;
  enter.hidden = !proposed.invoices;
  if (enter.hidden) throw new Refused(proposed.sentences.join(" "));
}, byId("choose-error"));

onSubmit(enter, async () => {
  const { by, reason } = fieldsOf(enter);
  await post(`${root}api/v1/billing/invoices`, { content, by: by.value, reason: reason.value });
  location.reload();
}, byId("enter-error"));
