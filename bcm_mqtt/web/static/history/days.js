// @ts-check
// Energy by day, of the last month: bars that are paler where not all of the day is measured.

import { Chart } from "../chart/chart.js";
import { byId, fillTable, one } from "../elements.js";
import { amount } from "../format.js";
import { fetched } from "../request.js";
import { _ } from "../texts.js";

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
  const total = _("%(kwh)s kWh in all", { kwh: amount(answer.total_kwh, 1) });
  chart.show({
    from, to, starts, ends, unit: "kWh",
    series: [{ name: "power", mean: kwh, measured }],
    note: kwh.some((value) => value !== null) ? "" : _("There is no energy yet: it is calculated every 15 minutes."),
  });
  byId("days-about").textContent = _("last %(days)s days", { days: SHOWN });
  host.setAttribute("aria-label", _("Energy by day, last %(days)s days: %(total)s", { days: SHOWN, total }));
  const rows = starts.map((at, index) => [zone.day(at), amount(kwh[index], 1), percent(measured[index])]);
  fillTable(one(byId("days-table"), ".scroll"), [_("Day"), "kWh", _("Measured, %%")], rows);

  function read(/** @type {number | null} */ index) {
    const share = index === null ? null : measured[index];
    if (index === null) {
      byId("day-readout").textContent = total;
      return;
    }
    const words = { day: zone.day(starts[index]), kwh: amount(kwh[index], 1), share: percent(share) };
    byId("day-readout").textContent = share !== null && share < 0.995
      ? _("%(day)s: %(kwh)s kWh, %(share)s %% measured", words)
      : _("%(day)s: %(kwh)s kWh", words);
  }

  read(null);
  host.addEventListener("pointermove", (event) => read(chart.indexAt(chart.timeOf(event))));
  host.addEventListener("pointerleave", () => read(null));
}
