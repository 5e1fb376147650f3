// @ts-check
// Scales, and where the ticks of an axis are and what they say. Times are in ms since 1970.

/** @typedef {import("./zone.js").Zone} Zone */
/** @typedef {{ at: number, text: string, major: boolean }} TimeTick */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [1, 2, 5, 10, 15, 30].map((count) => count * MINUTE)
  .concat([1, 2, 3, 6, 12].map((count) => count * HOUR), [1, 2, 3, 7, 14].map((count) => count * DAY));
const MONTHS = [1, 2, 3, 6, 12, 24];
const MONDAY = 4 * DAY; // of the first week of 1970

/**
 * Maps `from` to `begin` and `to` to `end`, and all others evenly.
 * @param {number} from
 * @param {number} to
 * @param {number} begin
 * @param {number} end
 */
export function linear(from, to, begin, end) {
  return (/** @type {number} */ value) => begin + ((value - from) / (to - from)) * (end - begin);
}

/**
 * The index of the point whose time holds an instant, or null. Points are in order, their ends excluded.
 * @param {number[]} starts
 * @param {number[]} ends
 * @param {number} ms
 */
export function indexAt(starts, ends, ms) {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= ms) low = middle + 1;
    else high = middle;
  }
  return low > 0 && ms < ends[low - 1] ? low - 1 : null;
}

/**
 * Round values from 0, or from the least if it is below 0, to at least the greatest, with the digits
 * after the point that they need.
 * @param {number} greatest
 * @param {number} count of ticks, about
 * @param {number} [least] 0 or below
 */
export function valueTicks(greatest, count, least = 0) {
  const most = greatest || (least < 0 ? 0 : 1);
  const rough = (most - least) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10;
  const step = round * power;
  const ticks = [];
  for (let at = Math.floor(least / step + 1e-9); at < Math.ceil(most / step - 1e-9) + 1; at += 1) ticks.push(at * step);
  return { ticks, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) + (round === 2.5 && step < 10 ? 1 : 0) };
}

/**
 * Instants between two others that the clocks show as round.
 * @param {number} from
 * @param {number} to
 * @param {number} count of ticks, about
 * @param {Zone} zone
 */
export function timeTicks(from, to, count, zone) {
  const rough = (to - from) / count;
  const step = STEPS.find((one) => one >= rough);
  return step ? even(from, to, step, zone) : monthly(from, to, rough, zone);
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} step
 * @param {Zone} zone
 */
function even(from, to, step, zone) {
  /** @type {TimeTick[]} */
  const ticks = [];
  const shift = step >= 7 * DAY ? MONDAY : 0;
  const end = zone.wall(to);
  for (let wall = Math.ceil((zone.wall(from) - shift) / step) * step + shift; wall <= end; wall += step) {
    const at = zone.instant(wall);
    if (at < from || at > to) continue;
    const midnight = wall % DAY === 0;
    const text = midnight || step >= DAY
      ? zone.text(at, { ...(step >= DAY && step < 7 * DAY && { weekday: "short" }), day: "numeric", month: "short" })
      : zone.text(at, { hour: "2-digit", minute: "2-digit" });
    ticks.push({ at, text, major: midnight && step < DAY });
  }
  return ticks;
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} rough
 * @param {Zone} zone
 */
function monthly(from, to, rough, zone) {
  const months = MONTHS.find((one) => one * 30.4 * DAY >= rough) ?? 60;
  const first = new Date(zone.wall(from));
  /** @type {TimeTick[]} */
  const ticks = [];
  let number = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / months) * months;
  for (;; number += months) {
    const at = zone.instant(Date.UTC(Math.floor(number / 12), number % 12, 1));
    if (at > to) return ticks;
    if (at < from) continue;
    const year = number % 12 === 0 || ticks.length === 0;
    ticks.push({ at, text: zone.text(at, { month: "short", ...(year && { year: "numeric" }) }), major: number % 12 === 0 });
  }
}
