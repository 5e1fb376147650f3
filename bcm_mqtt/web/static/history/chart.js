// A chart of points over time, drawn as SVG. A point is a step as long as its time, because it is
// a mean of that time; where there is none, there is a gap.

import { timeTicks, valueTicks } from "./axis.js";
import { Gestures } from "./gestures.js";

const SVG = "http://www.w3.org/2000/svg";
const DENSE = 0.7; // points by pixel
const HALF_LETTER = 3.2;
const SPACE = { left: 50, right: 12, top: 24, bottom: 26 };

export function draw(name, attributes, parent, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent?.append(element);
  return element;
}

export class Chart {
  /**
   * @param host element that becomes the chart
   * @param zone of its times
   * @param options `looked(from, to)` when the reader has zoomed, `told(index | null)` where he points;
   *   `bars` for bars instead of lines
   */
  constructor(host, zone, options = {}) {
    this.host = host;
    this.zone = zone;
    this.options = options;
    this.data = { from: 0, to: 1, starts: [], ends: [], series: [], limits: [], marks: [], unit: "" };
    this.at = null;
    this.chosen = null;
    this.svg = draw("svg", { "aria-hidden": "true" }, host);
    this.note = document.createElement("p");
    this.note.className = "chart-note";
    host.append(this.note);
    new ResizeObserver(() => this.draw()).observe(host);
    if (options.looked) this.gestures = new Gestures(this, host);
  }

  /** Shows other data: the view becomes the data's time. */
  show(data) {
    this.data = { limits: [], marks: [], ...data };
    [this.from, this.to] = [data.from, data.to];
    this.at = null;
    this.draw();
  }

  /** Looks at another time with the data there is, until there is better. */
  look(from, to) {
    [this.from, this.to] = [from, to];
    this.draw();
    this.options.looked?.(from, to);
  }

  get plot() {
    const { width, height } = this.size;
    return { left: SPACE.left, top: SPACE.top, width: width - SPACE.left - SPACE.right, height: height - SPACE.top - SPACE.bottom };
  }

  x(ms) {
    const { left, width } = this.plot;
    return left + ((ms - this.from) / (this.to - this.from)) * width;
  }

  time(x) {
    const { left, width } = this.plot;
    return this.from + ((x - left) / width) * (this.to - this.from);
  }

