// The typical week as a table of 7 x 24 coloured cells.

import { fetched } from "./fetched.js";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const LEVELS = 8;

function cell(name, text, attributes = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export async function showWeek(host, api) {
  let week;
  try {
    week = await fetched(`${api}/week`);
  } catch (error) {
    host.replaceChildren(cell("p", error.message, { class: "empty" }));
    return;
  }
  const known = week.kw.flat().filter((value) => value !== null);
  if (!known.length) {
    host.replaceChildren(cell("p", "No history yet: a week becomes typical as it is measured.", { class: "empty" }));
    return;
  }
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const level = (value) => Math.min(LEVELS - 1, Math.floor(((value - least) / (most - least || 1)) * LEVELS));
  const digits = most >= 100 ? 0 : most >= 10 ? 1 : 2;
  const table = document.createElement("table");
  table.append(cell("caption", "Mean kW by weekday and hour", { class: "hidden" }));
  const head = table.createTHead().insertRow();
  head.append(cell("td", ""));
  for (let hour = 0; hour < 24; hour += 1) {
    const column = cell("th", "", { scope: "col", class: hour % 3 ? "between" : "" });
    column.append(cell("span", String(hour).padStart(2, "0")), cell("span", " o'clock", { class: "hidden" }));
    head.append(column);
  }
  const body = table.createTBody();
  week.kw.forEach((hours, day) => {
    const row = body.insertRow();
    const name = cell("th", "", { scope: "row" });
    name.append(cell("span", DAYS[day].slice(0, 3), { "aria-hidden": "true" }), cell("span", DAYS[day], { class: "hidden" }));
    row.append(name);
    hours.forEach((value, hour) => {
      const count = week.hours[day][hour];
      const text = value === null ? "–" : value.toFixed(digits);
      const when = `${DAYS[day]} ${String(hour).padStart(2, "0")}:00`;
      const item = cell("td", "", { class: value === null ? "missing" : `level-${level(value)}`, title: value === null ? `${when}: not measured` : `${when}: ${text} kW, mean of ${count} h` });
      item.append(cell("span", text));
      row.append(item);
    });
  });
  const legend = cell("p", "", { class: "week-legend" });
  const scale = Array.from({ length: LEVELS }, (_, one) => cell("i", "", { class: `level-${one}`, "aria-hidden": "true" }));
  legend.append(`${least.toFixed(digits)} `, ...scale, ` ${most.toFixed(digits)} kW`);
  host.replaceChildren(table, legend);
}
