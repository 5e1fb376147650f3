// @ts-check
// The panels of the new site: those that the scan found, as people named, changed or added them.

import { around, byId, every, one } from "../elements.js";
import { _ } from "../texts.js";

/** @typedef {{ gateway: string, profile: string, first_unit: number, units: number, poles: number, remarks: string[] }} FoundPanel */
/** @typedef {{ id: string, address: string }} Place */
/** @typedef {Record<string, unknown>} Breaker */
/** @typedef {{ name: string, gateway: string, profile: string, first_unit: number, service: string, poles: number, breakers: Breaker[] }} Panel */

/** What stands in a row. @param {Element} row @param {string} name */
const field = (row, name) => one(row, `[data-name=${name}]`, HTMLInputElement);

export class PanelRows {
  /** @param {() => void} changed */
  constructor(changed) {
    this.list = byId("rows");
    this.template = byId("row", HTMLTemplateElement);
    this.changed = changed;
    /** @type {Map<Element, Breaker[]>} */
    this.breakers = new Map();
    /** @type {Set<string>} */
    this.shown = new Set();
    this.list.addEventListener("click", (event) => {
      const row = around(event, "[data-act=remove]") && around(event, "li");
      if (!row) return;
      row.remove();
      this.breakers.delete(row);
      changed();
    });
    this.list.addEventListener("change", (event) => this.follow(event));
    this.list.addEventListener("input", () => changed());
  }

  get rows() {
    return every(this.list, "li");
  }

  /** A new scan: what was entered stays, by the address of its gateway. @param {Place[]} places */
  rescan(places) {
    const before = new Map((this.places ?? []).map(({ id, address }) => [id, address]));
    const after = new Map(places.map(({ id, address }) => [address, id]));
    this.places = places;
    this.shown.clear();
    for (const row of this.rows) {
      const address = before.get(field(row, "gateway").value) ?? row.dataset.gone ?? "";
      const id = after.get(address) ?? "";
      this.fillGateways(row, id);
      row.dataset.gone = id ? "" : address;
      one(row, ".note").textContent = id ? "" : _("%(address)s is not scanned any more: choose the gateway of this panel, or remove the panel.", { address });
    }
    this.changed();
  }

  /** Rows for what has been found since. @param {FoundPanel[]} found */
  show(found) {
    const address = new Map((this.places ?? []).map(({ id, address: of }) => [id, of]));
    for (const panel of found) {
      const key = `${address.get(panel.gateway)} ${panel.profile} ${panel.first_unit}`;
      if (this.shown.has(key)) continue;
      this.shown.add(key);
      const there = this.rows.find((each) => each.dataset.found === key
        || ["gateway", "profile", "first_unit"].every((name) => field(each, name).value === String(panel[/** @type {"gateway"} */ (name)])));
      const row = there ?? this.add(panel);
      row.dataset.found = key;
      this.showKind(row);
      const last = panel.first_unit + panel.units - 1;
      const units = last > panel.first_unit
        ? _("Unit ids %(first)s to %(last)s answer.", { first: panel.first_unit, last })
        : _("Unit id %(id)s answers.", { id: last });
      const said = panel.units ? [units] : []; // outlets of a PDU have no unit ids
      one(row, ".note").textContent = [...said, ...panel.remarks].join(" ");
    }
  }

  /** @param {{ gateway?: string, profile?: string, first_unit?: number, poles?: number }} panel */
  add({ gateway = "", profile = "", first_unit = 1, poles }) {
    const row = /** @type {HTMLElement} */ (one(/** @type {DocumentFragment} */ (this.template.content.cloneNode(true)), "li"));
    const above = this.rows.at(-1);
    field(row, "name").value = _("Panel %(number)s", { number: this.rows.length + 1 });
    if (profile) field(row, "profile").value = profile;
    if (above) field(row, "service").value = field(above, "service").value;
    field(row, "first_unit").value = String(first_unit);
    field(row, "poles").value = String(poles ?? this.polesOf(row));
    this.fillGateways(row, gateway);
    this.list.append(row);
    this.changed();
    return row;
  }

  /** A PDU has no unit ids. @param {Element} row */
  showKind(row) {
    const chosen = one(row, "[data-name=profile]", HTMLSelectElement).selectedOptions[0];
    const label = field(row, "first_unit").closest("label");
    if (label) label.style.visibility = chosen?.dataset.agent === undefined ? "" : "hidden";
  }

  /** Of the profile that is chosen. @param {Element} row */
  polesOf(row) {
    const select = one(row, "[data-name=profile]", HTMLSelectElement);
    return select.selectedOptions[0]?.dataset.poles ?? "";
  }

  /** @param {Place[]} places */
  setGateways(places) {
    this.places = places;
    for (const row of this.rows) this.fillGateways(row, field(row, "gateway").value);
  }

  /** @param {Element} row @param {string} chosen */
  fillGateways(row, chosen) {
    const options = (this.places ?? []).map(({ id, address }) => new Option(address, id, false, id === chosen));
    if (options.every(({ value }) => value !== chosen)) options.unshift(new Option(_("Choose"), "", true, true));
    one(row, "[data-name=gateway]", HTMLSelectElement).replaceChildren(...options);
  }

  /** A service is mostly that of all, and poles are those of the profile. @param {Event} event */
  follow(event) {
    const row = around(event, "li");
    const changed = /** @type {HTMLInputElement} */ (event.target);
    if (!row) return;
    if (changed.dataset.name === "profile") {
      field(row, "poles").value = this.polesOf(row);
      this.showKind(row);
    }
    if (changed.dataset.name === "gateway" && row.dataset.gone) row.dataset.gone = one(row, ".note").textContent = "";
    if (changed.dataset.name === "service") {
      row.dataset.touched = "service";
      for (const other of this.rows) if (!other.dataset.touched) field(other, "service").value = changed.value;
    }
    this.changed();
  }

  /** @returns {Panel[]} */
  panels() {
    return this.rows.map((row) => ({
      name: field(row, "name").value,
      gateway: field(row, "gateway").value,
      profile: field(row, "profile").value,
      first_unit: Number(field(row, "first_unit").value),
      service: field(row, "service").value,
      poles: Number(field(row, "poles").value),
      breakers: this.breakers.get(row) ?? [],
    }));
  }

  /** Unless it was removed meanwhile. @param {HTMLElement} row @param {Breaker[]} breakers */
  take(row, breakers) {
    if (this.rows.includes(row)) this.breakers.set(row, breakers);
  }
}
