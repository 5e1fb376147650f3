// The chart of a month's intervals: what is billed as a line, what was measured beneath it where
// it differs, bands where it was not measured, and a span that is chosen.

const SVG = "http://www.w3.org/2000/svg";
const QUARTER = 900_000;
const WIDTH = 1000;
const HEIGHT = 200;

function shape(name, attributes, classes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (classes) made.setAttribute("class", classes);
  return made;
}

function kind(interval) {
  if (!interval.how) return "";
  return ["missing", "edited"].includes(interval.how) ? interval.how : "estimated";
}

/** Steps through the values; a value that is not there breaks the line. */
function line(intervals, value, x, y) {
  let path = "";
  let pen = false;
  for (const one of intervals) {
    const height = value(one);
    if (height === null) {
      pen = false;
      continue;
    }
    path += `${pen ? "L" : "M"}${x(one.at).toFixed(1)} ${y(height).toFixed(1)}H${x(one.at + QUARTER).toFixed(1)}`;
    pen = true;
  }
  return path;
}

function bands(svg, intervals, x) {
  let begun = 0;
  for (let at = 1; at <= intervals.length; at += 1) {
    const before = kind(intervals[begun]);
    const ends = at === intervals.length || kind(intervals[at]) !== before;
    if (!ends) continue;
    if (before) {
      const left = x(intervals[begun].at);
      const right = x(intervals[at - 1].at + QUARTER);
      svg.append(shape("rect", { x: left, y: 0, width: Math.max(right - left, 1), height: HEIGHT }, before));
    }
    begun = at;
  }
}

/** Draws into `box`; calls `choose(start, end)` when a span is chosen and `act()` on Enter. */
export function drawChart(box, intervals, local, choose, act) {
  if (intervals.length === 0) return null;
  const first = intervals[0].at;
  const last = intervals.at(-1).at + QUARTER;
  const greatest = Math.max(0.001, ...intervals.map((one) => Math.max(one.kw ?? 0, one.measured_kw ?? 0)));
  const x = (at) => ((at - first) / (last - first)) * WIDTH;
  const y = (kw) => HEIGHT - (kw / greatest) * (HEIGHT - 8);
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + 6}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const part of [0, 0.5, 1]) svg.append(shape("line", { x1: 0, x2: WIDTH, y1: y(greatest * part), y2: y(greatest * part) }, "grid"));
  bands(svg, intervals, x);
  const differs = (one) => (one.measured_kw !== null && Math.abs(one.measured_kw - (one.kw ?? 0)) > 1e-6 ? one.measured_kw : null);
  svg.append(shape("path", { d: line(intervals, differs, x, y) }, "measured"));
  svg.append(shape("path", { d: line(intervals, (one) => one.kw, x, y) }, "billed"));
  for (const one of intervals) if (one.flags.length) svg.append(shape("rect", { x: x(one.at), y: HEIGHT, width: Math.max(x(one.at + QUARTER) - x(one.at), 1), height: 4 }, "finding"));
  const selection = shape("rect", { x: 0, y: 0, width: 0, height: HEIGHT }, "selection");
  svg.append(selection);
  const labels = document.createElement("p");
  labels.className = "axis";
  const texts = [local(first), `at most ${greatest.toFixed(3)} kW`, local(last)];
  labels.append(...texts.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  box.replaceChildren(svg);
  box.after(labels);

  let span = { start: first, end: first + QUARTER };
  let anchor = null;
  function select(start, end) {
    span = { start: Math.max(first, start), end: Math.min(last, end) };
    selection.setAttribute("x", x(span.start));
    selection.setAttribute("width", Math.max(x(span.end) - x(span.start), 1.5));
  }
  function at(event) {
    const { left, width } = box.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientX - left) / width));
    return Math.min(last - QUARTER, first + Math.floor((part * (last - first)) / QUARTER) * QUARTER);
  }
  box.addEventListener("pointerdown", (event) => {
    anchor = at(event);
    select(anchor, anchor + QUARTER);
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    if (anchor === null) return;
    const now = at(event);
    select(Math.min(anchor, now), Math.max(anchor, now) + QUARTER);
  });
  box.addEventListener("pointerup", () => {
    anchor = null;
    choose(span.start, span.end);
  });
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -QUARTER, ArrowRight: QUARTER, PageUp: -96 * QUARTER, PageDown: 96 * QUARTER }[event.key];
    if (event.key === "Enter") {
      act();
      return;
    }
    if (!steps) return;
    event.preventDefault();
    if (event.shiftKey) select(span.start, Math.max(span.start + QUARTER, span.end + steps));
    else select(Math.max(first, Math.min(last - QUARTER, span.start + steps)), Math.max(first, Math.min(last - QUARTER, span.start + steps)) + QUARTER);
    choose(span.start, span.end);
  });
  return { select };
}