  /** The point at a time, or null. */
  indexAt(ms) {
    const { starts, ends } = this.data;
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= ms) low = middle + 1;
      else high = middle;
    }
    return low > 0 && ms < ends[low - 1] ? low - 1 : null;
  }

  /** Points at a point, or at none. */
  point(index) {
    this.at = index;
    this.drawCursor();
    this.options.told?.(index);
  }

  draw() {
    if (this.from === undefined) return;
    const box = this.host.getBoundingClientRect();
    this.size = { width: Math.max(220, Math.round(box.width)), height: Math.max(140, Math.round(box.height)) };
    this.svg.setAttribute("viewBox", `0 0 ${this.size.width} ${this.size.height}`);
    this.svg.replaceChildren();
    const { left, top, width, height } = this.plot;
    const clip = draw("clipPath", { id: `clip-${this.host.id}` }, this.svg);
    draw("rect", { x: left, y: top, width, height }, clip);
    const visible = this.visible();
    const greatest = this.greatest(visible);
    const { ticks, digits } = valueTicks(greatest, Math.max(2, Math.round(height / 55)));
    const most = ticks.at(-1);
    this.y = (value) => top + height - (value / most) * height;
    this.drawAxes(ticks, digits);
    const dense = visible.length > width * DENSE;
    const drawn = draw("g", { "clip-path": `url(#clip-${this.host.id})`, class: dense ? "dense" : "" }, this.svg);
    if (this.options.bars) this.drawBars(drawn, visible);
    else this.drawLines(drawn, visible);
    this.drawLimits(drawn, most);
    for (const mark of this.data.marks) {
      if (mark.at <= this.from || mark.at >= this.to) continue;
      draw("line", { class: "mark", x1: this.x(mark.at), x2: this.x(mark.at), y1: top, y2: top + height }, drawn);
      draw("text", { class: "mark", x: this.x(mark.at) + 4, y: top + 12 }, drawn, mark.text);
    }
    this.cursor = draw("g", {}, this.svg);
    this.drawCursor();
    this.note.textContent = this.data.note ?? "";
    this.note.hidden = !this.data.note;
  }

  visible() {
    const { starts, ends } = this.data;
    const found = [];
    for (let at = 0; at < starts.length; at += 1) if (ends[at] > this.from && starts[at] < this.to) found.push(at);
    return found;
  }

  greatest(visible) {
    let greatest = 0;
    for (const { max, mean } of this.data.series) for (const at of visible) greatest = Math.max(greatest, max?.[at] ?? mean[at] ?? 0);
    // Limits that are far above the load would press it flat.
    for (const { value } of this.data.limits) if (greatest >= 0.4 * value) greatest = Math.max(greatest, value * 1.04);
    return greatest;
  }

  drawAxes(ticks, digits) {
    const { left, top, width, height } = this.plot;
    for (const tick of ticks) {
      draw("line", { class: "grid", x1: left, x2: left + width, y1: this.y(tick), y2: this.y(tick) }, this.svg);
      draw("text", { class: "tick value", x: left - 7, y: this.y(tick) + 4 }, this.svg, tick.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
    }
    draw("text", { class: "unit", x: 2, y: 11 }, this.svg, this.data.unit);
    for (const { at, text, major } of timeTicks(this.from, this.to, Math.max(2, Math.round(width / 95)), this.zone)) {
      const x = this.x(at);
      draw("line", { class: major ? "grid major" : "grid time", x1: x, x2: x, y1: top, y2: top + height }, this.svg);
      draw("text", { class: "tick", x: Math.min(x, this.size.width - text.length * HALF_LETTER), y: top + height + 18 }, this.svg, text);
    }
  }

  drawLines(parent, visible) {
    // Bands of several poles lie upon one another.
    parent.classList.toggle("several", this.data.series.length > 1);
    for (const { name, min, max } of this.data.series) {
      if (min && max) draw("path", { class: `band ${name}`, d: this.bandPath(visible, min, max) }, parent);
    }
    for (const { name, mean } of this.data.series) draw("path", { class: `line ${name}`, d: this.linePath(visible, mean) }, parent);
  }

  linePath(visible, values) {
    const { starts, ends } = this.data;
    let path = "";
    let open = false;
    for (const at of visible) {
      const value = values[at];
      if (value === null || value === undefined) {
        open = false;
        continue;
      }
      const y = this.y(value).toFixed(1);
      path += `${open ? "L" : "M"}${this.x(starts[at]).toFixed(1)} ${y}H${this.x(ends[at]).toFixed(1)}`;
      open = at + 1 < starts.length && starts[at + 1] === ends[at];
    }
    return path;
  }

  bandPath(visible, min, max) {
    const { starts, ends } = this.data;
    let path = "";
    for (const at of visible) {
      if (min[at] === null || max[at] === null) continue;
      const [x1, x2] = [this.x(starts[at]).toFixed(1), this.x(ends[at]).toFixed(1)];
      path += `M${x1} ${this.y(max[at]).toFixed(1)}H${x2}V${(this.y(min[at]) + 0.5).toFixed(1)}H${x1}Z`;
    }
    return path;
  }

  drawBars(parent, visible) {
    const { starts, ends, series } = this.data;
    const base = this.y(0);
    for (const { name, mean, measured } of series) {
      for (const at of visible) {
        if (mean[at] === null) continue;
        const [x1, x2] = [this.x(starts[at]), this.x(ends[at])];
        const gap = Math.min(3, (x2 - x1) * 0.15);
        const y = this.y(mean[at]);
        const part = measured && measured[at] !== null && measured[at] < 0.995;
        draw("rect", { class: `bar ${name}${part ? " part" : ""}`, x: x1 + gap, width: Math.max(1, x2 - x1 - 2 * gap), y, height: Math.max(0, base - y) }, parent);
      }
    }
  }

  drawLimits(parent, most) {
    for (const { value, text, from, to, name } of this.data.limits) {
      if (value > most) continue;
      const [x1, x2] = [this.x(Math.max(from, this.from)), this.x(Math.min(to, this.to))];
      if (x2 <= x1) continue;
      draw("line", { class: `limit ${name}`, x1, x2, y1: this.y(value), y2: this.y(value) }, parent);
      if (x2 - x1 > 120) draw("text", { class: `limit ${name}`, x: x2 - 5, y: this.y(value) - 4 }, parent, text);
    }
  }

  drawCursor() {
    this.cursor?.replaceChildren();
    const { top, height } = this.plot;
    if (this.chosen) {
      const [x1, x2] = this.chosen.map((ms) => this.x(ms)).sort((one, other) => one - other);
      draw("rect", { class: "chosen", x: x1, width: x2 - x1, y: top, height }, this.cursor);
    }
    if (this.at === null || this.at >= this.data.starts.length) return;
    const middle = this.x((this.data.starts[this.at] + this.data.ends[this.at]) / 2);
    draw("line", { class: "cursor", x1: middle, x2: middle, y1: top, y2: top + height }, this.cursor);
    for (const { name, mean } of this.data.series) {
      const value = mean[this.at];
      if (value !== null && !this.options.bars) draw("circle", { class: `dot ${name}`, cx: middle, cy: this.y(value), r: 4 }, this.cursor);
    }
  }
}
