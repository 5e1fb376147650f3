// @ts-check
// What a reader does with a chart by pointer and keys: zooming and moving its time, or choosing a
// span of it. Their arithmetic is functions of their own. Times are in ms since 1970.

/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {[from: number, to: number]} Span */

const SHORTEST = 60_000;
const LONGEST = 1_490 * 86_400_000;
const PAGE = 96; // points by Page Up and Page Down: a day

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
const within = (value, least, most) => Math.min(most, Math.max(least, value));

/**
 * A span of a length that can be shown, around the same middle.
 * @param {Span} span
 * @returns {Span}
 */
export function limited([from, to]) {
  const length = within(to - from, SHORTEST, LONGEST);
  const begin = Math.max(0, to - from === length ? from : (from + to) / 2 - length / 2);
  return [begin, begin + length];
}

/**
 * @param {Span} span
 * @param {number} share of its length by which it moves
 * @returns {Span}
 */
export function moved([from, to], share) {
  return [from + share * (to - from), to + share * (to - from)];
}

/**
 * @param {Span} span
 * @param {number} by factor of its length
 * @param {number} around time that stays where it is
 * @returns {Span}
 */
export function zoomed([from, to], by, around) {
  return [around - (around - from) * by, around + (to - around) * by];
}

/**
 * What two fingers show: the times under them follow them.
 * @param {Span} span at their beginning
 * @param {number[]} begun where they began, in pixels
 * @param {number[]} now where they are
 * @param {{ left: number, width: number }} plot
 * @returns {Span}
 */
export function pinched([from, to], begun, now, { left, width }) {
  const middle = (/** @type {number[]} */ [one, other]) => ((one + other) / 2 - left) / width;
  const apart = (/** @type {number[]} */ [one, other]) => Math.max(20, Math.abs(one - other));
  const length = (to - from) * (apart(begun) / apart(now));
  const begin = from + middle(begun) * (to - from) - middle(now) * length;
  return [begin, begin + length];
}

/**
 * The step of an even series that holds a time; times outside are those of its first or last step.
 * @param {Span} bounds of the series
 * @param {number} step
 * @param {number} at
 * @returns {Span}
 */
export function stepAt([first, last], step, at) {
  const start = within(first + Math.floor((at - first) / step) * step, first, last - step);
  return [start, start + step];
}

/**
 * The span after a key that moves by steps: another single step, or the same span to another end.
 * @param {Span} span
 * @param {number} steps
 * @param {boolean} extend
 * @param {Span} bounds of the series
 * @param {number} step
 * @returns {Span}
 */
export function chosenBy([start, end], steps, extend, bounds, step) {
  if (extend) return [start, within(end + steps * step, start + step, bounds[1])];
  return stepAt(bounds, step, start + steps * step);
}

/**
 * Dragging with a mouse chooses a time to zoom to, with Shift it moves; one finger moves, two fingers
 * zoom; Ctrl and wheel zoom; keys do all of it.
 */
