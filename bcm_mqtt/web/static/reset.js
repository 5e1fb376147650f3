// @ts-check
// A forgotten password: the link is requested, and used.

import { byId, fieldsOf, onSubmit, one } from "./elements.js";
import { post } from "./request.js";
import { _ } from "./texts.js";

const root = byId("main").dataset.root;
const session = `${root}api/v1/session`;
const forgotten = /** @type {HTMLFormElement | null} */ (document.getElementById("forgotten"));
const reset = /** @type {HTMLFormElement | null} */ (document.getElementById("reset"));

if (forgotten) {
  onSubmit(forgotten, async () => {
    one(forgotten, ".done").textContent = "";
    await post(`${session}/forgotten`, { name: fieldsOf(forgotten).name.value });
    one(forgotten, ".done").textContent = _("If the user has an address, a link is on its way there.");
  }, one(forgotten, ".error"));
}

if (reset) {
  // What follows the # is sent to no server and stands in no log.
  const token = location.hash.slice(1);
  onSubmit(reset, async () => {
    await post(`${session}/reset`, { token, password: fieldsOf(reset).password.value });
    one(reset, ".done").textContent = _("The password is changed.");
    setTimeout(() => location.replace(`${root}login`), 1500);
  }, one(reset, ".error"));
}
