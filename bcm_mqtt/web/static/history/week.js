// @ts-check
// The typical week as a table of 7 x 24 coloured cells.

import { element } from "../elements.js";
import { amount } from "../format.js";
import { fetched } from "../request.js";
import { _, DATES } from "../texts.js";

const MONDAY = Date.UTC(2026, 0, 5);
const DAY = 86_400_000;
const LEVELS = 8;

/** @param {number} hour */
const two = (hour) => String(hour).padStart(2, "0");

/**
 * @param {number} day 0 is Monday
 * @param {"short" | "long"} length
 */
function weekday(day, length) {
  return new Date(MONDAY + day * DAY).toLocaleDateString(DATES, { timeZone: "UTC", weekday: length });
}

/**
 * Which of the colours a value has between the least and the greatest, 0 to 7.
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
export function levelOf(value, least, most) {
  return Math.min(LEVELS - 1, Math.floor(((value - least) / (most - least || 1)) * LEVELS));
}

/**
 * @param {HTMLElement} host
 * @param {string} api
 */
export async function showWeek(host, api) {
  /** @type {{ kw: (number | null)[][], hours: number[][] }} by weekday and hour */
  let week;
  try {
    week = await fetched(`${api}/week`);
  } catch (error) {
    host.replaceChildren(element("p", error.message, "empty"));
    return;
  }
  const known = week.kw.flat().filter((value) => value !== null);
  if (!known.length) {
    host.replaceChildren(element("p", _("There is no history yet: the typical week appears as readings are recorded."), "empty"));
    return;
  }
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const size = Math.max(most, -least);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const narrow = least < 0 ? Math.max(0, digits - 1) : digits; // room for the sign
  const table = element("table");
  table.append(element("caption", _("Mean kW by weekday and hour"), "hidden"));
  const head = table.createTHead().insertRow();
  head.append(element("td"));
  const clock = _("o'clock");
  for (let hour = 0; hour < 24; hour += 1) {
    const column = element("th", "", hour % 3 ? "between" : "", { scope: "col" });
    column.append(element("span", two(hour)), element("span", ` ${clock}`, "hidden"));
    head.append(column);
  }
  const body = table.createTBody();
  week.kw.forEach((hours, day) => {
    const row = body.insertRow();
    const name = element("th", "", "", { scope: "row" });
    name.append(element("span", weekday(day, "short"), "", { "aria-hidden": "true" }), element("span", weekday(day, "long"), "hidden"));
    row.append(name);
    hours.forEach((value, hour) => {
      const when = `${weekday(day, "long")} ${two(hour)}:00`;
      const text = amount(value, digits);
      const title = value === null
        ? _("%(time)s: not measured", { time: when })
        : _("%(time)s: %(kw)s kW, mean of %(hours)s h", { time: when, kw: text, hours: week.hours[day][hour] });
      const cell = element("td", "", value === null ? "missing" : `level-${levelOf(value, least, most)}${value < 0 ? " under-zero" : ""}`, { title });
      cell.append(element("span", amount(value, narrow)));
      row.append(cell);
    });
  });
  const legend = element("p", "", "week-legend");
  const scale = Array.from({ length: LEVELS }, (_, level) => element("i", "", `level-${level}`, { "aria-hidden": "true" }));
  legend.append(`${amount(least, digits)} `, ...scale, ` ${amount(most, digits)} kW`);
  host.replaceChildren(table, legend);
}
