// Zoom and pan: dragging with a mouse chooses a time, with shift it moves; one finger moves, two
// fingers zoom; ctrl and wheel zoom; keys do all of it.

const SHORTEST = 60_000;
const LONGEST = 1_490 * 86_400_000;

export class Gestures {
  constructor(chart, host) {
    this.chart = chart;
    this.pointers = new Map();
    this.begun = null;
    host.addEventListener("pointerdown", (event) => this.down(event));
    host.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) host.addEventListener(name, (event) => this.up(event));
    host.addEventListener("pointerleave", () => this.pointers.size || chart.point(null));
    host.addEventListener("dblclick", (event) => this.zoom(2, chart.time(this.xOf(event))));
    host.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    host.addEventListener("keydown", (event) => this.key(event));
    host.addEventListener("blur", () => chart.point(null));
  }

  xOf(event) {
    return event.clientX - this.chart.host.getBoundingClientRect().left;
  }

  down(event) {
    if (event.button) return;
    this.pointers.set(event.pointerId, this.xOf(event));
    this.chart.host.setPointerCapture(event.pointerId);
    this.begin(event);
  }

  begin(event) {
    const { from, to } = this.chart;
    this.begun = { xs: [...this.pointers.values()], from, to, choosing: event.pointerType === "mouse" && !event.shiftKey };
  }

  move(event) {
    const { chart, begun } = this;
    const x = this.xOf(event);
    if (!this.pointers.has(event.pointerId)) {
      chart.point(chart.indexAt(chart.time(x)));
      return;
    }
    this.pointers.set(event.pointerId, x);
    const xs = [...this.pointers.values()];
    const perPixel = (begun.to - begun.from) / chart.plot.width;
    if (xs.length === 2 && begun.xs.length === 2) {
      const [apart, wasApart] = [xs, begun.xs].map(([one, other]) => Math.max(20, Math.abs(one - other)));
      const was = begun.from + ((begun.xs[0] + begun.xs[1]) / 2 - chart.plot.left) * perPixel;
      const length = (begun.to - begun.from) * (wasApart / apart);
      const from = was - (((xs[0] + xs[1]) / 2 - chart.plot.left) / chart.plot.width) * length;
      this.look(from, from + length);
    } else if (begun.choosing) {
      chart.chosen = [begun.xs[0], x].map((one) => Math.min(begun.to, Math.max(begun.from, chart.time(one))));
      chart.drawCursor();
    } else if (Math.abs(x - begun.xs[0]) > 4 || begun.moved) {
      begun.moved = true;
      const shift = (begun.xs[0] - x) * perPixel;
      this.look(begun.from + shift, begun.to + shift);
    }
  }

  up(event) {
    const { chart } = this;
    if (!this.pointers.delete(event.pointerId)) return;
    const chosen = chart.chosen;
    chart.chosen = null;
    if (event.type === "pointerup" && chosen && Math.abs(chart.x(chosen[0]) - chart.x(chosen[1])) > 6) {
      this.look(...chosen.sort((one, other) => one - other));
    } else {
      chart.drawCursor();
      if (!this.begun?.moved) chart.point(chart.indexAt(chart.time(this.xOf(event))));
    }
    if (this.pointers.size) this.begin(event);
  }

  wheel(event) {
    if (event.ctrlKey) {
      event.preventDefault();
      this.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 100), this.chart.time(this.xOf(event)));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      this.pan(event.deltaX / this.chart.plot.width);
    }
  }

  key(event) {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const { chart } = this;
    const { from, to } = chart;
    const middle = (from + to) / 2;
    const visible = chart.visible();
    const step = (by) => {
      const at = visible.indexOf(chart.at);
      chart.point(visible[at < 0 ? (by > 0 ? 0 : visible.length - 1) : Math.max(0, Math.min(visible.length - 1, at + by))] ?? null);
    };
    const act = {
      ArrowRight: () => (event.shiftKey ? this.pan(0.25) : step(1)),
      ArrowLeft: () => (event.shiftKey ? this.pan(-0.25) : step(-1)),
      Home: () => chart.point(visible[0] ?? null),
      End: () => chart.point(visible.at(-1) ?? null),
      "+": () => this.zoom(0.5, middle),
      "=": () => this.zoom(0.5, middle),
      "-": () => this.zoom(2, middle),
      Escape: () => chart.point(null),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  pan(share) {
    const { from, to } = this.chart;
    this.look(from + share * (to - from), to + share * (to - from));
  }

  zoom(by, around) {
    const { from, to } = this.chart;
    this.look(around - (around - from) * by, around + (to - around) * by);
  }

  look(from, to) {
    const middle = (from + to) / 2;
    const length = Math.min(LONGEST, Math.max(SHORTEST, to - from));
    const begin = Math.max(0, to - from === length ? from : middle - length / 2);
    this.chart.look(begin, begin + length);
  }
}
