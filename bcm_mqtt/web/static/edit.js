// Edit in place: what a change would do is asked of the server while one types.

import { alarmAct, post } from "./ask.js";

const dialog = document.getElementById("edit");
const form = dialog.querySelector("form");
const effects = document.getElementById("edit-effects");
const alarm = document.getElementById("edit-alarm");
const save = form.querySelector("[data-act=save]");
const fields = [...form.querySelectorAll("[data-field]")];

let root = "";
let panel = "";
let values = {};
let before = {};
let pole = 0;
let isNew = false;
let asked = 0;
let timer = 0;

function changes() {
  const change = { panel, pole };
  for (const { name, value, type, options } of fields) {
    const text = value.trim();
    if (text === before[name] && !(isNew && options)) continue;
    change[name] = type === "number" ? (text === "" ? null : Number(text)) : text;
  }
  if (Object.keys(change).length === 2) return null;
  if (form.elements.valid_from.value) change.valid_from = form.elements.valid_from.value;
  return { changes: [change] };
}

function showErrors(error) {
  let placed = false;
  for (const element of form.querySelectorAll("[data-error]")) {
    const name = element.dataset.error;
    const field = form.elements[name];
    const message = error ? (Object.entries(error.fields).find(([key]) => key.split(".").at(-1) === name)?.[1] ?? "") : "";
    element.textContent = message;
    field?.setAttribute("aria-invalid", String(Boolean(message)));
    placed ||= Boolean(message);
  }
  if (error && !placed) document.getElementById("edit-error").textContent = error.message;
}

function showEffects(sentences) {
  effects.replaceChildren(
    ...sentences.map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    }),
  );
}

async function preview() {
  const body = changes();
  const number = ++asked;
  save.disabled = true;
  if (!body) {
    showErrors(null);
    showEffects([]);
    return;
  }
  try {
    const draft = await post(`${root}api/v1/circuits/preview`, body);
    if (number !== asked) return;
    showErrors(null);
    showEffects(draft.effects);
    save.disabled = draft.differences.length === 0;
  } catch (error) {
    if (number !== asked) return;
    showEffects([]);
    showErrors(error);
  }
}

function showAlarm(state) {
  alarm.hidden = !state || state === "normal";
  alarm.querySelector("span").textContent = state ? `Alarm: ${state.replaceAll("_", " ")}` : "";
  const aside = ["shelved", "out_of_service"].includes(state);
  const [acknowledge, shelve, back] = alarm.querySelectorAll("button");
  acknowledge.hidden = !["unacknowledged", "returned_unacknowledged"].includes(state);
  shelve.hidden = aside;
  back.hidden = !aside;
}

export function openEdit(breaker) {
  const data = breaker.dataset;
  pole = Number(data.pole);
  isNew = !data.circuit;
  // Who may not edit looks at the circuit instead.
  if (document.body.classList.contains("looks-only")) {
    if (!isNew) location.href = `${panel}/circuits/${pole}`;
    return;
  }
  before = JSON.parse(data.fields);
  for (const field of fields) {
    field.value = before[field.name];
    if (field.options && !field.value) field.selectedIndex = 0;
  }
  form.elements.valid_from.value = "";
  document.getElementById("edit-title").textContent = isNew ? `New circuit at pole ${pole}` : `Circuit ${data.numbers}`;
  const amps = values[`p${pole}`];
  document.getElementById("edit-now").textContent = isNew
    ? "A space: saving makes a circuit of it."
    : `Now ${amps ?? "–"} A, ${values[`w${pole}`] ?? "–"} kW, ${values[`l${pole}`] ?? "–"} % of its rating.`;
  const past = document.getElementById("edit-history");
  past.hidden = isNew;
  past.href = `${panel}/circuits/${pole}`;
  showAlarm(isNew ? "normal" : data.alarm);
  showErrors(null);
  showEffects([]);
  save.disabled = true;
  dialog.showModal();
  form.elements.description.select();
}

export function setUpEdit(pageRoot, pagePanel, live) {
  [root, panel, values] = [pageRoot, pagePanel, live];
  form.addEventListener("input", () => {
    save.disabled = true;
    clearTimeout(timer);
    timer = setTimeout(preview, 250);
  });
  form.querySelector("[data-act=cancel]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = changes();
    if (!body || save.disabled) return;
    save.disabled = true;
    asked += 1;
    try {
      await post(`${root}api/v1/circuits`, body);
      dialog.close();
    } catch (error) {
      showErrors(error);
    }
  });
  alarm.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-alarm-act]");
    if (!button) return;
    try {
      await alarmAct(button, root, { panel, pole });
      dialog.close();
    } catch (error) {
      showErrors(error);
    }
  });
}
