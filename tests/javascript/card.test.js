// What Home Assistant's card makes of devices and states.

import assert from "node:assert/strict";
import test from "node:test";

// Node.js has no elements; what is tested here makes none.
globalThis.HTMLElement = class {};

import { mainReadingOf, readingOf } from "../../custom_components/bcm_mqtt/frontend/reading.js";
import { circuitsOf, entityIdsOf, panelsOf, phaseOf, placesOf } from "../../custom_components/bcm_mqtt/frontend/site.js";

const device = (id, name, model, via = null) => ({
  id: `d-${id}`, identifiers: [["mqtt", id]], manufacturer: "bcm-mqtt", model, name, name_by_user: null, via_device_id: via,
});
const devices = Object.fromEntries(
  [
    device("dc1_rpp-10", "RPP 10", "42-pole panel, 277/480 V"),
    device("dc1_rpp-2", "RPP 2", "6-pole panel, 120/208 V"),
    device("dc1_lp", "LP", "12-pole panel, 120/240 V"),
    device("dc1_bridge_dc1", "BCM bridge dc1", "bcm-mqtt bridge"),
    device("dc1_rpp-2_2", "RPP 2 2 Spare", "Circuit 1P, phase A", "d-dc1_rpp-2"),
    device("dc1_rpp-2_1", "RPP 2 1+3 Acme", "Circuit 2P-N, phase AB", "d-dc1_rpp-2"),
    device("dc1_rpp-10_1", "RPP 10 1 Other", "Circuit 1P, phase A", "d-dc1_rpp-10"),
    { ...device("x", "Another maker's", "42-pole panel, 120/208 V"), manufacturer: "Another" },
  ].map((one) => [one.id, one]),
);
const number = (state, unit) => ({ state: String(state), attributes: { unit_of_measurement: unit } });

test("panels are found by their model, in the order that people count in", () => {
  const panels = panelsOf({ devices });
  assert.deepEqual(panels.map(({ name, poles, letters, highVoltage }) => [name, poles, letters, highVoltage]), [
    ["LP", 12, "AB", false],
    ["RPP 2", 6, "ABC", false],
    ["RPP 10", 42, "ABC", true],
  ]);
});

test("circuits have their poles by their phases, and places without one are spaces", () => {
  const panel = panelsOf({ devices })[1];
  const circuits = circuitsOf({ devices }, panel);
  assert.deepEqual(circuits.map(({ poles, connection }) => [poles, connection]), [[[1, 3], "2P-N"], [[2], "1P"]]);
  assert.deepEqual(placesOf(6, circuits, 1).map(({ poles, circuit }) => [poles, Boolean(circuit)]), [[[1, 3], true], [[5], false]]);
  assert.deepEqual(placesOf(6, circuits, 2).map(({ poles }) => poles), [[2], [4], [6]]);
  assert.deepEqual([1, 2, 5, 7].map((pole) => phaseOf(pole, "ABC")), ["A", "A", "C", "A"]);
  assert.equal(phaseOf(5, "AB"), "A");
});

test("entities are known by their unique ids, whatever people call them", async () => {
  const entities = {
    "sensor.mine": { entity_id: "sensor.mine", device_id: "d-dc1_rpp-2_1" },
    "sensor.other": { entity_id: "sensor.other", device_id: "d-dc1_rpp-10_1" },
  };
  const entry = { entity_id: "sensor.mine", device_id: "d-dc1_rpp-2_1", platform: "mqtt", unique_id: "dc1_rpp-2_1_current" };
  const asked = [];
  const callWS = async (command) => (asked.push(command), { "sensor.mine": entry });
  const panel = panelsOf({ devices })[1];
  const found = await entityIdsOf({ devices, entities, callWS }, [panel, ...circuitsOf({ devices }, panel)]);
  assert.deepEqual(asked, [{ type: "config/entity_registry/get_entries", entity_ids: ["sensor.mine"] }]);
  assert.deepEqual([found.get("d-dc1_rpp-2_1"), found.get("d-dc1_rpp-2_2")], [{ current: "sensor.mine" }, {}]);
});

test("load is amps by rating, in whatever unit they are shown, and read only where one is missing", () => {
  const ids = { current: "c", rating: "r", load: "l" };
  const read = (states) => readingOf({ states, entities: {} }, ids);
  assert.equal(read({ c: number(17, "A"), r: number(20, "A"), l: number(3, "%") }).percent, 85);
  assert.equal(read({ c: number(5000, "mA"), r: number(20, "A") }).percent, 25);
  assert.equal(read({ c: number(5, "A"), r: number("unknown", "A"), l: number(33, "%") }).percent, 33);
  const away = read({ c: number("unavailable", "A"), r: number(20, "A") });
  assert.deepEqual([away.amps, away.percent, away.severity, away.rating], [null, null, "none", 20]);
});

