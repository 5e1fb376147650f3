// @ts-check
// A bill: its figures open their explanation in a drawer. Without this each is a page of its own.

import { around, byId } from "../elements.js";
import { fragment } from "../request.js";
import { _ } from "../texts.js";

const drawer = byId("drawer", HTMLDialogElement);
const body = byId("drawer-body");
const back = byId("drawer-back", HTMLButtonElement);
/** @type {string[]} addresses of the explanations, the one shown last */
let path = [];

async function show() {
  const url = new URL(path[path.length - 1], location.href);
  try {
    body.innerHTML = await fragment(`explanation${url.search}`);
  } catch (error) {
    body.textContent = error.message || _("This figure cannot be explained now. Try again later.");
  }
  back.disabled = path.length < 2;
  drawer.scrollTop = 0;
  byId("drawer-title").focus();
}

document.addEventListener("click", (event) => {
  const link = around(event, "a.why");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  path.push(link.getAttribute("href") ?? "");
  if (!drawer.open) {
    path = path.slice(-1);
    body.replaceChildren();
    drawer.showModal();
  }
  show();
});

back.addEventListener("click", () => {
  path.pop();
  show();
});
byId("drawer-close").addEventListener("click", () => drawer.close());
drawer.addEventListener("click", (event) => {
  if (event.target === drawer) drawer.close(); // outside of what it shows
});
