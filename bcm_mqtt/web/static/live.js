// @ts-check
// Values as they come, by server-sent events, and whether they are of now.

import { absence } from "./banner.js";
import { _ } from "./texts.js";

const POLLS = 3; // without a reading, after which figures are stale
const LOOK_MS = 500;

/** @type {Record<string, string>} */
export const WORDS = {
  live: _("live"),
  stale: _("stale: no new reading"),
  offline: _("the meters do not answer"),
  waiting: _("waiting for the first reading"),
  away: _("no new reading"),
  lost: _("connection to the server lost"),
};

/** @typedef {Record<string, any>} Values by their keys of the page */

/**
 * Calls `take` for every parcel and `lost` while the server is away. A hidden page closes its stream:
 * browsers allow few connections to one server, and an opened stream begins with all values.
 * @param {string} url
 * @param {string[]} names of events
 * @param {(event: string, of: string, values: Values, whole: boolean) => void} take
 * @param {() => void} lost
 */
export function follow(url, names, take, lost) {
  /** @type {EventSource | null} */
  let source = null;

  function open() {
    if (source || document.hidden) return;
    source = new EventSource(url);
    for (const name of names) {
      source.addEventListener(name, (event) => {
        const { of, all, new: changed } = JSON.parse(event.data);
        take(name, of, all ?? changed, all !== undefined);
      });
    }
    source.onerror = () => {
      lost();
      // After an answer that is not a stream the browser does not try again by itself.
      if (source?.readyState === EventSource.CLOSED) {
        close();
        fetch(url, { method: "HEAD" })
          .then((answer) => answer.status === 401 && location.reload())
          .catch(() => {});
        setTimeout(open, 5000);
      }
    };
  }

  function close() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
}

/** Whether figures are of now, by this machine's own count of time since they came. */
export class Freshness {
  /** @param {(state: string, words: string) => void} show */
  constructor(show) {
    this.show = show;
    /** @type {number | null} when the last reading came, in ms of `performance.now()` */
    this.reading = null;
    this.interval = 0; // seconds
    /** @type {boolean | null} */
    this.answering = null;
    this.away = ""; // what, between the meters and the page, such as gateway/babel-1
    /** @type {number | null} of the newest reading, ms since 1970 */
    this.since = null;
    this.lost = false;
  }

  /** Looks again and again from now on. */
  watch() {
    setInterval(() => this.look(), LOOK_MS);
    return this;
  }

  /**
   * @param {Values} values
   * @param {boolean} whole all values, whose reading may be older
   */
  take(values, whole) {
    this.lost = false;
    if ("interval" in values) this.interval = values.interval ?? 0;
    if ("answering" in values) this.answering = values.answering;
    if ("away" in values) this.away = values.away ?? "";
    if (values.since || values.time) this.since = Date.parse(values.since || values.time);
    if (values.time) this.reading = performance.now() - (whole ? Math.max(0, values.age ?? 0) * 1000 : 0);
    this.look();
  }

  lose() {
    this.lost = true;
    this.look();
  }

  look() {
    const state = this.state(performance.now());
    this.show(state, WORDS[state]);
  }

  /** @param {number} now in ms of `performance.now()` */
  state(now) {
    if (this.lost) return "lost";
    if (this.away) return "away";
    if (this.answering === false) return "offline";
    if (this.reading === null) return "waiting";
    return now - this.reading > POLLS * this.interval * 1000 + 1000 ? "stale" : "live";
  }

  /**
   * What is away while the figures are not of now.
   * @param {string} state
   * @returns {import("./banner.js").Absence[]}
   */
  absences(state) {
    const { since } = this;
    if (state === "live" || state === "waiting") return [];
    if (state === "away") return [absence(this.away, since)];
    return [{ what: { lost: "server", offline: "offline" }[state] ?? "panels", since }];
  }
}

const WORST_FIRST = ["lost", "away", "offline", "stale", "waiting"];

/** Whether the figures of several panels are of now: as fresh as the worst of them. */
export class Fresh {
  /** @param {(state: string, words: string, away: import("./banner.js").Absence[]) => void} show */
  constructor(show) {
    this.show = show;
    /** @type {Map<string, Freshness>} */
    this.panels = new Map();
    this.lost = false;
  }

  /** Looks again and again from now on. */
  watch() {
    setInterval(() => this.look(), LOOK_MS);
    return this;
  }

  /**
   * @param {string} panel
   * @param {Values} values
   * @param {boolean} whole
   */
  take(panel, values, whole) {
    const known = this.panels.get(panel) ?? new Freshness(() => {});
    this.panels.set(panel, known);
    known.take(values, whole);
    this.lost = false;
    this.look();
  }

  lose() {
    this.lost = true;
    this.look();
  }

  look() {
    const now = performance.now();
    const all = [...this.panels.values()];
    const states = this.lost ? ["lost"] : all.map((panel) => panel.state(now));
    const state = WORST_FIRST.find((one) => states.includes(one)) ?? (all.length ? "live" : "waiting");
    const since = all.flatMap((panel) => panel.since ?? []);
    const newest = since.length ? Math.max(...since) : null;
    /** @type {Map<string, import("./banner.js").Absence>} what is away for several panels is named once */
    const away = new Map();
    if (this.lost) away.set("", { what: "server", since: newest });
    else for (const panel of all) for (const one of panel.absences(panel.state(now))) away.set(`${one.what}/${one.name}`, one);
    this.show(state, WORDS[state], [...away.values()]);
  }
}

/**
 * Shows freshness in an element: its state for the styles, and in words.
 * @param {HTMLElement} element
 */
export function shownIn(element) {
  return (/** @type {string} */ state, /** @type {string} */ words) => {
    if (element.dataset.state === state && element.textContent) return;
    element.dataset.state = state;
    element.textContent = words;
  };
}
