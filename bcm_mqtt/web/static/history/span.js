// The time that is shown: chosen by buttons, by fields, or by zooming; kept in the address.

const DAY = 86_400_000;
const LENGTHS = { day: 1, week: 7, month: 31, year: 365 };
const WAIT = 200;

export class Span {
  /** Calls `load(span)` for another time and `draw()` for another quantity. */
  constructor(within, zone, quantity, load, draw) {
    Object.assign(this, { within, zone, load, draw, quantity });
    this.form = within.getElementById("span");
    this.timer = 0;
    for (const button of within.querySelectorAll("[data-length]")) {
      button.addEventListener("click", () => this.choose(button.dataset.length));
    }
    for (const button of within.querySelectorAll("[data-shift]")) {
      button.addEventListener("click", () => this.shift(Number(button.dataset.shift)));
    }
    for (const button of within.querySelectorAll("[data-quantity]")) {
      button.addEventListener("click", () => {
        this.quantity = button.dataset.quantity;
        this.show();
        this.draw();
      });
    }
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [from, to] = ["from", "to"].map((name) => zone.instant(Date.parse(`${this.form.elements[name].value}Z`)));
      const field = this.form.elements.to;
      field.setCustomValidity(to > from ? "" : "expected a time after the first");
      if (field.reportValidity()) this.set(from, to, null);
    });
    this.form.elements.to.addEventListener("input", (event) => event.target.setCustomValidity(""));
  }

  begin() {
    const asked = new URLSearchParams(location.search);
    const [from, to] = ["from", "to"].map((name) => Date.parse(asked.get(name) ?? ""));
    if (this.within.querySelector(`[data-quantity="${CSS.escape(asked.get("of") ?? "")}"]`)) this.quantity = asked.get("of");
    if (to > from) this.set(from, to, null);
    else this.choose(asked.get("show") in LENGTHS ? asked.get("show") : "day");
  }

  choose(length, end = Date.now()) {
    // Whole days by the site's clocks, but for the last day, which ends now.
    const to = length === "day" ? end : this.zone.midnight(end, 1);
    const from = length === "day" ? to - DAY : this.zone.midnight(to, -LENGTHS[length]);
    this.set(from, to, length);
  }

  shift(by) {
    if (!by) this.choose(this.length ?? "day");
    else if (this.length && this.length !== "day") {
      const days = by * LENGTHS[this.length];
      this.set(this.zone.midnight(this.from, days), this.zone.midnight(this.to, days), this.length);
    } else this.set(this.from + by * (this.to - this.from), this.to + by * (this.to - this.from), this.length);
  }

  /** Zoomed: the data for it comes once the hand rests. */
  take(from, to) {
    this.set(from, to, null, WAIT);
  }

  /** Goes on with the present, where the present is shown. */
  follows() {
    // Nobody's typing is written over.
    if (this.to < Date.now() - 2 * 60_000 || this.form.contains(document.activeElement)) return;
    if (this.length === "day") this.choose("day");
    else if (this.from < Date.now()) this.load(this);
  }

  set(from, to, length, wait = 0) {
    Object.assign(this, { from: Math.round(from), to: Math.round(to), length });
    this.show();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(this), wait);
  }

  show() {
    for (const button of this.within.querySelectorAll("[data-length]")) button.setAttribute("aria-pressed", String(button.dataset.length === this.length));
    for (const button of this.within.querySelectorAll("[data-quantity]")) button.setAttribute("aria-pressed", String(button.dataset.quantity === this.quantity));
    for (const name of ["from", "to"]) this.form.elements[name].value = new Date(this.zone.wall(this[name])).toISOString().slice(0, 16);
    const address = new URL(location.href);
    address.search = "";
    if (this.length && this.to > Date.now() - 60_000) address.searchParams.set("show", this.length);
    else for (const name of ["from", "to"]) address.searchParams.set(name, new Date(this[name]).toISOString());
    if (this.within.querySelector("[data-quantity]")) address.searchParams.set("of", this.quantity);
    history.replaceState(null, "", address);
  }
}
