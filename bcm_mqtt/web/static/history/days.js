// @ts-check
// Energy by day, of the last month: bars that are paler where not all of the day is measured.

import { Chart } from "../chart/chart.js";
import { byId, fillTable, one } from "../elements.js";
import { amount } from "../format.js";
import { fetched } from "../request.js";

/** @typedef {import("../chart/zone.js").Zone} Zone */

const SHOWN = 31;

/**
 * @param {number | null} share 0 to 1
 */
const percent = (share) => amount(share === null ? null : share * 100, 1);

/**
 * @param {Zone} zone
 * @param {string} api
 */
export async function showDays(zone, api) {
  const host = byId("days");
  const chart = new Chart(host, zone, { bars: true });
  const to = zone.midnight(Date.now(), 1);
  const from = zone.midnight(to, -SHOWN);
  /** @type {import("./page.js").History} */
  let answer;
  try {
    answer = await fetched(`${api}/history?from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&step=1d`);
  } catch (error) {
    chart.show({ from, to, starts: [], ends: [], series: [], unit: "", note: error.message });
    return;
  }
  const { kwh, measured } = answer;
  const starts = answer.starts.map((at) => Date.parse(at));
  const ends = [...starts.slice(1), Date.parse(answer.end)];
  const total = `${amount(answer.total_kwh, 1)} kWh in all`;
  chart.show({
    from, to, starts, ends, unit: "kWh",
    series: [{ name: "power", mean: kwh, measured }],
    note: kwh.some((value) => value !== null) ? "" : "There is no energy yet: it is calculated every 15 minutes.",
  });
  byId("days-about").textContent = `last ${SHOWN} days`;
  host.setAttribute("aria-label", `Energy by day, last ${SHOWN} days: ${total}`);
  const rows = starts.map((at, index) => [zone.day(at), amount(kwh[index], 1), percent(measured[index])]);
  fillTable(one(byId("days-table"), ".scroll"), ["Day", "kWh", "Measured, %"], rows);

  function read(/** @type {number | null} */ index) {
    const share = index === null ? null : measured[index];
    const part = share !== null && share < 0.995 ? `, ${percent(share)} % measured` : "";
    byId("day-readout").textContent = index === null ? total : `${zone.day(starts[index])}: ${amount(kwh[index], 1)} kWh${part}`;
  }

  read(null);
  host.addEventListener("pointermove", (event) => read(chart.indexAt(chart.timeOf(event))));
  host.addEventListener("pointerleave", () => read(null));
}
