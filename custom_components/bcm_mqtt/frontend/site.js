// @ts-check
// Panels and circuits among Home Assistant's devices, as MQTT discovery describes them.

/** @typedef {{ id: string, identifiers: string[][], manufacturer: string | null, model: string | null, name: string | null, name_by_user: string | null, via_device_id: string | null }} Device */
/** @typedef {{ entity_id: string, device_id?: string | null, name?: string | null, platform?: string, translation_key?: string }} Entity */
/** @typedef {{ state: string, attributes: Record<string, any> }} State */
/**
 * What Home Assistant gives to cards. Entities that are disabled are not among its entities.
 * @typedef {{
 *   devices: Record<string, Device>,
 *   entities: Record<string, Entity>,
 *   states: Record<string, State | undefined>,
 *   language: string,
 *   callWS: (command: object) => Promise<any>,
 * }} Hass
 */
/**
 * @typedef {{
 *   id: string, device: string, name: string, poles: number, letters: string, highVoltage: boolean,
 * }} Panel `id` is its identifier in MQTT, `device` its id in the registry, `letters` its phases
 */
/** @typedef {{ id: string, device: string, name: string, poles: number[], phases: string, connection: string }} Circuit */
/** @typedef {Map<string, Record<string, string>>} EntityIds by device, and by what they show */

const PANEL = /^(\d+)-pole panel, (\d+)(?:\/(\d+))? V$/;
const CIRCUIT = /^Circuit (\S+), phase ([A-C]+)$/;
const HIGH_VOLTAGE = 250; // V line to line: beyond it other phase colours are usual

/** @param {Device} device */
const identifier = (device) => device.identifiers.find(([domain]) => domain === "mqtt")?.[1];

/** @param {Hass} hass @param {string} model */
const ofModel = (hass, model) => Object.values(hass.devices).filter((device) => device.manufacturer === "bcm-mqtt" && device.model === model);

/** @param {{ name: string }} one @param {{ name: string }} other */
const byName = (one, other) => one.name.localeCompare(other.name, undefined, { numeric: true });

/**
 * All panels, by name.
 * @param {Hass} hass
 * @returns {Panel[]}
 */
export function panelsOf(hass) {
  return Object.values(hass.devices)
    .flatMap((device) => {
      const [, poles, low, high] = PANEL.exec(device.model ?? "") ?? [];
      const id = identifier(device);
      if (device.manufacturer !== "bcm-mqtt" || !poles || !id) return [];
      return {
        id,
        device: device.id,
        name: device.name_by_user ?? device.name ?? id,
        poles: Number(poles),
        letters: Number(high) === 2 * Number(low) ? "AB" : "ABC",
        highVoltage: Number(high ?? low) > HIGH_VOLTAGE,
      };
    })
    .sort(byName);
}

/**
 * The circuits of a panel, by pole.
 * @param {Hass} hass
 * @param {Panel} panel
 * @returns {Circuit[]}
 */
export function circuitsOf(hass, panel) {
  return Object.values(hass.devices)
    .flatMap((device) => {
      const [, connection, phases] = CIRCUIT.exec(device.model ?? "") ?? [];
      const id = identifier(device);
      const first = Number(id?.slice(panel.id.length + 1));
      if (device.via_device_id !== panel.device || !connection || !id || !first) return [];
      const poles = [...phases].map((_, index) => first + 2 * index);
      return { id, device: device.id, name: device.name_by_user ?? device.name ?? id, poles, phases, connection };
    })
    .sort((one, other) => one.poles[0] - other.poles[0]);
}

/**
 * The customers' devices and the site's, which are the integration's.
 * @param {Hass} hass
 * @param {"Customer" | "Site"} model
 */
export const devicesOf = (hass, model) =>
  ofModel(hass, model)
    .map((device) => ({ device: device.id, name: device.name_by_user ?? device.name ?? "" }))
    .sort(byName);

/**
 * The enabled entities of devices.
 * @param {Hass} hass
 * @param {Iterable<string>} devices their ids
 */
export function entitiesOf(hass, devices) {
  const wanted = new Set(devices);
  return Object.values(hass.entities).filter(({ device_id: device }) => device && wanted.has(device));
}

/**
 * What shows what of a panel and its circuits: entity ids by the last part of their unique ids,
 * which people cannot change.
 * @param {Hass} hass
 * @param {(Panel | Circuit)[]} things
 * @returns {Promise<EntityIds>}
 */
export async function entityIdsOf(hass, things) {
  const ids = new Map(things.map(({ device, id }) => [device, id]));
  const found = entitiesOf(hass, ids.keys()).map(({ entity_id: id }) => id);
  /** @type {Record<string, { entity_id: string, device_id: string, platform: string, unique_id: string } | null>} */
  const entries = await hass.callWS({ type: "config/entity_registry/get_entries", entity_ids: found });
  /** @type {EntityIds} */
  const byDevice = new Map(things.map(({ device }) => [device, {}]));
  for (const entry of Object.values(entries)) {
    const id = entry && ids.get(entry.device_id);
    const shown = entry && id && byDevice.get(entry.device_id);
    if (shown && entry.platform === "mqtt" && entry.unique_id.startsWith(`${id}_`)) {
      shown[entry.unique_id.slice(id.length + 1)] = entry.entity_id;
    }
  }
  return byDevice;
}

/**
 * The places of one side of a panel from top to bottom: breakers, and single poles without one.
 * @param {number} poles of the panel
 * @param {Circuit[]} circuits
 * @param {1 | 2} first pole of the side
 * @returns {{ poles: number[], circuit?: Circuit }[]}
 */
export function placesOf(poles, circuits, first) {
  const byFirstPole = new Map(circuits.map((circuit) => [circuit.poles[0], circuit]));
  const places = [];
  for (let pole = first; pole <= poles;) {
    const circuit = byFirstPole.get(pole);
    const place = circuit ? { poles: circuit.poles, circuit } : { poles: [pole] };
    places.push(place);
    pole += 2 * place.poles.length;
  }
  return places;
}

/**
 * Rows go A, B, C down the panel, A, B in split phase.
 * @param {number} pole
 * @param {string} letters
 */
export const phaseOf = (pole, letters) => letters[Math.floor((pole - 1) / 2) % letters.length];
