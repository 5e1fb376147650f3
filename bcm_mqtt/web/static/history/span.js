// @ts-check
// The time that is shown: chosen by buttons, by fields, or by zooming; the address states it.

import { byId, every, fieldsOf } from "../elements.js";
import { DAY } from "../chart/zone.js";
import { TimeField } from "../local_time.js";
import { _ } from "../texts.js";

/** @typedef {import("../chart/zone.js").Zone} Zone */

/** @type {Record<string, number>} days */
const LENGTHS = { day: 1, week: 7, month: 31, year: 365 };
const REST_MS = 200; // after zooming, until the data is loaded

/**
 * The last day, week, month or year before an instant: whole days by the site's clocks, but for the
 * last 24 hours, which end then.
 * @param {string} length
 * @param {number} end
 * @param {Zone} zone
 * @returns {[from: number, to: number]}
 */
export function lastOf(length, end, zone) {
  if (length === "day") return [end - DAY, end];
  const to = zone.midnight(end, 1);
  return [zone.midnight(to, -LENGTHS[length]), to];
}

/**
 * The span before or after another: of the same number of days, or of the same time.
 * @param {{ from: number, to: number, length: string | null }} span
 * @param {number} by 1 or -1
 * @param {Zone} zone
 * @returns {[from: number, to: number]}
 */
export function shifted({ from, to, length }, by, zone) {
  if (!length || length === "day") return [from + by * (to - from), to + by * (to - from)];
  const days = by * LENGTHS[length];
  return [zone.midnight(from, days), zone.midnight(to, days)];
}

export class Span {
  /**
   * @param {Zone} zone
   * @param {string} quantity `amps` or `kw`
   * @param {(span: Span) => void} load for another time
   * @param {() => void} draw for another quantity
   */
  constructor(zone, quantity, load, draw) {
    this.zone = zone;
    this.quantity = quantity;
    this.load = load;
    this.form = byId("span", HTMLFormElement);
    this.fields = fieldsOf(this.form);
    /** @type {Record<string, TimeField>} */
    this.times = Object.fromEntries(["from", "to"].map((name) => [name, new TimeField(this.fields[name], zone)]));
    this.from = this.to = 0;
    /** @type {string | null} */
    this.length = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.buttons = every(document, "[data-length]");
    this.quantities = every(document, "[data-quantity]");
    for (const button of this.buttons) button.addEventListener("click", () => this.choose(String(button.dataset.length)));
    for (const button of every(document, "[data-shift]")) {
      button.addEventListener("click", () => this.shift(Number(button.dataset.shift)));
    }
    for (const button of this.quantities) {
      button.addEventListener("click", () => {
        this.quantity = String(button.dataset.quantity);
        this.show();
        draw();
      });
    }
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [from, to] = [this.times.from.ms, this.times.to.ms];
      this.fields.to.setCustomValidity(to > from ? "" : _("The end must be after the beginning."));
      if (this.fields.to.reportValidity()) this.set(from, to, null);
    });
    this.fields.to.addEventListener("input", () => this.fields.to.setCustomValidity(""));
  }

  /** Begins with what the address states. */
  begin() {
    const { zone } = this;
    const stated = new URLSearchParams(location.search);
    const [from, to] = ["from", "to"].map((name) => zone.stated(stated.get(name) ?? ""));
    const length = stated.get("show") ?? "";
    this.quantity = this.quantities.find(({ dataset }) => dataset.quantity === stated.get("of"))?.dataset.quantity ?? this.quantity;
    if (to > from) this.set(from, to, null);
    else this.choose(length in LENGTHS ? length : "day");
  }

  /** @param {string} length */
  choose(length) {
    this.set(...lastOf(length, Date.now(), this.zone), length);
  }

  /** @param {number} by 0: back to now */
  shift(by) {
    if (by) this.set(...shifted(this, by, this.zone), this.length);
    else this.choose(this.length ?? "day");
  }

  /**
   * Zoomed: the data for it is loaded once the hand rests.
   * @param {number} from
   * @param {number} to
   */
  take(from, to) {
    this.set(from, to, null, REST_MS);
  }

  /** Goes on with the present, where the present is shown. */
  follow() {
    // What is being typed is not overwritten.
    if (this.to < Date.now() - 2 * 60_000 || this.form.contains(document.activeElement)) return;
    if (this.length === "day") this.choose("day");
    else if (this.from < Date.now()) this.load(this);
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {string | null} length
   * @param {number} [wait] ms
   */
  set(from, to, length, wait = 0) {
    Object.assign(this, { from: Math.round(from), to: Math.round(to), length });
    this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(this), wait);
  }

  show() {
    const { from, to, length, quantity } = this;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.length === length));
    for (const button of this.quantities) button.setAttribute("aria-pressed", String(button.dataset.quantity === quantity));
    const address = new URL(location.href);
    for (const name of ["show", "from", "to", "of"]) address.searchParams.delete(name);
    const now = length && to > Date.now() - 60_000;
    if (now) address.searchParams.set("show", length);
    for (const [name, ms] of Object.entries({ from, to })) {
      this.times[name].set(ms);
      if (!now) address.searchParams.set(name, new Date(ms).toISOString());
    }
    if (this.quantities.length) address.searchParams.set("of", quantity);
    history.replaceState(null, "", address);
  }
}