test("colours follow the alarm, and the load where no alarm says", () => {
  const ids = { current: "c", rating: "r", alarm: "a", overload: "o" };
  const [c, r] = [number(17, "A"), number(20, "A")];
  const alarm = (state, severity) => ({ state, attributes: { severity } });
  const on = { state: "on", attributes: { device_class: "problem" } };
  const severity = (states) => readingOf({ states: { c, r, ...states }, entities: { o: { name: "Overload" } } }, ids).severity;
  assert.equal(severity({}), "warning");
  assert.equal(severity({ c: number(21, "A") }), "critical");
  assert.equal(severity({ a: alarm("normal", "none") }), "none"); // a breaker that may carry 100 %
  assert.equal(severity({ a: alarm("unacknowledged", "critical") }), "critical");
  const words = (states) => {
    const { alarms, alarmState } = readingOf({ states: { c, r, ...states }, entities: { o: { name: "Overload" } } }, ids);
    return [alarms, alarmState].filter(Boolean).join(": ");
  };
  assert.equal(words({ o: on, a: alarm("unacknowledged", "warning") }), "Overload: unacknowledged");
  assert.equal(words({ a: alarm("returned_unacknowledged", "none") }), "Overload: returned unacknowledged");
  assert.equal(words({ a: alarm("normal", "none") }), "");
});

test("a main says which of its alarms are active", () => {
  const problem = (state) => ({ state, attributes: { device_class: "problem" } });
  const states = { i: problem("on"), n: problem("off"), l: number(50, "%"), k: { state: "on", attributes: { device_class: "connectivity" } } };
  const ids = { imbalance_alarm: "i", neutral_alarm: "n", load: "l", connection: "k" };
  assert.deepEqual(mainReadingOf({ states, entities: {} }, ids), { severity: "warning", alarms: "imbalance" });
});

test("the dashboard has a view of each panel and one of customers, from whatever the page has by then", async () => {
  const { SiteDashboard } = await import("../../custom_components/bcm_mqtt/frontend/strategy.js");
  const customer = { id: "d-c", identifiers: [["bcm_mqtt", "dc1_customer_Acme"]], manufacturer: "bcm-mqtt", model: "Customer", name: "Acme", name_by_user: null };
  const all = { ...devices, "d-c": customer };
  const entities = {
    "sensor.a": { entity_id: "sensor.a", device_id: "d-dc1_rpp-2_1" },
    "sensor.c": { entity_id: "sensor.c", device_id: "d-dc1_rpp-2_1" },
    "sensor.e": { entity_id: "sensor.e", device_id: "d-c", translation_key: "energy" },
  };
  const states = {
    "sensor.a": { state: "normal", attributes: { options: ["normal", "unacknowledged"] } },
    "sensor.c": number(5, "A"),
    "sensor.e": { state: "1", attributes: { friendly_name: "Acme Energy this month" } },
  };
  const statistics = [
    { source: "bcm_mqtt", statistic_id: "bcm_mqtt:acme_energy", name: "Acme", unit_class: "energy" },
    { source: "bcm_mqtt", statistic_id: "bcm_mqtt:acme_cost", name: "Acme", unit_class: null },
    { source: "recorder", statistic_id: "sensor.another", name: null, unit_class: "energy" },
  ];
  const answers = {
    "config/device_registry/list": Object.values(all),
    "config/entity_registry/list": Object.values(entities).map((one) => ({ ...one, disabled_by: null })),
    "recorder/list_statistic_ids": statistics,
  };
  const callWS = async ({ type }) => answers[type];
  const made = await SiteDashboard.generate({}, { devices: all, entities, states, callWS });
  assert.deepEqual(made.views.map(({ path }) => path), ["dc1-lp", "dc1-rpp-2", "dc1-rpp-10", "customers"]);
  const [panel, alarms] = made.views[1].sections[0].cards;
  assert.equal(panel.panel, "dc1_rpp-2");
  assert.deepEqual(alarms.entities.map(({ entity }) => entity), ["sensor.a"]);
  const [days, acme] = made.views[3].sections.map(({ cards }) => cards[0]);
  assert.deepEqual(days.entities, [{ entity: "bcm_mqtt:acme_energy", name: "Acme" }]);
  assert.deepEqual(acme.entities, [{ entity: "sensor.e", name: "Energy this month" }]);
  assert.deepEqual(await SiteDashboard.generate({}, { states, callWS }), made);
  const empty = { devices: {}, entities: {}, states: {}, callWS: async () => { throw new Error("no recorder"); } };
  assert.equal((await SiteDashboard.generate({}, empty)).views[0].cards[0].type, "custom:bcm-mqtt-panel");
});
