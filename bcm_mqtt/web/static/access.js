// Users and tokens: added and removed. A token is shown once, so its page is not loaded anew.
import { post } from "./ask.js";

const main = document.getElementById("main");
const api = `${main.dataset.root}api/v1/`;

for (const form of main.querySelectorAll("form.add")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    const customers = given.customers.split(",").map((name) => name.trim()).filter(Boolean);
    const body = { name: given.name, role: given.role, customers };
    if ("password" in given) body.password = given.password;
    if (given.expires) body.expires = new Date(`${given.expires}T00:00`).toISOString();
    const error = form.querySelector(".error");
    error.textContent = "";
    try {
      const { token } = await post(`${api}${form.dataset.add}/add`, body);
      form.reset();
      if (token) showOnce(token);
      else location.reload();
    } catch (refused) {
      error.textContent = refused.message;
    }
  });
}

function showOnce(token) {
  const code = document.createElement("code");
  code.textContent = token;
  main.querySelector(".once").replaceChildren("Copy it now, it is not shown again: ", code);
}

main.addEventListener("click", async (event) => {
  const { remove, name } = event.target.closest("button[data-remove]")?.dataset ?? {};
  if (!remove || !confirm(`Remove ${name}?`)) return;
  try {
    await post(`${api}${remove}/remove`, { name });
    location.reload();
  } catch (refused) {
    alert(refused.message);
  }
});
