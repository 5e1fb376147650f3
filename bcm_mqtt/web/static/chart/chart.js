// @ts-check
// A chart of points over time, drawn as SVG. A point is a step as long as its time, because it is
// a mean of that time; where there is none, there is a gap.

import { amount } from "../format.js";
import { indexAt, linear, timeTicks, valueTicks } from "./axis.js";
import { bandPath, greatestOf, leastOf, linePath } from "./data.js";
import { Choosing, Zooming } from "./gestures.js";

/** @typedef {import("./zone.js").Zone} Zone */
/** @typedef {import("./gestures.js").Span} Span */
/** @typedef {import("./data.js").Data} Data */
/**
 * @typedef {object} Options
 * @property {boolean} [bars] instead of lines
 * @property {(from: number, to: number) => void} [looked] the reader has zoomed or moved
 * @property {(index: number | null) => void} [pointed] the reader points at a point
 * @property {(span: Span) => void} [chose] the reader has chosen a span of points
 * @property {() => void} [act] Enter, on a span
 */

const SVG = "http://www.w3.org/2000/svg";
const DENSE = 0.7; // points by pixel
const HALF_LETTER = 3.2;
const SPACE = { left: 50, right: 12, top: 24, bottom: 26 };
const WHOLE = 0.995; // part of a bar's time that counts as all of it

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {Element} parent
 * @param {string} [text]
 */
