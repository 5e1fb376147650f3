// Scales, ticks, times, paths and gestures of the chart.

import assert from "node:assert/strict";
import test from "node:test";

import { indexAt, linear, timeTicks, valueTicks } from "../../bcm_mqtt/web/static/chart/axis.js";
import { bandPath, greatestOf, leastOf, linePath } from "../../bcm_mqtt/web/static/chart/data.js";
import { chosenBy, limited, moved, pinched, stepAt, zoomed } from "../../bcm_mqtt/web/static/chart/gestures.js";
import { DAY, Zone } from "../../bcm_mqtt/web/static/chart/zone.js";

const HOUR = 3_600_000;
const newYork = new Zone("America/New_York");
const at = (text) => Date.parse(text);
const shown = (from, to, count) => timeTicks(at(from), at(to), count, newYork).map(({ text }) => text);

test("a scale maps its ends to its ends, also downward", () => {
  const y = linear(0, 50, 200, 0);
  assert.deepEqual([0, 25, 50, 60].map(y), [200, 100, 0, -40]);
});

test("value ticks are round and reach above the greatest value", () => {
  assert.deepEqual(valueTicks(14.4, 4), { ticks: [0, 5, 10, 15], digits: 0 });
  assert.deepEqual(valueTicks(0.9, 4), { ticks: [0, 0.25, 0.5, 0.75, 1], digits: 2 });
  assert.deepEqual(valueTicks(20, 4).ticks, [0, 5, 10, 15, 20]);
  assert.deepEqual(valueTicks(0, 2).ticks, [0, 0.5, 1]);
});

test("time ticks within a day are hours of the site's clocks, midnight is its date", () => {
  assert.deepEqual(shown("2026-10-20T04:00Z", "2026-10-21T04:00Z", 4), ["20 Oct", "06:00", "12:00", "18:00", "21 Oct"]);
});

test("time ticks of a week are days, also when the clocks go back", () => {
  const days = timeTicks(at("2026-10-31T04:00Z"), at("2026-11-03T05:00Z"), 4, newYork);
  assert.deepEqual(days.map((tick) => new Date(tick.at).toISOString().slice(5, 13)), ["10-31T04", "11-01T04", "11-02T05", "11-03T05"]);
  assert.match(days[0].text, /^Sat,? 31 Oct$/);
});

test("time ticks of months are their first days, January and the first with the year", () => {
  assert.deepEqual(shown("2025-11-01T04:00Z", "2026-03-01T05:00Z", 3), ["Nov 2025", "Jan 2026", "Mar"]);
});

test("the point at an instant includes its start and not its end; gaps have none", () => {
  const [starts, ends] = [[0, 10, 30], [10, 20, 40]];
  assert.deepEqual([-1, 0, 9, 10, 19, 20, 29, 30, 40].map((ms) => indexAt(starts, ends, ms)), [null, 0, 0, 1, 1, null, null, 2, null]);
});

test("a line steps through its points and breaks where there is none", () => {
  const data = { starts: [0, 1, 2, 5], ends: [1, 2, 3, 6] };
  const path = (values) => linePath(data, [0, 1, 2, 3], values, (ms) => ms, (value) => value);
  assert.equal(path([1, 2, 3, 4]), "M0.0 1.0H1.0L1.0 2.0H2.0L2.0 3.0H3.0M5.0 4.0H6.0");
  assert.equal(path([1, null, 3, undefined]), "M0.0 1.0H1.0M2.0 3.0H3.0");
});

test("an axis reaches below 0 where a value does", () => {
  const series = [{ mean: [1, null, -9], min: [-4, null, -10] }, { mean: [5, -2, 3] }];
  assert.equal(leastOf({ series }, [0, 1]), -4);
  assert.equal(leastOf({ series }, [2]), -10);
  assert.equal(leastOf({ series: [{ mean: [1, 2] }] }, [0, 1]), 0);
  assert.deepEqual(valueTicks(1, 4, -1), { ticks: [-1, -0.5, 0, 0.5, 1], digits: 1 });
  assert.deepEqual(valueTicks(0, 4, -0.9).ticks, [-1, -0.75, -0.5, -0.25, 0]);
});

test("a band is a box for each point that has both ends", () => {
  const data = { starts: [0, 1], ends: [1, 2] };
  assert.equal(bandPath(data, [0, 1], [1, null], [4, 5], (ms) => ms, (value) => value), "M0.0 4.0H1.0V1.5H0.0Z");
});

test("an axis reaches to the band, and to a limit that the load comes near to", () => {
  const series = [{ mean: [1, null, 9], max: [4, null, 10] }, { mean: [5, 2, 3] }];
  assert.equal(greatestOf({ series }, [0, 1]), 5);
  assert.equal(greatestOf({ series, limits: [{ value: 20 }] }, [0, 1, 2]), 20.8);
  assert.equal(greatestOf({ series, limits: [{ value: 30 }] }, [0, 1, 2]), 10);
});

test("clocks that are changed: an instant and what the clocks show", () => {
  const noon = at("2026-11-01T17:00Z");
  assert.equal(newYork.field(noon), "2026-11-01T12:00");
  assert.equal(newYork.ofField("2026-11-01T12:00"), noon);
  assert.equal(newYork.midnight(noon), at("2026-11-01T04:00Z"));
  assert.equal(newYork.midnight(noon, 1) - newYork.midnight(noon), 25 * HOUR);
  assert.equal(newYork.monthBegin(at("2026-04-01T03:59Z")), at("2026-03-01T05:00Z"));
});

test("zooming keeps a time where it is, moving keeps the length", () => {
  assert.deepEqual(zoomed([0, 100], 0.5, 20), [10, 60]);
  assert.deepEqual(moved([100, 200], -0.25), [75, 175]);
});

test("a span is no shorter than a minute, no longer than 1490 days, and not before 1970", () => {
  const now = at("2026-10-20T00:00Z");
  assert.deepEqual(limited([now, now + 1000]), [now + 500 - 30_000, now + 500 + 30_000]);
  assert.deepEqual(limited([now, now + HOUR]), [now, now + HOUR]);
  const [from, to] = limited([now - 3000 * DAY, now + 3000 * DAY]);
  assert.equal(to - from, 1490 * DAY);
  assert.equal(limited([-HOUR, HOUR])[0], 0);
});

test("two fingers apart zoom in, side by side move", () => {
  const plot = { left: 0, width: 100 };
  assert.deepEqual(pinched([0, 1000], [40, 60], [30, 70], plot), [250, 750]);
  assert.deepEqual(pinched([0, 1000], [40, 60], [50, 70], plot), [-100, 900]);
});

test("choosing is by whole steps within the series", () => {
  assert.deepEqual([-5, 0, 14, 99, 140].map((ms) => stepAt([0, 100], 10, ms)[0]), [0, 0, 10, 90, 90]);
  assert.deepEqual(chosenBy([20, 30], 1, false, [0, 100], 10), [30, 40]);
  assert.deepEqual(chosenBy([20, 30], 96, false, [0, 100], 10), [90, 100]);
  assert.deepEqual(chosenBy([20, 30], 2, true, [0, 100], 10), [20, 50]);
  assert.deepEqual(chosenBy([20, 50], -96, true, [0, 100], 10), [20, 30]);
});
