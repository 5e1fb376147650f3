// @ts-check
// The card: finds its panel, draws the board, and follows what Home Assistant says.

import { boardOf } from "./board.js";
import { element, fire } from "./dom.js";
import { setUpKeys } from "./keys.js";
import { circuitsOf, entitiesOf, entityIdsOf, panelsOf } from "./site.js";
import { STYLE } from "./style.js";

/** @typedef {import("./site.js").Hass} Hass */
/** @typedef {{ type: string, panel?: string, title?: string, main?: boolean }} Config */

export const TAG = "bcm-mqtt-panel";
const NOTHING_FOUND =
  "No panel has been discovered. Is the bridge running, connected to the broker that Home Assistant uses, and mqtt.discovery on?";
const AWAY = "No figures: the bridge or the meters of this panel do not answer.";
const ROW_PX = 34;
const CARD_ROW_PX = 50;

export class PanelCard extends HTMLElement {
  /** @type {Hass | undefined} */ #hass;
  /** @type {Config} */ #config = { type: `custom:${TAG}` };
  /** @type {import("./board.js").Board | null} */ #board = null;
  /** @type {unknown[]} */ #registries = [];
  #drawn = ""; // for what
  #disabled = 0; // circuits without an entity of their current
  #search = 0; // number of the last one: what an earlier one finds comes too late
  #root = this.attachShadow({ mode: "open" });
  #place = element("div");
  #notice = element("p", { class: "notice", role: "status", hidden: true });
  #region = element("section", {}, this.#place, this.#notice);

  constructor() {
    super();
    const card = document.createElement("ha-card");
    card.append(this.#region);
    this.#root.append(element("style", {}, STYLE), card);
    this.#place.addEventListener("click", ({ target }) => {
      const { opens } = /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest("[data-opens]"))?.dataset ?? {};
      if (opens) fire(this, "hass-more-info", { entityId: opens });
    });
  }

  /** @param {Config} config */
  setConfig(config) {
    if (config.panel !== undefined && typeof config.panel !== "string") {
      throw new Error("panel: expected the id of a panel, such as dc1_rpp-1a");
    }
    this.#config = config;
    this.#registries = [];
    if (this.#hass) this.hass = this.#hass;
  }

  /** @param {Hass} hass */
  set hass(hass) {
    this.#hass = hass;
    if (hass.devices !== this.#registries[0] || hass.entities !== this.#registries[1]) {
      this.#registries = [hass.devices, hass.entities];
      this.#find(hass);
    }
    this.#show(hass);
  }

  /** @param {Hass} hass */
  #find(hass) {
    const number = ++this.#search;
    const panels = panelsOf(hass);
    // A card of a site with one panel needs no configuration.
    const panel = panels.find(({ id }) => id === (this.#config.panel ?? panels[0].id));
    if (!panel) {
      const missing = `Panel ${this.#config.panel} is not there. Choose another one in the editor of this card.`;
      this.#clear(panels.length ? missing : NOTHING_FOUND);
      return;
    }
    const circuits = circuitsOf(hass, panel);
    const ids = entitiesOf(hass, [panel, ...circuits].map(({ device }) => device)).map(({ entity_id: id }) => id);
    const drawn = JSON.stringify([panel, circuits, ids, this.#config, hass.language]);
    if (drawn === this.#drawn) return;
    entityIdsOf(hass, [panel, ...circuits]).then((found) => {
      if (number !== this.#search) return;
      const { main = true, title } = this.#config;
      const board = boardOf(panel, circuits, found, { main, language: hass.language });
      const focused = /** @type {HTMLElement | null} */ (this.#root.activeElement)?.dataset.pole;
      this.#drawn = drawn;
      this.#board = board;
      this.#region.ariaLabel = title ?? panel.name;
      this.#place.replaceChildren(element("h2", {}, title ?? panel.name), board.root);
      this.#disabled = circuits.filter(({ device }) => !found.get(device)?.current).length;
      setUpKeys(board.root, focused);
      this.#show(this.#hass ?? hass);
    }, (error) => {
      if (number === this.#search) this.#clear(`Home Assistant did not say which entities there are: ${error.message}`);
    });
  }

  /** @param {string} notice */
  #clear(notice) {
    this.#board = null;
    this.#drawn = "";
    this.#region.ariaLabel = "Breaker panel";
    this.#place.replaceChildren();
    this.#say(notice);
  }

  /** @param {string} notice */
  #say(notice) {
    this.#notice.hidden = !notice;
    if (this.#notice.textContent !== notice) this.#notice.textContent = notice;
  }

  /** @param {Hass} hass */
  #show(hass) {
    if (!this.#board) return;
    this.#board.show(hass);
    const circuits = this.#disabled === 1 ? "1 circuit" : `${this.#disabled} circuits`;
    const disabled = `The current of ${circuits} is disabled. Enable it under Settings > Devices & services > MQTT > Entities.`;
    this.#say(this.#board.root.dataset.state === "away" ? AWAY : this.#disabled ? disabled : "");
  }

  /** In rows of 50 px, for views that arrange cards by their height. */
  getCardSize() {
    const panel = this.#hass && panelsOf(this.#hass).find(({ id }) => id === this.#config.panel);
    return Math.ceil((((panel?.poles ?? 42) / 2 + 4) * ROW_PX) / CARD_ROW_PX);
  }

  getGridOptions() {
    return { columns: "full", rows: "auto", min_columns: 6 };
  }

  static getConfigElement() {
    return document.createElement(`${TAG}-editor`);
  }

  /** @param {Hass} hass */
  static getStubConfig(hass) {
    return { panel: panelsOf(hass)[0]?.id };
  }
}
