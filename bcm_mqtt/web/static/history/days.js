// Energy by day, of the last month: bars that are paler where not all of the day is measured.

import { Chart } from "./chart.js";
import { fetched } from "./fetched.js";
import { fill } from "./table.js";

const SHOWN = 31;

export class Days {
  constructor(zone, api) {
    this.zone = zone;
    this.host = document.getElementById("days");
    this.readout = document.getElementById("day-readout");
    this.details = document.getElementById("days-table");
    this.chart = new Chart(this.host, zone, { bars: true });
    this.host.addEventListener("pointermove", (event) => this.point(event));
    this.host.addEventListener("pointerleave", () => this.tell(null));
    this.load(api);
  }

  async load(api) {
    const to = this.zone.midnight(Date.now(), 1);
    const from = this.zone.midnight(to, -SHOWN);
    let answer;
    try {
      answer = await fetched(`${api}/history?from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&step=1d`);
    } catch (error) {
      this.chart.show({ from, to, starts: [], ends: [], series: [], unit: "", note: error.message });
      return;
    }
    this.answer = answer;
    const starts = answer.starts.map(Date.parse);
    const ends = [...starts.slice(1), Date.parse(answer.end)];
    const some = answer.kwh.some((value) => value !== null);
    this.chart.show({
      from, to, starts, ends, unit: "kWh",
      series: [{ name: "power", mean: answer.kwh, measured: answer.measured }],
      note: some ? "" : "No energy yet: it is summed up every quarter of an hour.",
    });
    document.getElementById("days-about").textContent = `last ${SHOWN} days`;
    this.host.setAttribute("aria-label", `Energy by day, last ${SHOWN} days: ${this.amount(answer.total_kwh)} kWh in all`);
    fill(
      this.details.querySelector(".scroll"),
      ["Day", "kWh", "Measured, %"],
      starts.map((at, index) => [this.zone.day(at), this.amount(answer.kwh[index]), this.amount(answer.measured[index] === null ? null : answer.measured[index] * 100)]),
    );
    this.tell(null);
  }

  amount(value) {
    return value === null ? "–" : value.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  }

  point(event) {
    this.tell(this.chart.indexAt(this.chart.time(event.clientX - this.host.getBoundingClientRect().left)));
  }

  tell(index) {
    if (!this.answer) return;
    if (index === null) {
      this.readout.textContent = `${this.amount(this.answer.total_kwh)} kWh in all`;
      return;
    }
    const share = this.answer.measured[index];
    const part = share !== null && share < 0.995 ? `, ${this.amount(share * 100)} % measured` : "";
    this.readout.textContent = `${this.zone.day(this.chart.data.starts[index])}: ${this.amount(this.answer.kwh[index])} kWh${part}`;
  }
}
