// Times by the clocks of the site, wherever the reader is.

const DAY = 86_400_000;

export class Zone {
  constructor(name) {
    this.name = name;
    this.parts = new Intl.DateTimeFormat("en-US", {
      timeZone: name, hourCycle: "h23", era: "short",
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    });
    this.formats = new Map();
  }

  /** What the clocks show at an instant, as if it were UTC. */
  wall(ms) {
    const found = {};
    for (const { type, value } of this.parts.formatToParts(ms)) found[type] = Number(value);
    return Date.UTC(found.year, found.month - 1, found.day, found.hour, found.minute, found.second) + (((ms % 1000) + 1000) % 1000);
  }

  /** The instant at which the clocks show this. */
  instant(wall) {
    const guess = wall - (this.wall(wall) - wall);
    return wall - (this.wall(guess) - guess);
  }

  midnight(ms, days = 0) {
    return this.instant(Math.floor(this.wall(ms) / DAY) * DAY + days * DAY);
  }

  monthBegin(ms) {
    const at = new Date(this.wall(ms));
    return this.instant(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));
  }

  text(ms, options) {
    const key = JSON.stringify(options);
    if (!this.formats.has(key)) this.formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: this.name, ...options }));
    return this.formats.get(key).format(ms);
  }

  moment(ms) {
    return this.text(ms, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  }

  day(ms) {
    return this.text(ms, { weekday: "short", day: "numeric", month: "short", year: "numeric" });
  }
}
