// @ts-check
// Times by the clocks of the site, wherever the reader is. Instants are in ms since 1970.

import { DATES } from "../texts.js";

export const DAY = 86_400_000;
const MOMENT = /** @type {const} */ ({ weekday: "short", day: "numeric", month: "short", year: "numeric" });

export class Zone {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
    this.parts = new Intl.DateTimeFormat("en-US", {
      timeZone: name, hourCycle: "h23", era: "short",
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    });
    /** @type {Map<string, Intl.DateTimeFormat>} */
    this.formats = new Map();
  }

  /**
   * What the clocks show at an instant, as if it were UTC.
   * @param {number} ms
   */
  wall(ms) {
    /** @type {Record<string, number>} */
    const shown = {};
    for (const { type, value } of this.parts.formatToParts(ms)) shown[type] = Number(value);
    return Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second) + (((ms % 1000) + 1000) % 1000);
  }

  /**
   * The instant at which the clocks show this.
   * @param {number} wall
   */
  instant(wall) {
    const guess = wall - (this.wall(wall) - wall);
    return wall - (this.wall(guess) - guess);
  }

  /**
   * The beginning of the day of an instant, or of another day so many days later.
   * @param {number} ms
   */
  midnight(ms, days = 0) {
    return this.instant(Math.floor(this.wall(ms) / DAY) * DAY + days * DAY);
  }

  /** @param {number} ms */
  monthBegin(ms) {
    const at = new Date(this.wall(ms));
    return this.instant(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));
  }

  /**
   * @param {number} ms
   * @param {Intl.DateTimeFormatOptions} options
   */
  text(ms, options) {
    const key = JSON.stringify(options);
    const format = this.formats.get(key) ?? new Intl.DateTimeFormat(DATES, { timeZone: this.name, ...options });
    this.formats.set(key, format);
    return format.format(ms);
  }

  /** @param {number} ms */
  moment(ms) {
    return this.text(ms, { ...MOMENT, hour: "2-digit", minute: "2-digit" });
  }

  /** @param {number} ms */
  day(ms) {
    return this.text(ms, MOMENT);
  }

  /**
   * `2026-03-11T01:15`, as fields of date and time have it.
   * @param {number} ms
   */
  field(ms) {
    return new Date(this.wall(ms)).toISOString().slice(0, 16);
  }

  /**
   * The instants at which clocks show what a field of date and time states: one, two where they go
   * back over it, none where they go forward over it or it is empty.
   * @param {string} value
   */
  instants(value) {
    const wall = Date.parse(`${value}Z`);
    if (Number.isNaN(wall)) return [];
    const found = [-DAY, DAY].map((around) => wall - (this.wall(wall + around) - (wall + around)));
    return [...new Set(found)].filter((ms) => this.wall(ms) === wall).sort((one, other) => one - other);
  }

  /**
   * The clocks' offset from UTC at an instant, such as `-04:00`.
   * @param {number} ms
   */
  offset(ms) {
    const minutes = Math.round((this.wall(ms) - ms) / 60_000);
    const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) => String(part).padStart(2, "0"));
    return `${minutes < 0 ? "-" : "+"}${hours}:${rest}`;
  }

  /**
   * The instant that an address states, as the API reads it: a date, whose midnight it is, a time of
   * these clocks, or a time with an offset. NaN for none.
   * @param {string} text
   */
  stated(text) {
    const local = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?$/.exec(text);
    if (!local) return Date.parse(text);
    return this.ofField(local[1] ? text : `${text}T00:00`);
  }

  /**
   * The instant that a field of date and time states.
   * @param {string} value
   */
  ofField(value) {
    return this.instant(Date.parse(`${value}Z`));
  }
}
