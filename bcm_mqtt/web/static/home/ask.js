// @ts-check
// A question about the figure that the page explains, which its address names.

import { byId, fieldsOf, one, onSubmit } from "../elements.js";
import { post } from "../request.js";
import { _ } from "../texts.js";

const ask = byId("ask", HTMLFormElement);
const { root, month, customer } = ask.dataset;
const figure = Object.fromEntries(new URLSearchParams(location.search));
delete figure.customer;

onSubmit(ask, async () => {
  const button = one(ask, "button", HTMLButtonElement);
  one(ask, ".done").textContent = "";
  button.disabled = true;
  const line = figure.line ? { line: Number(figure.line) } : {};
  try {
    const { mailed } = await post(`${root}api/v1/home/question`, { ...figure, ...line, customer, month, text: fieldsOf(ask).text.value });
    ask.reset();
    one(ask, ".done").textContent = mailed ? _("Your question was sent to the operator.") : _("Your question is recorded: the operator sees it on the page of questions.");
  } finally {
    button.disabled = false;
  }
}, one(ask, ".error"));
