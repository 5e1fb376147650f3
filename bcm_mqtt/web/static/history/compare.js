// @ts-check
// Other circuits in the same chart: at most three, each by its highest pole or its power.

import { byId, element } from "../elements.js";
import { fetched } from "../request.js";
import { _ } from "../texts.js";

/** @typedef {import("./page.js").History} History */
/** @typedef {import("../chart/data.js").Values} Values */
/** @typedef {{ way: string, name: string, slot: number, answer: History | null }} Other */

const SLOTS = [0, 1, 2]; // each has a colour

/**
 * The highest pole at each point, or null where none is measured.
 * @param {History} answer
 * @returns {Values}
 */
export function highest({ starts, amps }) {
  return starts.map((_, index) => {
    const measured = amps.flatMap(({ mean }) => mean[index] ?? []);
    return measured.length ? Math.max(...measured) : null;
  });
}

/**
 * The values at other points' times; null where there is none of exactly that time.
 * @param {number[]} starts
 * @param {History} answer
 * @param {Values} values
 */
export function aligned(starts, answer, values) {
  const byTime = new Map(answer.starts.map((at, index) => [Date.parse(at), values[index]]));
  return starts.map((at) => byTime.get(at) ?? null);
}

export class Compared {
  /** @param {() => void} draw */
  constructor(draw) {
    this.draw = draw;
    /** @type {Other[]} */
    this.items = [];
    this.query = "";
    this.select = /** @type {HTMLSelectElement | null} */ (document.getElementById("other"));
    this.select?.addEventListener("change", () => {
      const { select } = this;
      if (!select) return;
      const way = select.value;
      select.value = "";
      this.add(way);
    });
    document.getElementById("compare")?.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Begins with what the address states. */
  begin() {
    if (!this.select) return; // the page of a customer compares nothing
    for (const way of new URLSearchParams(location.search).getAll("with")) this.take(way);
    this.show();
  }

  /** @param {string} way */
  async add(way) {
    if (!this.take(way)) return;
    this.show();
    this.state();
    await this.load(this.query);
    this.draw();
  }

  /**
   * One more circuit, if there is room, and if it is one of those to choose from.
   * @param {string} way
   */
  take(way) {
    const slot = SLOTS.find((one) => this.items.every((item) => item.slot !== one));
    const option = [...(this.select?.options ?? [])].find(({ value }) => value && value === way);
    if (!option || slot === undefined || this.items.some((one) => one.way === way)) return false;
    this.items.push({ way, name: option.textContent ?? "", slot, answer: null });
    return true;
  }

  /** States in the address what is compared, so that a link has it. */
  state() {
    const address = new URL(location.href);
    address.searchParams.delete("with");
    for (const { way } of this.items) address.searchParams.append("with", way);
    history.replaceState(null, "", address);
  }

  /** @param {string} query */
  async load(query) {
    this.query = query;
    const { root } = byId("main").dataset;
    await Promise.all(this.items.map(async (one) => {
      one.answer = await fetched(`${root}${one.way}${query}`).catch(() => null);
    }));
  }

  /**
   * By the points of the chart.
   * @param {number[]} starts
   * @param {string} quantity
   */
  series(starts, quantity) {
    return this.items.map(({ name, slot, answer }) => ({
      label: name,
      name: `other-${slot}`,
      mean: answer ? aligned(starts, answer, quantity === "amps" ? highest(answer) : answer.kw.mean) : starts.map(() => null),
    }));
  }

  show() {
    if (this.select) this.select.disabled = this.items.length >= SLOTS.length;
    byId("compared").replaceChildren(...this.items.map((one) => {
      const item = element("li", "", `key other-${one.slot}`);
      const button = element("button", "×", "quiet", { type: "button", "aria-label": _("Stop comparing with %(circuit)s", { circuit: one.name }) });
      button.addEventListener("click", () => {
        this.items = this.items.filter((other) => other !== one);
        this.show();
        this.state();
        this.draw();
        this.select?.focus();
      });
      item.append(one.name, button);
      return item;
    }));
  }
}
