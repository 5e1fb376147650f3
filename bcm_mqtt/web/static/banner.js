// @ts-check
// The banner of full width: since when there is no data, and what is away. Never alive when dead.

import { byId, element } from "./elements.js";
import { _, ngettext } from "./texts.js";

/** @typedef {import("./chart/zone.js").Zone} Zone */
/** @typedef {{ what: string, name?: string, since: number | null }} Absence since: ms of the newest reading */

const MOST = 3; // absences that are named; more would fill a phone

/** @type {Record<string, (name: string) => string>} */
const CAUSES = {
  server: () => _("This page has no connection to its server. It tries again by itself."),
  broker: () => _("The MQTT broker is away."),
  bridge: (name) => _("Bridge %(name)s is away: nothing is polled.", { name }),
  gateway: (name) => _("Gateway %(name)s does not answer: check its power and its network.", { name }),
  panels: () => _("No new reading arrives."),
  offline: () => _("The meters of this panel do not answer."),
};

/**
 * What the banner says of something that is away.
 * @param {Absence} absence
 * @param {Zone} zone
 * @param {number} now
 */
export function sentence({ what, name = "", since }, zone, now) {
  const cause = CAUSES[what](name);
  if (since === null) return _("No data yet. %(cause)s", { cause });
  const time = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit" });
  const day = /** @type {const} */ ({ day: "numeric", month: "short" });
  const today = zone.midnight(since) === zone.midnight(now);
  return _("No data since %(time)s. %(cause)s", { time: zone.text(since, today ? time : { ...day, ...time }), cause });
}

/**
 * @param {string} key such as `gateway/babel-1`
 * @param {number | null} since
 * @returns {Absence}
 */
export function absence(key, since) {
  const [what, name] = key.split("/");
  return { what, name, since };
}

/**
 * Who is away by the values of the site's overview, such as `away/gateway/babel-1`.
 * @param {Record<string, any>} overview
 */
export function absences(overview) {
  const away = Object.entries(overview).filter(([key]) => key.startsWith("away/"));
  return away.map(([key, since]) => absence(key.slice(5), since ? Date.parse(since) : null));
}

/**
 * Prepares the banner; returns what shows who is away.
 * @param {Zone} zone
 */
export function banner(zone) {
  const host = byId("banner");
  let before = "";

  /** @param {Absence[]} away */
  return (away) => {
    const lines = away.slice(0, MOST).map((absence) => sentence(absence, zone, Date.now()));
    if (away.length > MOST) lines.push(ngettext("%(num)s more: see Health.", "%(num)s more: see Health.", away.length - MOST));
    const text = lines.join("\n");
    if (text === before) return; // a screen reader would read it again
    before = text;
    host.hidden = lines.length === 0;
    host.replaceChildren(...lines.map((line) => element("p", line)));
  };
}
