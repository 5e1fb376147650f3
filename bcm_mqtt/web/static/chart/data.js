// @ts-check
// What a chart shows, and the paths of its points.

/** @typedef {(number | null)[]} Values one of each point, null where there is none */
/**
 * @typedef {object} Series
 * @property {string} name class of its lines, bands, bars and dots
 * @property {string} [label] what people call it
 * @property {Values} mean
 * @property {Values} [min] with `max`: a band
 * @property {Values} [max]
 * @property {Values} [measured] part of each bar's time, 0 to 1
 */
/**
 * @typedef {object} Data times in ms since 1970
 * @property {number} from
 * @property {number} to
 * @property {number[]} starts of the points, in order
 * @property {number[]} ends
 * @property {Series[]} series
 * @property {string} unit
 * @property {{ value: number, text: string, from: number, to: number, name: string }[]} [limits]
 * @property {{ at: number, text: string }[]} [marks]
 * @property {{ from: number, to: number, name: string }[]} [periods] shaded behind the lines
 * @property {{ from: number, to: number }[]} [findings] beneath the lines
 * @property {string} [note] instead of points
 */
/** @typedef {(value: number) => number} Scale */

const LIMIT_SHOWN_FROM = 0.4; // of its value: limits far above the load would press it flat

/**
 * The greatest value of the visible points, or of a limit that they come near to.
 * @param {Data} data
 * @param {number[]} visible
 */
export function greatestOf({ series, limits = [] }, visible) {
  let greatest = 0;
  for (const { max, mean } of series) for (const at of visible) greatest = Math.max(greatest, max?.[at] ?? mean[at] ?? 0);
  for (const { value } of limits) if (greatest >= LIMIT_SHOWN_FROM * value) greatest = Math.max(greatest, value * 1.04);
  return greatest;
}

/**
 * The least value of the visible points, 0 at most.
 * @param {Data} data
 * @param {number[]} visible
 */
export function leastOf({ series }, visible) {
  let least = 0;
  for (const { min, mean } of series) for (const at of visible) least = Math.min(least, min?.[at] ?? mean[at] ?? 0);
  return least;
}

/**
 * Steps through the values; a value that is not there breaks the line.
 * @param {Data} data
 * @param {number[]} visible
 * @param {Values} values
 * @param {Scale} x
 * @param {Scale} y
 */
export function linePath({ starts, ends }, visible, values, x, y) {
  let path = "";
  let open = false;
  for (const at of visible) {
    const value = values[at] ?? null;
    if (value !== null) path += `${open ? "L" : "M"}${x(starts[at]).toFixed(1)} ${y(value).toFixed(1)}H${x(ends[at]).toFixed(1)}`;
    open = value !== null && starts[at + 1] === ends[at];
  }
  return path;
}

/**
 * A box for each point from its least to its greatest value.
 * @param {Data} data
 * @param {number[]} visible
 * @param {Values} min
 * @param {Values} max
 * @param {Scale} x
 * @param {Scale} y
 */
export function bandPath({ starts, ends }, visible, min, max, x, y) {
  let path = "";
  for (const at of visible) {
    const [least, most] = [min[at], max[at]];
    if (least === null || most === null) continue;
    const [x1, x2] = [x(starts[at]).toFixed(1), x(ends[at]).toFixed(1)];
    path += `M${x1} ${y(most).toFixed(1)}H${x2}V${(y(least) + 0.5).toFixed(1)}H${x1}Z`;
  }
  return path;
}
