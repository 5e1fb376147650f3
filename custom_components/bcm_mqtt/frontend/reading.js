// @ts-check
// What a breaker's entities say, in amps, percent and words.

/** @typedef {import("./site.js").Hass} Hass */
/** @typedef {import("./site.js").State} State */
/** @typedef {"none" | "warning" | "critical"} Severity */
/**
 * @typedef {{
 *   amps: number | null, kw: number | null, rating: number | null, percent: number | null,
 *   severity: Severity, alarms: string, alarmState: string, description: string | null, connection: string | null,
 * }} Reading null is not known
 */

const [WARNING_PERCENT, CRITICAL_PERCENT] = [80, 100]; // of a breaker's rating, where no alarm says
/** @type {Record<string, number>} */
const PER_UNIT = { mA: 1e-3, A: 1, mW: 1e-6, W: 1e-3, kW: 1, MW: 1e3, GW: 1e6, TW: 1e9, "%": 1 };

/** @param {Hass} hass @param {string | undefined} id */
function stateOf(hass, id) {
  const state = id === undefined ? undefined : hass.states[id];
  return state === undefined || ["unavailable", "unknown"].includes(state.state) ? null : state;
}

/**
 * A number in A, kW or %, in whatever unit people have chosen for its entity.
 * @param {Hass} hass
 * @param {string | undefined} id
 */
export function figure(hass, id) {
  const state = stateOf(hass, id);
  const value = Number(state?.state || NaN);
  return Number.isFinite(value) ? value * (PER_UNIT[state?.attributes.unit_of_measurement] ?? 1) : null;
}

/** @param {number | null} percent @returns {Severity} */
export function severityOf(percent) {
  if (percent === null || percent <= WARNING_PERCENT) return "none";
  return percent > CRITICAL_PERCENT ? "critical" : "warning";
}

/** @param {Hass} hass @param {string} key @param {string | undefined} id */
const alarmName = (hass, key, id) => (id && hass.entities[id]?.name) || key.replace(/_alarm$/, "").replaceAll("_", " ");

/**
 * The alarms among some entities that are active, by their names.
 * @param {Hass} hass
 * @param {Record<string, string>} ids
 */
const activeAlarms = (hass, ids) =>
  Object.entries(ids)
    .filter(([, id]) => stateOf(hass, id)?.state === "on" && stateOf(hass, id)?.attributes.device_class === "problem")
    .map(([key, id]) => alarmName(hass, key, id));

/**
 * A circuit as it is now. Its load is not read, because its entity is disabled at first.
 * @param {Hass} hass
 * @param {Record<string, string>} ids entity ids by what they show
 * @returns {Reading}
 */
export function readingOf(hass, ids) {
  const [amps, kw, rating] = [ids.current, ids.power, ids.rating].map((id) => figure(hass, id));
  const percent = amps === null || !rating ? figure(hass, ids.load) : (100 * amps) / rating;
  const alarm = stateOf(hass, ids.alarm);
  const active = activeAlarms(hass, ids);
  const state = alarm && alarm.state !== "normal" ? alarm.state.replaceAll("_", " ") : "";
  /** @type {Severity} */
  let severity = ["none", "warning", "critical"].includes(alarm?.attributes.severity) ? alarm?.attributes.severity : severityOf(percent);
  if (severity === "none" && active.length) severity = "warning";
  return {
    amps,
    kw,
    rating,
    percent,
    severity,
    alarms: active.join(", ") || (state && alarmName(hass, "overload", ids.overload)),
    alarmState: state,
    description: stateOf(hass, ids.description)?.state ?? null,
    connection: stateOf(hass, ids.connection)?.state ?? null,
  };
}

/**
 * The main of a panel.
 * @param {Hass} hass
 * @param {Record<string, string>} ids
 * @returns {{ severity: Severity, alarms: string }}
 */
export function mainReadingOf(hass, ids) {
  const active = activeAlarms(hass, ids);
  const severity = severityOf(figure(hass, ids.load));
  return { severity: severity === "none" && active.length ? "warning" : severity, alarms: active.join(", ") };
}
