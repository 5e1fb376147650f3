// @ts-check
// The card's visual editor.

import { element, fire } from "./dom.js";
import { panelsOf } from "./site.js";
import { EDITOR_STYLE } from "./style.js";

/** @typedef {import("./card.js").Config} Config */
/** @typedef {import("./site.js").Hass} Hass */

export class PanelCardEditor extends HTMLElement {
  /** @type {Hass | undefined} */ #hass;
  /** @type {Config} */ #config = { type: "" };
  #panel = element("select", { id: "panel" });
  #title = element("input", { id: "title", type: "text" });
  #main = element("input", { id: "main", type: "checkbox" });
  #options = "";

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const label = (/** @type {HTMLElement} */ field, /** @type {string} */ text) =>
      element("label", { for: field.id }, element("span", {}, text), field);
    root.append(element("style", {}, EDITOR_STYLE),
      label(this.#panel, "Panel"), label(this.#title, "Title (optional)"), label(this.#main, "Show the main"));
    root.addEventListener("change", () => this.#take());
    this.#title.addEventListener("input", () => this.#take());
  }

  /** @param {Config} config */
  setConfig(config) {
    this.#config = config;
    this.#show();
  }

  /** @param {Hass} hass */
  set hass(hass) {
    this.#hass = hass;
    this.#show();
  }

  #show() {
    if (!this.#hass) return;
    const panels = panelsOf(this.#hass);
    const { panel = panels[0]?.id ?? "", title = "", main = true } = this.#config;
    const known = panels.some(({ id }) => id === panel);
    const choices = [...(known ? [] : [{ id: panel, name: panel ? `${panel} (not there)` : "no panel has been discovered" }]), ...panels];
    const options = JSON.stringify(choices);
    if (options !== this.#options) {
      this.#options = options;
      this.#panel.replaceChildren(...choices.map(({ id, name }) => element("option", { value: id }, name)));
    }
    this.#panel.value = panel;
    if (this.#title.value !== title) this.#title.value = title;
    this.#title.placeholder = panels.find(({ id }) => id === panel)?.name ?? "";
    this.#main.checked = main;
  }

  #take() {
    const { title: _title, main: _main, ...config } = this.#config;
    this.#config = {
      ...config,
      panel: this.#panel.value,
      ...(this.#title.value && { title: this.#title.value }),
      ...(!this.#main.checked && { main: false }),
    };
    fire(this, "config-changed", { config: this.#config });
  }
}
