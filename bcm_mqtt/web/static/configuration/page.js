// @ts-check
// Changes of the configuration: fields or YAML, and the lines of the files that change meanwhile.

import { around, byId, dialogOf, element, every, fieldsOf, one, onSubmit, showErrors } from "../elements.js";
import { post } from "../request.js";
import { _ } from "../texts.js";
import { rowsField } from "./rows.js";

const REST_MS = 300; // after typing, until the server is asked
const DONE = "bcm-configuration-done";

/** @typedef {import("../request.js").Refused} Refused */
/** @typedef {{ file: string, number: number, sign: "-" | "+", text: string }} Line */
/** @typedef {{ id: string, values: Record<string, string>, fixed: string[], text: string, isNew: boolean }} Entry */

const main = byId("main");
const api = `${main.dataset.root}api/v1/configuration`;

/**
 * Lines that go and come, and which issued bills they touch.
 * @param {HTMLFormElement} form
 * @param {Line[]} lines
 * @param {string} touched
 */
function showLines(form, lines, touched = "") {
  const diff = one(form, ".diff");
  diff.replaceChildren(...lines.map(({ file, number, sign, text }) => {
    const line = element("p", "", sign === "-" ? "goes" : "comes");
    line.append(element("span", `${file}:${number}`), element("span", sign), element("span", text));
    return line;
  }));
  diff.hidden = lines.length === 0;
  one(form, ".none").hidden = lines.length > 0;
  const bills = one(form, ".touched");
  bills.textContent = touched;
  bills.hidden = touched === "";
}

/**
 * A form whose lines are shown while it changes, and written when it is sent.
 * @param {HTMLFormElement} form
 * @param {string} url of the preview
 * @param {string} written where it is sent to
 * @param {() => object} body
 */
function previewing(form, url, written, body) {
  const save = one(form, "[data-act=save]", HTMLButtonElement);
  const refuse = (/** @type {Refused | null} */ error) => showErrors(form, one(form, "[data-rest]"), error);
  let asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function preview() {
    const number = ++asked;
    save.disabled = true;
    try {
      const { lines, touched } = await post(url, body());
      if (number !== asked) return;
      refuse(null);
      showLines(form, lines, touched);
      save.disabled = lines.length === 0;
    } catch (error) {
      if (number !== asked) return;
      showLines(form, []);
      refuse(error);
    }
  }

  form.addEventListener("input", () => {
    asked += 1;
    save.disabled = true;
    clearTimeout(timer);
    timer = setTimeout(preview, REST_MS);
  });
  onSubmit(form, async () => {
    if (save.disabled) return;
    save.disabled = true;
    const { effects } = await post(written, body());
    sessionStorage.setItem(DONE, effects.join(" ")); // shown once the page is loaded again
    location.reload();
  }, refuse);
  return { save, preview, forget: () => {
    clearTimeout(timer);
    asked += 1;
    save.disabled = true;
    showLines(form, []);
    refuse(null);
  } };
}

/** @param {HTMLElement} section */
function setUp(section) {
  const id = section.dataset.section ?? "";
  const { dialog, form } = dialogOf(`change-${id}`);
  const fields = fieldsOf(form);
  const inputs = /** @type {HTMLInputElement[]} */ (every(form, "[data-field]"));
  const rows = every(form, "[data-rows]").map(rowsField);
  const remove = /** @type {HTMLButtonElement | null} */ (form.querySelector("[data-act=remove]"));
  const title = one(form, "h2");
  const heading = title.textContent ?? "";
  /** @type {Entry} */
  let entry = { id: "", values: {}, fixed: [], text: "", isNew: false };
  let removes = false;

  const asText = () => !inputs.length || Boolean(fields.as_text?.checked);
  const change = previewing(form, `${api}/${id}/preview`, `${api}/${id}/change`, () => ({
    entry: entry.isNew ? fields.id.value.trim() : entry.id,
    versions: JSON.parse(section.dataset.versions ?? "{}"),
    is_new: entry.isNew,
    removes,
    ...(!removes && (asText() ? { text: fields.text.value } : { fields: given() })),
  }));

  /** Fields that people may change here. */
  function given() {
    const free = inputs.filter(({ name }) => !entry.fixed.includes(name));
    return Object.fromEntries(free.map(({ name, value }) => [name, value]));
  }

  /** @param {boolean} text */
  function show(text) {
    one(form, ".yaml").hidden = !text;
    if (inputs.length) one(form, ".fields").hidden = text;
    for (const note of every(form, ".fixed")) note.hidden = text || !entry.fixed.length;
  }

  /** A select may lack what the file has. @param {HTMLInputElement | HTMLSelectElement} input @param {string} value */
  function fill(input, value) {
    if (input instanceof HTMLSelectElement && ![...input.options].some((option) => option.value === value)) {
      input.add(new Option(value));
    }
    input.value = value;
  }

  /** @param {Entry} opened */
  function open(opened) {
    entry = opened;
    removes = false;
    form.reset();
    for (const input of inputs) {
      fill(input, entry.values[input.name] ?? "");
      input.disabled = entry.fixed.includes(input.name);
    }
    for (const { name, draw } of rows) draw(entry.fixed.includes(name));
    fields.text.value = entry.text || (fields.text.dataset.sample ?? "");
    if (fields.id) {
      fields.id.value = entry.id;
      one(form, ".id").hidden = !entry.isNew;
    }
    if (remove) remove.hidden = entry.isNew;
    title.textContent = entry.id ? `${heading}: ${entry.id}` : heading;
    change.save.textContent = _("Save");
    change.forget();
    show(asText());
    dialog.showModal();
  }

  section.addEventListener("click", (event) => {
    const button = around(event, "[data-open]");
    if (!button) return;
    const row = around(event, "li");
    const { entry: key = "", values = "{}", fixed = "", text = "" } = row?.dataset ?? {};
    const isNew = button.dataset.new !== undefined;
    open({ id: key, values: JSON.parse(values), fixed: fixed.split(" ").filter(Boolean), text, isNew });
  });
  fields.as_text?.addEventListener("change", () => {
    show(asText());
    if (asText()) fields.text.focus();
  });
  form.addEventListener("input", () => {
    removes = false;
    change.save.textContent = _("Save");
  }, true);
  remove?.addEventListener("click", () => {
    removes = true;
    change.save.textContent = _("Remove");
    change.preview();
  });
}

for (const section of every(main, "[data-section]")) setUp(section);

if (document.getElementById("undo")) {
  const { dialog, form } = dialogOf("undo");
  let id = "";
  const undo = previewing(form, `${api}/changes/preview`, `${api}/changes/undo`, () => ({ id }));
  main.addEventListener("click", (event) => {
    const row = around(event, "[data-undo]") && around(event, "li");
    if (!row) return;
    id = row.dataset.past ?? "";
    byId("undo-title").textContent = _("Undo: %(what)s", { what: one(row, "b").textContent });
    undo.forget();
    undo.preview();
    dialog.showModal();
  });
}

byId("done").textContent = sessionStorage.getItem(DONE) ?? "";
sessionStorage.removeItem(DONE);
