// @ts-check
// The tenant's home: names of circuits, and the budget.

import { around, byId, dialogOf, fieldsOf, one, onSubmit, showErrors } from "../elements.js";
import { post } from "../request.js";
import { _ } from "../texts.js";

const main = byId("main");
const { root, customer } = main.dataset;
const api = `${root}api/v1/home`;
const budget = /** @type {HTMLFormElement | null} */ (document.getElementById("budget"));

if (budget) {
  onSubmit(budget, async () => {
    const { kwh, money, breakers } = fieldsOf(budget);
    showErrors(budget, one(budget, "p.error"), null);
    one(budget, ".done").textContent = "";
    await post(`${api}/budget`, { customer, kwh: kwh.value, money: money.value, breakers: breakers.checked });
    one(budget, ".done").textContent = _("Saved.");
    setTimeout(() => location.reload(), 1000);
  }, (error) => showErrors(budget, one(budget, "p.error"), error));
}

const rename = document.getElementById("rename") && dialogOf("rename");
if (rename) {
  let circuit = { panel: "", pole: "" };
  main.addEventListener("click", (event) => {
    const { panel = "", pole = "", name = "" } = around(event, "button[data-pole]")?.dataset ?? {};
    if (!panel) return;
    circuit = { panel, pole };
    fieldsOf(rename.form).name.value = name;
    one(rename.form, ".error").textContent = "";
    rename.dialog.showModal();
  });
  onSubmit(rename.form, async () => {
    await post(`${api}/name`, { customer, ...circuit, name: fieldsOf(rename.form).name.value });
    location.reload();
  }, one(rename.form, ".error"));
}
