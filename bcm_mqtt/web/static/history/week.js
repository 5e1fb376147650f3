// @ts-check
// The typical week as a table of 7 x 24 coloured cells.

import { element } from "../elements.js";
import { fetched } from "../request.js";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const LEVELS = 8;

/** @param {number} hour */
const two = (hour) => String(hour).padStart(2, "0");

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
    host.replaceChildren(element("p", "There is no history yet: the typical week appears as readings are recorded.", "empty"));
    return;
  }
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const digits = most >= 100 ? 0 : most >= 10 ? 1 : 2;
  const table = element("table");
  table.append(element("caption", "Mean kW by weekday and hour", "hidden"));
  const head = table.createTHead().insertRow();
  head.append(element("td"));
  for (let hour = 0; hour < 24; hour += 1) {
    const column = element("th", "", hour % 3 ? "between" : "", { scope: "col" });
    column.append(element("span", two(hour)), element("span", " o'clock", "hidden"));
    head.append(column);
  }
  const body = table.createTBody();
  week.kw.forEach((hours, day) => {
    const row = body.insertRow();
    const name = element("th", "", "", { scope: "row" });
    name.append(element("span", DAYS[day].slice(0, 3), "", { "aria-hidden": "true" }), element("span", DAYS[day], "hidden"));
    row.append(name);
    hours.forEach((value, hour) => {
      const when = `${DAYS[day]} ${two(hour)}:00`;
      const text = value === null ? "–" : value.toFixed(digits);
      const title = value === null ? `${when}: not measured` : `${when}: ${text} kW, mean of ${week.hours[day][hour]} h`;
      const cell = element("td", "", value === null ? "missing" : `level-${levelOf(value, least, most)}`, { title });
      cell.append(element("span", text));
      row.append(cell);
    });
  });
  const legend = element("p", "", "week-legend");
  const scale = Array.from({ length: LEVELS }, (_, level) => element("i", "", `level-${level}`, { "aria-hidden": "true" }));
  legend.append(`${least.toFixed(digits)} `, ...scale, ` ${most.toFixed(digits)} kW`);
  host.replaceChildren(table, legend);
}
