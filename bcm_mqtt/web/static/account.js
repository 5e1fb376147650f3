// One's own account: another password, and the end of the session.
import { post } from "./ask.js";

const main = document.getElementById("main");
const session = `${main.dataset.root}api/v1/session`;

document.getElementById("logout")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  await post(`${session}/end`, {}).catch(() => {});
  location.replace(`${main.dataset.root}login`);
});

const form = document.getElementById("password");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const error = form.querySelector(".error");
  error.textContent = "";
  try {
    const { old, new: wanted } = form.elements;
    await post(`${session}/password`, { old: old.value, new: wanted.value });
    form.reset();
    // The new session has another proof for changes, which a page loaded anew has.
    form.querySelector(".done").textContent = "The password is changed.";
    setTimeout(() => location.reload(), 1500);
  } catch (refused) {
    error.textContent = refused.message;
  }
});
