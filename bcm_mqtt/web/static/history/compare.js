// Other circuits in the same chart: at most three, each by its highest pole or its power.

import { fetched } from "./fetched.js";

const MOST = 3;

export class Compared {
  constructor(draw) {
    this.draw = draw;
    this.items = [];
    this.query = "";
    this.list = document.getElementById("compared");
    this.select = document.getElementById("other");
    this.select?.addEventListener("change", () => this.add());
    document.getElementById("compare")?.addEventListener("submit", (event) => event.preventDefault());
  }

  async add() {
    const { value: way, selectedOptions: [option] } = this.select;
    this.select.value = "";
    if (!way || this.items.length >= MOST || this.items.some((one) => one.way === way)) return;
    const free = [0, 1, 2].find((slot) => this.items.every((one) => one.slot !== slot));
    this.items.push({ way, name: option.textContent, slot: free, answer: null });
    this.show();
    await this.load(this.query);
    this.draw();
  }

  async load(query) {
    this.query = query;
    const { root } = document.getElementById("main").dataset;
    await Promise.all(this.items.map(async (one) => {
      one.answer = await fetched(`${root}${one.way}${query}`).catch(() => null);
    }));
  }

  /** By the points of the chart; one whose points are of other times is not there. */
  series(starts, quantity) {
    return this.items.map(({ name, slot, answer }) => {
      const values = new Map();
      const mean = answer && (quantity === "amps" ? this.highest(answer) : answer.kw.mean);
      answer?.starts.forEach((at, index) => values.set(Date.parse(at), mean[index]));
      return { label: name, name: `other-${slot}`, mean: starts.map((at) => values.get(at) ?? null) };
    });
  }

  highest(answer) {
    return answer.starts.map((_, index) => {
      const amps = answer.amps.map(({ mean }) => mean[index]).filter((one) => one !== null);
      return amps.length ? Math.max(...amps) : null;
    });
  }

  show() {
    this.select.disabled = this.items.length >= MOST;
    this.list.replaceChildren(...this.items.map((one) => {
      const item = document.createElement("li");
      item.className = `key other-${one.slot}`;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = "×";
      button.setAttribute("aria-label", `Do not compare with ${one.name}`);
      button.addEventListener("click", () => {
        this.items = this.items.filter((other) => other !== one);
        this.show();
        this.draw();
        this.select.focus();
      });
      item.append(one.name, button);
      return item;
    }));
  }
}
