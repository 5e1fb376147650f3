// @ts-check
// A dashboard of the whole site: a view for each panel with its alarms, and one of the customers.

import { TAG } from "./card.js";
import { circuitsOf, devicesOf, entitiesOf, panelsOf } from "./site.js";

/** @typedef {import("./site.js").Hass} Hass */
/** @typedef {import("./site.js").Panel} Panel */

const CUSTOMER = ["energy", "cost", "peak_demand", "last_energy", "last_cost", "review_hold"];
const SITE = ["site_energy", "unallocated_energy", "unassigned_circuits", "outbox_lasts"];
const WIDEST = 4; // sections side by side
const DAYS = 30;

/**
 * The registries, which a page that was just opened may not have yet.
 * @param {Hass} hass
 * @returns {Promise<Hass>}
 */
async function complete(hass) {
  if (hass.devices && hass.entities) return hass;
  const [devices, entities] = await Promise.all(["device", "entity"].map((kind) => hass.callWS({ type: `config/${kind}_registry/list` })));
  const enabled = entities.filter((/** @type {any} */ { disabled_by: by }) => !by);
  // By its prototype all else of the page's object is there, too.
  return Object.assign(Object.create(hass), {
    devices: Object.fromEntries(devices.map((/** @type {any} */ device) => [device.id, device])),
    entities: Object.fromEntries(enabled.map((/** @type {any} */ entity) => [entity.entity_id, entity])),
  });
}

/**
 * What lists the alarms of a panel, and nothing while all is normal.
 * @param {Hass} hass
 * @param {Panel} panel
 */
function alarmsOf(hass, panel) {
  const of = (/** @type {string[]} */ devices) => entitiesOf(hass, devices).map(({ entity_id: id }) => id);
  const circuits = of(circuitsOf(hass, panel).map(({ device }) => device)).filter((id) =>
    hass.states[id]?.attributes.options?.includes("unacknowledged"));
  const mains = of([panel.device]).filter((id) => hass.states[id]?.attributes.device_class === "problem");
  return {
    type: "entity-filter",
    show_empty: false,
    card: { type: "entities", title: "Alarms" },
    conditions: [],
    entities: [
      ...mains.map((entity) => ({ entity, conditions: [{ condition: "state", entity, state: "on" }] })),
      ...circuits.map((entity) => ({
        entity,
        conditions: [{ condition: "state", entity, state_not: ["normal", "unavailable", "unknown"] }],
      })),
    ],
  };
}

/** @param {Hass} hass @param {Panel} panel */
function viewOf(hass, panel) {
  const card = { type: `custom:${TAG}`, panel: panel.id, grid_options: { columns: "full" } };
  const alarms = { ...alarmsOf(hass, panel), grid_options: { columns: "full" } };
  return {
    title: panel.name,
    path: panel.id.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"),
    type: "sections",
    max_columns: WIDEST,
    sections: [{ type: "grid", column_span: WIDEST, cards: alarms.entities.length ? [card, alarms] : [card] }],
  };
}

/**
 * A card with the entities of a device that show some figures, in their order.
 * @param {Hass} hass
 * @param {{ device: string, name: string }} of
 * @param {string[]} keys
 */
function figuresOf(hass, { device, name }, keys) {
  const found = entitiesOf(hass, [device]);
  const called = (/** @type {string} */ id) => hass.states[id]?.attributes.friendly_name?.replace(`${name} `, "");
  const entities = keys.flatMap((key) =>
    found.filter(({ translation_key: of }) => of === key).map(({ entity_id: id }) => ({ entity: id, name: called(id) })));
  return entities.length ? [{ type: "entities", title: name, entities, show_header_toggle: false }] : [];
}

/**
 * Energy of every day and customer; nothing without the recorder of Home Assistant.
 * @param {Hass} hass
 */
async function history(hass) {
  /** @type {{ source: string, statistic_id: string, name: string | null, unit_class?: string | null }[]} */
  const listed = await hass.callWS({ type: "recorder/list_statistic_ids" }).catch(() => []);
  const entities = listed
    .filter(({ source, unit_class: kind }) => source === "bcm_mqtt" && kind === "energy")
    .map(({ statistic_id: entity, name }) => ({ entity, name: name ?? entity }))
    .sort((one, other) => one.name.localeCompare(other.name));
  const graph = { type: "statistics-graph", chart_type: "bar", stat_types: ["change"], period: "day", days_to_show: DAYS };
  return entities.length ? [{ ...graph, title: "Energy of each day", entities, grid_options: { columns: "full" } }] : [];
}

/** @param {Hass} hass */
async function customersView(hass) {
  const customers = devicesOf(hass, "Customer").flatMap((one) => figuresOf(hass, one, CUSTOMER));
  const sites = devicesOf(hass, "Site").flatMap((one) => figuresOf(hass, one, SITE));
  const wide = await history(hass);
  if (!customers.length && !sites.length) return [];
  return [
    {
      title: "Customers",
      path: "customers",
      type: "sections",
      max_columns: WIDEST,
      sections: [
        ...(wide.length ? [{ type: "grid", column_span: WIDEST, cards: wide }] : []),
        ...[...customers, ...sites].map((card) => ({ type: "grid", cards: [{ ...card, grid_options: { columns: "full" } }] })),
      ],
    },
  ];
}

export class SiteDashboard extends HTMLElement {
  /**
   * @param {object} _config
   * @param {Hass} page
   */
  static async generate(_config, page) {
    const hass = await complete(page);
    const views = [...panelsOf(hass).map((panel) => viewOf(hass, panel)), ...(await customersView(hass))];
    // The card says why there is none.
    return { views: views.length ? views : [{ title: "Panels", cards: [{ type: `custom:${TAG}` }] }] };
  }
}
