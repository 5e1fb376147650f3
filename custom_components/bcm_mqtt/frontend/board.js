// @ts-check
// The board: drawn once for the circuits that there are, then only its figures are written.

import { amountsIn, element, hidden, write } from "./dom.js";
import { figure, mainReadingOf, readingOf, severityOf } from "./reading.js";
import { phaseOf, placesOf } from "./site.js";

/** @typedef {import("./site.js").Circuit} Circuit */
/** @typedef {import("./site.js").EntityIds} EntityIds */
/** @typedef {import("./site.js").Hass} Hass */
/** @typedef {import("./site.js").Panel} Panel */
/** @typedef {(hass: Hass) => void} Show writes what is now */
/** @typedef {{ root: HTMLElement, show: Show }} Board */

/** What a panel's main shows: of which entity, its label, unit and decimals. */
const MAIN = /** @type {const} */ ([
  ["current_a", "Phase A", "A", 1],
  ["current_b", "Phase B", "A", 1],
  ["current_c", "Phase C", "A", 1],
  ["power", "Power", "kW", 2],
  ["load", "Load", "%", 0],
  ["imbalance", "Imbalance", "%", 0],
  ["neutral", "Neutral", "A", 1],
]);
const MOST_PERCENT = 100; // of the bar
const CLICKED_FIRST = ["current", "power", "energy", "load", "alarm", "overload", "description"];

/** The bar of a breaker's load, with a mark at 80 %. */
function bar() {
  const fill = element("span", { class: "fill" });
  return { fill, root: element("span", { class: "loading", "aria-hidden": "true" }, fill) };
}

/** @param {HTMLElement} fill @param {number | null} percent */
const fillTo = (fill, percent) => fill.style.setProperty("width", `${Math.min(Math.max(percent ?? 0, 0), MOST_PERCENT)}%`);

/**
 * @param {Circuit} circuit
 * @param {Record<string, string>} ids
 * @returns {{ place: HTMLElement, show: (hass: Hass, amount: ReturnType<typeof amountsIn>) => void }}
 */
function breaker(circuit, ids) {
  const [amps, kw, percent] = [element("b"), element("b"), element("b")];
  const [description, about, alarms, alarmState] = ["description", "about", "", "state"].map((name) => element("span", { class: name }));
  const alarm = element("span", { class: "alarm" }, alarms, alarmState);
  const handle = element("span", { class: "handle" });
  const load = bar();
  const power = element("span", { class: "power" }, kw, element("i", {}, " kW "));
  const rows = circuit.poles.map((pole, index) =>
    element("span", { class: `pole phase-${circuit.phases[index]}` },
      element("span", { class: "number" }, hidden("Pole "), String(pole)),
      element("span", { class: "phase" }, hidden("phase "), circuit.phases[index])));
  const opens = CLICKED_FIRST.map((key) => ids[key]).find(Boolean) ?? "";
  const place = element("button", { type: "button", class: "breaker", tabindex: -1, "data-pole": circuit.poles[0], "data-opens": opens },
    element("span", { class: "rows" }, ...rows),
    element("span", { class: "amps" }, amps, element("i", {}, " A")),
    element("span", { class: "label" }, description, about,
      element("span", { class: "figures" }, power, element("span", {}, percent, element("i", {}, " %"), hidden(" of its rating"))),
      load.root, alarm),
    element("span", { class: "body", "aria-hidden": "true" },
      ...circuit.poles.map((_, index) => element("span", { class: "toggle" }, index ? element("span", { class: "handle" }) : handle)),
      ...(circuit.poles.length > 1 ? [element("span", { class: "tie" })] : [])));

  return {
    place,
    show(hass, amount) {
      const now = readingOf(hass, ids);
      write(amps, amount(now.amps, 1));
      write(kw, amount(now.kw, 2));
      write(percent, amount(now.percent, 0));
      write(description, (now.description ?? circuit.name) || "no description");
      write(about, now.connection ?? circuit.connection);
      write(alarms, now.alarms);
      write(alarmState, now.alarmState && `: ${now.alarmState}`);
      alarm.hidden = !now.alarms;
      write(handle, now.rating === null ? "" : amount(now.rating, 0));
      power.hidden = now.kw === null;
      place.dataset.severity = now.severity;
      place.title = now.rating === null ? "" : `${amount(now.rating, 0)} A breaker`;
      fillTo(load.fill, now.percent);
    },
  };
}

/**
 * The strip of the main, with a button for each figure that has an entity.
 * @param {Panel} panel
 * @param {Record<string, string>} ids
 * @returns {{ root: HTMLElement, show: (hass: Hass, amount: ReturnType<typeof amountsIn>) => void }}
 */
