// @ts-check
// Fields of date and time by the clocks of the site. When clocks go back a time comes twice: then,
// and only then, a list beside the field asks which of the two is meant.

import { element } from "./elements.js";
import { _ } from "./texts.js";

/** @typedef {import("./chart/zone.js").Zone} Zone */

/** @type {((offset: string) => string)[]} */
const WHICH = [
  (offset) => _("the first (UTC%(offset)s)", { offset }),
  (offset) => _("the second (UTC%(offset)s)", { offset }),
];

export class TimeField {
  /**
   * @param {HTMLInputElement} input of type datetime-local
   * @param {Zone} zone
   */
  constructor(input, zone) {
    this.input = input;
    this.zone = zone;
    this.which = element("select", "", "which", { "aria-label": _("Which of the two: clocks go back over this time") });
    input.after(this.which);
    input.addEventListener("input", () => this.ask());
    // What a reset does to the fields it does after this event.
    input.form?.addEventListener("reset", () => queueMicrotask(() => this.ask()));
    this.ask();
  }

  /**
   * Asks which time is meant where there are two.
   * @param {number | null} [ms] that which is chosen at first
   */
  ask(ms = null) {
    const both = this.zone.instants(this.input.value);
    this.which.hidden = both.length < 2;
    this.which.replaceChildren(...both.map((at, place) => {
      const offset = this.zone.offset(at);
      return element("option", WHICH[place](offset), "", { value: offset });
    }));
    if (ms !== null && both.includes(ms)) this.which.value = this.zone.offset(ms);
  }

  /** As the server takes it: local, with its offset where that is needed; "" for none. */
  get text() {
    return this.input.value + (this.which.hidden ? "" : this.which.value);
  }

  /** The instant; NaN for none. */
  get ms() {
    return this.which.hidden ? this.zone.ofField(this.input.value) : Date.parse(this.text);
  }

  /**
   * Shows an instant; null for none.
   * @param {number | null} ms
   */
  set(ms) {
    this.input.value = ms === null ? "" : this.zone.field(ms);
    this.ask(ms);
  }
}