function draw(name, attributes, parent, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

export class Chart {
  /**
   * @param {HTMLElement} host element that becomes the chart
   * @param {Zone} zone of its times
   * @param {Options} [options]
   */
  constructor(host, zone, options = {}) {
    this.host = host;
    this.zone = zone;
    this.options = options;
    /** @type {Data} */
    this.data = { from: 0, to: 1, starts: [], ends: [], series: [], unit: "" };
    /** @type {Span} what is shown */
    this.span = [0, 1];
    /** @type {number | null} the point that the reader points at */
    this.at = null;
    /** @type {Span | null} */
    this.chosen = null;
    this.plot = { left: 0, top: 0, width: 1, height: 1 };
    this.x = this.time = this.y = linear(0, 1, 0, 1);
    this.svg = draw("svg", { "aria-hidden": "true" }, host);
    this.cursor = draw("g", {}, this.svg);
    this.note = document.createElement("p");
    this.note.className = "chart-note";
    this.note.hidden = true;
    host.append(this.note);
    this.shown = false;
    new ResizeObserver(() => this.shown && this.draw()).observe(host);
    if (options.looked) new Zooming(this, host);
    if (options.chose) new Choosing(this, host, options.chose, options.act ?? (() => {}));
  }

  /**
   * Shows other data: the time shown becomes the data's.
   * @param {Data} data
   */
  show(data) {
    this.data = data;
    this.span = [data.from, data.to];
    this.at = null;
    this.shown = true;
    this.draw();
  }

  /**
   * Looks at another time with the data there is, until there is better.
   * @param {number} from
   * @param {number} to
   */
  look(from, to) {
    this.span = [from, to];
    this.draw();
    this.options.looked?.(from, to);
  }

  /**
   * Points at a point, or at none.
   * @param {number | null} index
   */
  point(index) {
    this.at = index;
    this.drawCursor();
    this.options.pointed?.(index);
  }

  /**
   * Shows a span as chosen, or none.
   * @param {Span | null} span
   */
  choose(span) {
    this.chosen = span;
    this.drawCursor();
  }

  /** @param {MouseEvent} event */
  xOf(event) {
    const box = this.host.getBoundingClientRect();
    // On a large screen the page is zoomed: the box and the pointer are in pixels of the window, the chart is not.
    return ((event.clientX - box.left) * this.host.offsetWidth) / box.width;
  }

  /** @param {MouseEvent} event */
  timeOf(event) {
    return this.time(this.xOf(event));
  }

  /** @param {number} ms */
  indexAt(ms) {
    return indexAt(this.data.starts, this.data.ends, ms);
  }

  /** The points in the time shown. */
  visible() {
    const { starts, ends } = this.data;
    const [from, to] = this.span;
    return [...starts.keys()].filter((at) => ends[at] > from && starts[at] < to);
  }

  draw() {
    const size = { width: Math.max(220, this.host.offsetWidth), height: Math.max(140, this.host.offsetHeight) };
    const { left, top, width, height } = this.plot = {
      left: SPACE.left, top: SPACE.top, width: size.width - SPACE.left - SPACE.right, height: size.height - SPACE.top - SPACE.bottom,
    };
    this.x = linear(...this.span, left, left + width);
    this.time = linear(left, left + width, ...this.span);
    this.svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    this.svg.replaceChildren();
    const clip = draw("clipPath", { id: `clip-${this.host.id}` }, this.svg);
    draw("rect", { x: left, y: 0, width, height: size.height }, clip);
    const visible = this.visible();
    const { ticks, digits } = valueTicks(greatestOf(this.data, visible), Math.max(2, Math.round(height / 55)), leastOf(this.data, visible));
    const most = Number(ticks.at(-1));
    this.y = linear(ticks[0], most, top + height, top);
    this.drawGrid(ticks);
    this.drawTexts(ticks, digits, size.width);
    const dense = visible.length > width * DENSE;
    const points = draw("g", { "clip-path": `url(#clip-${this.host.id})`, class: dense ? "dense" : "" }, this.svg);
    this.drawPeriods(points);
    if (this.options.bars) this.drawBars(points, visible);
    else this.drawLines(points, visible);
    this.drawLimits(points, most);
    this.drawMarks(points);
    this.cursor = draw("g", {}, this.svg);
    this.drawCursor();
    this.note.textContent = this.data.note ?? "";
    this.note.hidden = !this.data.note;
  }

  /** @param {number[]} ticks */
  drawGrid(ticks) {
    const { left, top, width, height } = this.plot;
    const below = ticks[0] < 0;
    if (below) draw("rect", { class: "below-zero", x: left, width, y: this.y(0), height: top + height - this.y(0) }, this.svg);
    for (const tick of ticks) draw("line", { class: below && tick === 0 ? "grid major" : "grid", x1: left, x2: left + width, y1: this.y(tick), y2: this.y(tick) }, this.svg);
  }

  /**
   * @param {number[]} ticks
   * @param {number} digits
   * @param {number} right edge
   */
  drawTexts(ticks, digits, right) {
    const { left, top, width, height } = this.plot;
    for (const tick of ticks) draw("text", { class: "tick value", x: left - 7, y: this.y(tick) + 4 }, this.svg, amount(tick, digits));
    draw("text", { class: "unit", x: 2, y: 11 }, this.svg, this.data.unit);
    for (const { at, text, major } of timeTicks(...this.span, Math.max(2, Math.round(width / 95)), this.zone)) {
      const x = this.x(at);
      draw("line", { class: major ? "grid major" : "grid time", x1: x, x2: x, y1: top, y2: top + height }, this.svg);
      draw("text", { class: "tick", x: Math.min(x, right - text.length * HALF_LETTER), y: top + height + 18 }, this.svg, text);
    }
  }

  /** @param {Element} parent */
  drawPeriods(parent) {
    const { top, height } = this.plot;
    const across = (/** @type {Span} */ ...[from, to]) => ({ x: this.x(from), width: Math.max(this.x(to) - this.x(from), 1) });
    for (const { from, to, name } of this.data.periods ?? []) draw("rect", { class: name, ...across(from, to), y: top, height }, parent);
    for (const { from, to } of this.data.findings ?? []) draw("rect", { class: "finding", ...across(from, to), y: top + height, height: 4.5 }, parent);
  }

  /**
   * @param {Element} parent
   * @param {number[]} visible
   */
  drawLines(parent, visible) {
    // Bands of several poles lie upon one another.
    parent.classList.toggle("several", this.data.series.length > 1);
    const { data, x, y } = this;
    for (const { name, min, max } of data.series) {
      if (min && max) draw("path", { class: `band ${name}`, d: bandPath(data, visible, min, max, x, y) }, parent);
    }
    for (const { name, mean } of data.series) draw("path", { class: `line ${name}`, d: linePath(data, visible, mean, x, y) }, parent);
  }

  /**
   * @param {Element} parent
   * @param {number[]} visible
   */
  drawBars(parent, visible) {
    const { starts, ends, series } = this.data;
    const base = this.y(0);
    for (const { name, mean, measured } of series) {
      for (const at of visible) {
        const value = mean[at];
        if (value === null) continue;
        const [x1, x2] = [this.x(starts[at]), this.x(ends[at])];
        const gap = Math.min(3, (x2 - x1) * 0.15);
        const y = this.y(value);
        const part = `${(measured?.[at] ?? 1) < WHOLE ? " part" : ""}${value < 0 ? " under-zero" : ""}`;
        draw("rect", { class: `bar ${name}${part}`, x: x1 + gap, width: Math.max(1, x2 - x1 - 2 * gap), y: Math.min(y, base), height: Math.abs(base - y) }, parent);
      }
    }
  }

  /**
   * @param {Element} parent
   * @param {number} most
   */
  drawLimits(parent, most) {
    for (const { value, text, from, to, name } of this.data.limits ?? []) {
      if (value > most) continue;
      const [x1, x2] = [this.x(Math.max(from, this.span[0])), this.x(Math.min(to, this.span[1]))];
      if (x2 <= x1) continue;
      draw("line", { class: `limit ${name}`, x1, x2, y1: this.y(value), y2: this.y(value) }, parent);
      if (x2 - x1 > 120) draw("text", { class: `limit ${name}`, x: x2 - 5, y: this.y(value) - 4 }, parent, text);
    }
  }

  /** @param {Element} parent */
  drawMarks(parent) {
    const { top, height } = this.plot;
    for (const { at, text } of this.data.marks ?? []) {
      if (at <= this.span[0] || at >= this.span[1]) continue;
      draw("line", { class: "mark", x1: this.x(at), x2: this.x(at), y1: top, y2: top + height }, parent);
      draw("text", { class: "mark", x: this.x(at) + 4, y: top + 12 }, parent, text);
    }
  }

  drawCursor() {
    this.cursor.replaceChildren();
    const { top, height } = this.plot;
    const { starts, ends, series } = this.data;
    if (this.chosen) {
      const [x1, x2] = this.chosen.map(this.x);
      draw("rect", { class: "chosen", x: x1, width: Math.max(x2 - x1, 1.5), y: top, height }, this.cursor);
    }
    if (this.at === null || this.at >= starts.length) return;
    const middle = this.x((starts[this.at] + ends[this.at]) / 2);
    draw("line", { class: "cursor", x1: middle, x2: middle, y1: top, y2: top + height }, this.cursor);
    if (this.options.bars) return;
    for (const { name, mean } of series) {
      const value = mean[this.at] ?? null;
      if (value !== null) draw("circle", { class: `dot ${name}`, cx: middle, cy: this.y(value), r: 4 }, this.cursor);
    }
  }
}
