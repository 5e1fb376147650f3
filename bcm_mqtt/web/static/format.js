// Figures as the server writes them in the page; a reading that is missing is a dash, never 0.

const DASH = "–";

function digits(value, count) {
  return value.toLocaleString("en-US", { minimumFractionDigits: count, maximumFractionDigits: count });
}

const TEXTS = {
  amps: (value) => (value === null ? DASH : digits(value, 1)),
  kw: (value) => (value === null ? DASH : digits(value, 2)),
  percent: (value) => (value === null ? DASH : digits(value, 0)),
  text: (value) => value,
};

/** Writes a value into an element as its data-format says. */
export function write(element, value) {
  if (element.dataset.format === "width") {
    element.setAttribute("width", String(Math.min(value ?? 0, 100)));
    element.dataset.level = value > 100 ? "critical" : value > 80 ? "warning" : "";
    return;
  }
  const text = TEXTS[element.dataset.format](value);
  if (element.textContent !== text) element.textContent = text;
}

/** Times of `<time datetime>` in the reader's own zone. */
export function localTimes(within) {
  for (const element of within.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    const today = at.toDateString() === new Date().toDateString();
    element.textContent = at.toLocaleString(undefined, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
    element.title = at.toLocaleString();
  }
}