export class Zooming {
  /**
   * @param {Chart} chart
   * @param {HTMLElement} host
   */
  constructor(chart, host) {
    this.chart = chart;
    /** @type {Map<number, number>} pixels by pointer */
    this.pointers = new Map();
    this.begun = { xs: [0], span: chart.span, choosing: false, moved: false };
    host.addEventListener("pointerdown", (event) => this.down(event));
    host.addEventListener("pointermove", (event) => this.move(event));
    host.addEventListener("pointerup", (event) => this.up(event));
    host.addEventListener("pointercancel", (event) => this.up(event));
    host.addEventListener("pointerleave", () => this.pointers.size || chart.point(null));
    host.addEventListener("dblclick", (event) => this.zoom(2, chart.timeOf(event)));
    host.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    host.addEventListener("keydown", (event) => this.key(event));
    host.addEventListener("blur", () => chart.point(null));
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button) return;
    this.pointers.set(event.pointerId, this.chart.xOf(event));
    this.chart.host.setPointerCapture(event.pointerId);
    this.begin(event);
  }

  /** @param {PointerEvent} event */
  begin(event) {
    const choosing = event.pointerType === "mouse" && !event.shiftKey;
    this.begun = { xs: [...this.pointers.values()], span: this.chart.span, choosing, moved: false };
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { chart, begun } = this;
    const x = chart.xOf(event);
    if (!this.pointers.has(event.pointerId)) {
      chart.point(chart.indexAt(chart.time(x)));
      return;
    }
    this.pointers.set(event.pointerId, x);
    const xs = [...this.pointers.values()];
    if (xs.length === 2 && begun.xs.length === 2) this.look(pinched(begun.span, begun.xs, xs, chart.plot));
    else if (begun.choosing) {
      const [from, to] = [begun.xs[0], x].map((one) => within(chart.time(one), ...begun.span));
      chart.choose([Math.min(from, to), Math.max(from, to)]);
    } else if (Math.abs(x - begun.xs[0]) > 4 || begun.moved) {
      begun.moved = true;
      this.look(moved(begun.span, (begun.xs[0] - x) / chart.plot.width));
    }
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { chart } = this;
    if (!this.pointers.delete(event.pointerId)) return;
    const { chosen } = chart;
    chart.choose(null);
    if (event.type === "pointerup" && chosen && chart.x(chosen[1]) - chart.x(chosen[0]) > 6) this.look(chosen);
    else if (!this.begun.moved) chart.point(chart.indexAt(chart.timeOf(event)));
    if (this.pointers.size) this.begin(event);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (event.ctrlKey) {
      event.preventDefault();
      this.zoom(Math.exp(within(event.deltaY, -60, 60) / 100), this.chart.timeOf(event));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      this.look(moved(this.chart.span, event.deltaX / this.chart.plot.width));
    }
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const { chart } = this;
    const middle = (chart.span[0] + chart.span[1]) / 2;
    const visible = chart.visible();
    const arrow = (/** @type {number} */ by) => {
      if (event.shiftKey) {
        this.look(moved(chart.span, by / 4));
        return;
      }
      const at = chart.at === null ? -1 : visible.indexOf(chart.at);
      const next = at < 0 ? (by > 0 ? 0 : visible.length - 1) : within(at + by, 0, visible.length - 1);
      chart.point(visible[next] ?? null);
    };
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowRight: () => arrow(1),
      ArrowLeft: () => arrow(-1),
      Home: () => chart.point(visible[0] ?? null),
      End: () => chart.point(visible.at(-1) ?? null),
      "+": () => this.zoom(0.5, middle),
      "=": () => this.zoom(0.5, middle),
      "-": () => this.zoom(2, middle),
      Escape: () => chart.point(null),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  /**
   * @param {number} by
   * @param {number} around
   */
  zoom(by, around) {
    this.look(zoomed(this.chart.span, by, around));
  }

  /** @param {Span} span */
  look(span) {
    this.chart.look(...limited(span));
  }
}

/** Chooses a span of whole points: by dragging, or by arrow keys, with Shift a longer one. */
export class Choosing {
  /**
   * @param {Chart} chart
   * @param {HTMLElement} host
   * @param {(span: Span) => void} choose
   * @param {() => void} act on Enter
   */
  constructor(chart, host, choose, act) {
    /** @type {Span | null} where dragging began */
    let anchor = null;
    const step = () => chart.data.ends[0] - chart.data.starts[0];
    const under = (/** @type {PointerEvent} */ event) => stepAt(chart.span, step(), chart.timeOf(event));

    host.addEventListener("pointerdown", (event) => {
      anchor = under(event);
      chart.choose(anchor);
      host.setPointerCapture(event.pointerId);
    });
    host.addEventListener("pointermove", (event) => {
      if (!anchor) return;
      const now = under(event);
      chart.choose([Math.min(anchor[0], now[0]), Math.max(anchor[1], now[1])]);
    });
    host.addEventListener("pointerup", () => {
      anchor = null;
      if (chart.chosen) choose(chart.chosen);
    });
    host.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        act();
        return;
      }
      /** @type {Record<string, number>} */
      const keys = { ArrowLeft: -1, ArrowRight: 1, PageUp: -PAGE, PageDown: PAGE };
      if (!keys[event.key]) return;
      event.preventDefault();
      const span = chosenBy(chart.chosen ?? stepAt(chart.span, step(), chart.span[0]), keys[event.key], event.shiftKey, chart.span, step());
      chart.choose(span);
      choose(span);
    });
  }
}