function main(panel, ids) {
  const alarm = element("span", { class: "alarm" });
  const load = bar();
  const figures = MAIN.filter(([key]) => ids[key]).map(([key, label, unit, decimals]) => {
    const value = element("b");
    const phase = /^current_(.)$/.exec(key)?.[1].toUpperCase();
    const place = element("button", { type: "button", class: `total${phase ? ` phase-total phase-${phase}` : ""}`, "data-opens": ids[key] },
      element("span", { class: "name" }, label), element("span", { class: "value" }, value, ` ${unit}`, ...(key === "load" ? [load.root] : [])));
    return { id: ids[key], key, value, decimals, place };
  });
  const root = element("div", { class: "main-breaker", role: "group", "aria-label": `Main of ${panel.name}` },
    element("div", { class: "main-body", "aria-hidden": "true" },
      ...[...panel.letters].map(() => element("span", { class: "toggle" }, element("span", { class: "handle" }))), element("span", { class: "tie" })),
    element("div", { class: "totals" }, ...figures.map(({ place }) => place)), alarm);
  root.hidden = figures.length === 0;
  return {
    root,
    show(hass, amount) {
      const now = mainReadingOf(hass, ids);
      root.dataset.severity = now.severity;
      write(alarm, now.alarms);
      alarm.hidden = !now.alarms;
      for (const { id, key, value, decimals } of figures) {
        const found = figure(hass, id);
        write(value, amount(found, decimals));
        if (key !== "load") continue;
        fillTo(load.fill, found);
        load.root.dataset.level = severityOf(found);
      }
    },
  };
}

/** @param {number} pole @param {string} letter */
const space = (pole, letter) =>
  element("div", { class: "breaker" },
    element("span", { class: "rows" }, element("span", { class: `pole phase-${letter}` },
      element("span", { class: "number" }, hidden("Pole "), String(pole)), element("span", { class: "phase" }, hidden("phase "), letter))),
    element("span", { class: "label" }, element("span", { class: "description" }, "space")),
    element("span", { class: "body", "aria-hidden": "true" }, element("span", { class: "blank" })));

/**
 * @param {Panel} panel
 * @param {Circuit[]} circuits
 * @param {EntityIds} ids
 * @param {{ main: boolean, language: string }} options
 * @returns {Board}
 */
export function boardOf(panel, circuits, ids, options) {
  const idsOf = (/** @type {{ device: string }} */ { device }) => ids.get(device) ?? {};
  /** @type {{ watched: string[], seen: unknown[], show: (hass: Hass, amount: ReturnType<typeof amountsIn>) => void }[]} */
  const parts = [];
  const follow = (/** @type {Record<string, string>} */ of, /** @type {(typeof parts)[0]["show"]} */ show) =>
    parts.push({ watched: Object.values(of), seen: [], show });
  const side = (/** @type {1 | 2} */ first, /** @type {string} */ name, /** @type {string} */ label) =>
    element("ol", { class: `column ${name}`, "aria-label": label },
      ...placesOf(panel.poles, circuits, first).map(({ poles, circuit }) => {
        if (!circuit) return element("li", { class: "slot space" }, space(poles[0], phaseOf(poles[0], panel.letters)));
        const { place, show } = breaker(circuit, idsOf(circuit));
        follow(idsOf(circuit), show);
        return element("li", { class: `slot poles-${poles.length}` }, place);
      }));
  const root = element("div", { class: `enclosure colours-${panel.highVoltage ? "high" : "low"}` });
  if (options.main) {
    const strip = main(panel, idsOf(panel));
    follow(idsOf(panel), strip.show);
    root.append(strip.root);
  }
  root.append(element("div", { class: "columns" },
    side(1, "left", "Left side, odd poles"), element("div", { class: "bus", "aria-hidden": "true" }), side(2, "right", "Right side, even poles")));
  const currents = circuits.map((circuit) => idsOf(circuit).current).filter(Boolean);
  const amount = amountsIn(options.language);
  return {
    root,
    show(hass) {
      // Cards are called for every state of the whole house: only what has changed is read.
      for (const part of parts) {
        const now = part.watched.map((id) => hass.states[id]);
        if (part.seen.length && now.every((state, index) => state === part.seen[index])) continue;
        part.seen = now;
        part.show(hass, amount);
      }
      const away = currents.length > 0 && currents.every((id) => figure(hass, id) === null);
      root.dataset.state = away ? "away" : "live";
    },
  };
}
