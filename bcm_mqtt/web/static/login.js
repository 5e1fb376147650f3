// Logs in, and goes on to the page that was asked for.
import { post } from "./ask.js";

const form = document.getElementById("login");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const error = form.querySelector(".error");
  const button = form.querySelector("button");
  error.textContent = "";
  button.disabled = true;
  try {
    const { name, password } = form.elements;
    await post(`${form.dataset.root}api/v1/session/begin`, { name: name.value, password: password.value });
    location.replace(form.dataset.root + form.dataset.next);
  } catch (refused) {
    error.textContent = `${refused.message.charAt(0).toUpperCase()}${refused.message.slice(1)}.`;
    form.elements.password.value = "";
    form.elements.password.focus();
  } finally {
    button.disabled = false;
  }
});
