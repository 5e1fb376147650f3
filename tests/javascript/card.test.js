// What Home Assistant's card makes of devices and states.

import assert from "node:assert/strict";
import test from "node:test";

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
  const read = (states) => readingOf({ states }, ids);
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
  const severity = (states) => readingOf({ states: { c, r, ...states } }, ids).severity;
  assert.equal(severity({}), "warning");
  assert.equal(severity({ c: number(21, "A") }), "critical");
  assert.equal(severity({ a: alarm("normal", "none") }), "none"); // a breaker that may carry 100 %
  assert.equal(severity({ a: alarm("unacknowledged", "critical") }), "critical");
  const words = (states) => {
    const { alarms, alarmState } = readingOf({ states: { c, r, ...states } }, ids);
    return [alarms, alarmState].filter(Boolean).join(": ");
  };
  assert.equal(words({ o: on, a: alarm("unacknowledged", "warning") }), "overload: unacknowledged");
  assert.equal(words({ a: alarm("returned_unacknowledged", "none") }), "overload: returned unacknowledged");
  assert.equal(words({ a: alarm("normal", "none") }), "");
});

test("a main says which of its alarms are active", () => {
  const problem = (state) => ({ state, attributes: { device_class: "problem" } });
  const states = { i: problem("on"), n: problem("off"), l: number(50, "%"), k: { state: "on", attributes: { device_class: "connectivity" } } };
  const ids = { imbalance_alarm: "i", neutral_alarm: "n", load: "l", connection: "k" };
  assert.deepEqual(mainReadingOf({ states }, ids), { severity: "warning", alarms: "imbalance" });
});
