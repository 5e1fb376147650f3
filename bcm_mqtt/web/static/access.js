// @ts-check
// Logging in and out, one's own password, and users and tokens: each where the page has it.

import { around, byId, dialogOf, element, every, fieldsOf, onSubmit, one } from "./elements.js";
import { post } from "./request.js";
import { _ } from "./texts.js";

const login = /** @type {HTMLFormElement | null} */ (document.getElementById("login"));
const password = /** @type {HTMLFormElement | null} */ (document.getElementById("password"));
const main = byId("main");
const api = `${login?.dataset.root ?? main.dataset.root}api/v1/`;
const session = `${api}session`;

if (login) {
  const fields = fieldsOf(login);
  const button = one(login, "button", HTMLButtonElement);
  onSubmit(login, async () => {
    button.disabled = true;
    await post(`${session}/begin`, { name: fields.name.value, password: fields.password.value });
    location.replace(`${login.dataset.root}${login.dataset.next}`);
  }, ({ message }) => {
    one(login, ".error").textContent = `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, "")}.`;
    button.disabled = false;
    fields.password.value = "";
    fields.password.focus();
  });
}

document.getElementById("logout")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  await post(`${session}/end`, {}).catch(() => {});
  location.replace(`${main.dataset.root}login`);
});

if (password) {
  onSubmit(password, async () => {
    const { old, new: fresh } = fieldsOf(password);
    await post(`${session}/password`, { old: old.value, new: fresh.value });
    password.reset();
    // The new session has another proof for changes, which a reloaded page has.
    one(password, ".done").textContent = _("The password is changed.");
    setTimeout(() => location.reload(), 1500);
  }, one(password, ".error"));
}

const language = /** @type {HTMLFormElement | null} */ (document.getElementById("language"));
if (language) {
  onSubmit(language, async () => {
    await post(`${session}/language`, { language: fieldsOf(language).language.value });
    location.reload();
  }, one(language, ".error"));
}

const email = /** @type {HTMLFormElement | null} */ (document.getElementById("email"));
if (email) {
  onSubmit(email, async () => {
    const { email: address, password: secret } = fieldsOf(email);
    await post(`${session}/email`, { email: address.value.trim(), password: secret.value });
    secret.value = "";
    one(email, ".done").textContent = _("The address is changed.");
  }, one(email, ".error"));
}

/** @param {string} text ids with commas between them */
const listed = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);

// A token is shown once, so its page is not reloaded.
for (const form of every(main, "form.add", HTMLFormElement)) {
  onSubmit(form, async () => {
    const { name, role, customers, sites, password: secret, expires } = fieldsOf(form);
    const { token } = await post(`${api}${form.dataset.add}/add`, {
      name: name.value,
      role: role.value,
      customers: listed(customers.value),
      sites: listed(sites?.value ?? ""),
      ...(secret && { password: secret.value }),
      ...(expires?.value && { expires: new Date(`${expires.value}T00:00`).toISOString() }),
    });
    form.reset();
    if (token) one(main, ".once").replaceChildren(_("Copy the token now; it is not shown again:"), " ", element("code", token));
    else location.reload();
  }, one(form, ".error"));
}

// Changing a user: the role where it is another, and the password where one is given.
const change = document.getElementById("change") && dialogOf("change");
let user = { name: "", role: "", customers: "", sites: "", email: "" };

if (change) {
  main.addEventListener("click", (event) => {
    const { change: name = "", role = "", customers = "", sites = "", email: address = "" } = around(event, "button[data-change]")?.dataset ?? {};
    if (!name) return;
    user = { name, role, customers, sites, email: address };
    const fields = fieldsOf(change.form);
    [fields.role.value, fields.customers.value, fields.password.value] = [role, customers, ""];
    fields.email.value = address;
    if (fields.sites) fields.sites.value = sites;
    one(change.form, ".error").textContent = "";
    byId("change-title").textContent = _("Change %(name)s", { name });
    change.dialog.showModal();
  });
  onSubmit(change.form, async () => {
    const { role, customers, sites, email: address, password: secret } = fieldsOf(change.form);
    const seen = sites?.value.trim() ?? user.sites;
    const limit = async () => seen !== user.sites && post(`${api}users/sites`, { name: user.name, sites: listed(seen) });
    if (!seen) await limit(); // before a role that has none
    if (role.value !== user.role || customers.value.trim() !== user.customers) {
      await post(`${api}users/role`, { name: user.name, role: role.value, customers: listed(customers.value) });
    }
    if (seen) await limit();
    if (address.value.trim() !== user.email) {
      await post(`${api}users/email`, { name: user.name, email: address.value.trim() });
    }
    if (secret.value) await post(`${api}users/password`, { name: user.name, password: secret.value });
    location.reload();
  }, one(change.form, ".error"));
}

main.addEventListener("click", async (event) => {
  const { remove, name } = around(event, "button[data-remove]")?.dataset ?? {};
  if (!remove || !confirm(_("Remove %(name)s?", { name }))) return;
  try {
    await post(`${api}${remove}/remove`, { name });
    location.reload();
  } catch (error) {
    alert(error.message);
  }
});
