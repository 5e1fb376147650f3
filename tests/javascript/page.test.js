// What pages calculate beside their charts: figures, spans, comparisons, edits, freshness.

import assert from "node:assert/strict";
import test from "node:test";

import { Unseen, counting } from "../../bcm_mqtt/web/static/alarms/attention.js";
import { named } from "../../bcm_mqtt/web/static/alarms/named.js";
import { absences, sentence } from "../../bcm_mqtt/web/static/banner.js";
import { DAY, Zone } from "../../bcm_mqtt/web/static/chart/zone.js";
import { amount, exact, heat, shown } from "../../bcm_mqtt/web/static/format.js";
import { aligned, highest } from "../../bcm_mqtt/web/static/history/compare.js";
import { lastOf, shifted } from "../../bcm_mqtt/web/static/history/span.js";
import { levelOf } from "../../bcm_mqtt/web/static/history/week.js";
import { Fresh, Freshness } from "../../bcm_mqtt/web/static/live.js";
import { changed } from "../../bcm_mqtt/web/static/panel/edit.js";
import { formulaChange, membersText, termsOf } from "../../bcm_mqtt/web/static/panel/formula_edit.js";
import { readings } from "../../bcm_mqtt/web/static/panel/view.js";
import { _, ngettext, pgettext } from "../../bcm_mqtt/web/static/texts.js";

const newYork = new Zone("America/New_York");
const at = (text) => Date.parse(text);

test("a figure has its digits, and a missing one is a dash, never 0", () => {
  assert.deepEqual([amount(1234.56, 1), amount(0, 2), amount(null, 2), amount(undefined, 0)], ["1,234.6", "0.00", "–", "–"]);
});

test("a text without a catalogue is its English, filled in; a value is never taken for a text", () => {
  assert.equal(_("%(count)s of %(all)s, 5 %%", { count: "%(all)s", all: 0 }), "%(all)s of 0, 5 %");
  assert.deepEqual([1, 2, 0].map((n) => ngettext("%(num)s alarm of %(panel)s", "%(num)s alarms of %(panel)s", n, { panel: "A" })), ["1 alarm of A", "2 alarms of A", "0 alarms of A"]);
  assert.equal(pgettext("month", "May"), "May");
});

test("what is no character of a text is written by its code, as in the server's pages", () => {
  assert.equal(shown("\x1b]0;x\x07A\u202eB\r\nX\x9b2J\u2028Y"), "\\x1b]0;x\\x07A\\u202eB\\r\\nX\\x9b2J\\u2028Y");
  assert.equal(shown("Müller \u200fשלום"), "Müller \u200fשלום");
});

test("an alarm is new once, not when the page is opened, nor by another filter", () => {
  const unseen = new Unseen();
  assert.deepEqual(unseen.take(["a", "b"]), []);
  assert.deepEqual(unseen.take(["b", "c"]), ["c"]);
  assert.deepEqual(unseen.take(["c"]), []);
  assert.deepEqual(unseen.take(["a", "c"]), ["a"]);
  unseen.forget();
  assert.deepEqual(unseen.take(["x"]), []);
});

test("the tab counts in its title, and says nothing of none", () => {
  assert.deepEqual([counting("Alarms", 0), counting("Alarms", 3)], ["Alarms", "(3) Alarms"]);
});

test("an alarm of the page is named as the server takes it", () => {
  assert.deepEqual(named("rpp-1a/3/overload"), { panel: "rpp-1a", pole: 3, kind: "overload" });
  assert.deepEqual(named("rpp-1a/main/no_data"), { panel: "rpp-1a", pole: "main", kind: "no_data" });
});

test("a decimal of the API keeps its digits", () => {
  assert.deepEqual(["0", "999", "-1234567.80", "0.1185"].map(exact), ["0", "999", "-1,234,567.80", "0.1185"]);
});

test("a cell's colour changes above 10, 30, 45, 60, 80 and 100 %", () => {
  assert.deepEqual([null, 0, 10, 11, 30, 31, 60, 80, 81, 100, 101].map(heat), ["missing", "h0", "h0", "h1", "h1", "h2", "h3", "h4", "h5", "h5", "h6"]);
});

test("a cell of the week has one of eight levels", () => {
  assert.deepEqual([1, 1.9, 5, 9].map((value) => levelOf(value, 1, 9)), [0, 0, 4, 7]);
  assert.equal(levelOf(3, 3, 3), 0);
});

test("the last day ends now; the last week and month are whole days", () => {
  const now = at("2026-11-04T17:00Z");
  assert.deepEqual(lastOf("day", now, newYork), [now - DAY, now]);
  assert.deepEqual(lastOf("week", now, newYork), [at("2026-10-29T04:00Z"), at("2026-11-05T05:00Z")]);
});

test("a week moves by seven days of the clocks, any other span by its own length", () => {
  const [from, to] = [at("2026-10-29T04:00Z"), at("2026-11-05T05:00Z")];
  assert.deepEqual(shifted({ from, to, length: "week" }, -1, newYork), [at("2026-10-22T04:00Z"), from]);
  assert.deepEqual(shifted({ from: 100, to: 130, length: null }, 1, newYork), [130, 160]);
});

test("a field's time is one instant, two where clocks go back, none where they go forward", () => {
  assert.deepEqual(newYork.instants("2026-11-20T12:00"), [at("2026-11-20T17:00Z")]);
  assert.deepEqual(newYork.instants("2026-11-01T01:30"), [at("2026-11-01T05:30Z"), at("2026-11-01T06:30Z")]);
  assert.deepEqual(newYork.instants("2026-11-01T02:00"), [at("2026-11-01T07:00Z")]);
  assert.deepEqual(newYork.instants("2026-03-08T02:30"), []);
  assert.equal(newYork.stated("2026-11-01"), at("2026-11-01T04:00Z"));
  assert.equal(newYork.stated("2026-11-01T12:00"), at("2026-11-01T17:00Z"));
  assert.equal(newYork.stated("2026-11-01T12:00:30.5"), at("2026-11-01T17:00:30.5Z"));
  assert.equal(newYork.stated("2026-11-01T12:00Z"), at("2026-11-01T12:00Z"));
  assert.equal(newYork.stated("2026-11-01T12:00:00-05:00"), at("2026-11-01T17:00Z"));
  assert.ok(Number.isNaN(newYork.stated("")) && Number.isNaN(newYork.stated("yesterday")));
  assert.deepEqual(newYork.instants(""), []);
  assert.deepEqual(new Zone("Australia/Lord_Howe").instants("2026-04-05T01:45"), [at("2026-04-04T14:45Z"), at("2026-04-04T15:15Z")]);
});

test("an offset is written as times have it", () => {
  assert.deepEqual([at("2026-11-01T05:30Z"), at("2026-11-01T06:30Z")].map((ms) => newYork.offset(ms)), ["-04:00", "-05:00"]);
  assert.deepEqual(["UTC", "Asia/Kolkata", "America/St_Johns"].map((name) => new Zone(name).offset(at("2026-01-01T00:00Z"))), ["+00:00", "+05:30", "-03:30"]);
});

test("a compared circuit is its highest measured pole, at the chart's own times", () => {
  const starts = ["2026-10-20T00:00Z", "2026-10-20T00:15Z"];
  const answer = { starts, amps: [{ mean: [1, null] }, { mean: [3, null] }] };
  assert.deepEqual(highest(answer), [3, null]);
  assert.deepEqual(aligned([at(starts[1]), at(starts[0]), 0], answer, [3, 4]), [4, 3, null]);
});

test("an edit is what differs: numbers as numbers, an emptied one as null", () => {
  const field = (name, value, type = "text", options = undefined) => ({ name, value, type, options });
  const before = { description: "web", rating: "20", connection: "1P" };
  const fields = [field("description", " web "), field("rating", "30", "number"), field("connection", "1P", "select-one", [])];
  assert.deepEqual(changed(fields, before, false), { rating: 30 });
  assert.deepEqual(changed([field("rating", " ", "number")], before, false), { rating: null });
  assert.deepEqual(changed(fields, before, true), { rating: 30, connection: "1P" });
});

test("figures are live for three polls and a second after their reading", () => {
  const states = [];
  const freshness = new Freshness((state) => states.push(state));
  assert.equal(freshness.state(0), "waiting");
  freshness.take({ interval: 2, answering: true, time: "2026-10-20T00:00Z" }, false);
  const { reading } = freshness;
  assert.deepEqual([7000, 7001].map((later) => freshness.state(reading + later)), ["live", "stale"]);
  freshness.take({ answering: false }, false);
  freshness.lose();
  assert.deepEqual(states, ["live", "offline", "lost"]);
});

test("a reading that was old when it came is as old as that", () => {
  const freshness = new Freshness(() => {});
  freshness.take({ interval: 1, time: "2026-10-20T00:00Z", age: 60 }, true);
  assert.equal(freshness.state(performance.now()), "stale");
});

test("the banner names since when by the site's clocks, with the day where that is another", () => {
  const said = (absence, now) => sentence(absence, newYork, at(now));
  const since = at("2026-11-20T13:39Z");
  assert.equal(said({ what: "gateway", name: "gw-1", since }, "2026-11-21T04:59Z"), "No data since 08:39. Gateway gw-1 does not answer: check its power and its network.");
  assert.equal(said({ what: "broker", since }, "2026-11-21T05:00Z"), "No data since 20 Nov, 08:39. The MQTT broker is away.");
  assert.equal(said({ what: "bridge", name: "dc1", since: null }, "2026-11-21T05:00Z"), "No data yet. Bridge dc1 is away: nothing is polled.");
});

test("who is away is read from the site's overview", () => {
  const overview = { broker: true, "away/gateway/gw-1": "2026-11-20T13:39:00.000Z", "away/bridge/dc1": "" };
  assert.deepEqual(absences(overview), [
    { what: "gateway", name: "gw-1", since: at("2026-11-20T13:39Z") },
    { what: "bridge", name: "dc1", since: null },
  ]);
});

test("several panels are as fresh as the worst of them, and what is away for both is named once", () => {
  let shown;
  const fresh = new Fresh((state, _words, away) => (shown = [state, away]));
  fresh.look();
  assert.deepEqual(shown, ["waiting", []]);
  const time = "2026-11-20T13:39:00.000Z";
  for (const panel of ["a", "b"]) fresh.take(panel, { interval: 15, answering: true, away: "", time }, false);
  assert.deepEqual(shown, ["live", []]);
  for (const panel of ["a", "b"]) fresh.take(panel, { away: "bridge/dc1", since: time }, false);
  assert.deepEqual(shown, ["away", [{ what: "bridge", name: "dc1", since: at(time) }]]);
  fresh.lose();
  assert.deepEqual(shown, ["lost", [{ what: "server", since: at(time) }]]);
});

test("a breaker shows the amps of each pole, its power and its loading; a missing one is a dash", () => {
  const values = { p1: 12.34, p3: null, w1: 2.5, l1: 61.7 };
  assert.deepEqual(readings(values, 1, "1+3", false), [["Pole 1", "12.3 A"], ["Pole 3", "– A"], ["Power", "2.50 kW"], ["Of the rating", "62 %"]]);
  assert.deepEqual(readings(values, 5, "5", true), [["Pole 5", "– A"]]);
  const limited = readings({ ...values, m1: "warning above 70 %, critical above 90 %" }, 1, "1+3", false);
  assert.deepEqual(limited.at(-1), ["Alarm", "warning above 70 %, critical above 90 %"]);
});

test("members are the lines of a dialog and back, without those that are empty", () => {
  const terms = termsOf("msb-1:5 - floor-3:1 + floor-3:f-x");
  assert.deepEqual(terms, [
    { sign: "+", place: "msb-1:5" }, { sign: "-", place: "floor-3:1" }, { sign: "+", place: "floor-3:f-x" },
  ]);
  assert.equal(membersText(terms), "msb-1:5 - floor-3:1 + floor-3:f-x");
  assert.equal(membersText([{ sign: "-", place: " a:1 " }, { sign: "+", place: "" }]), "- a:1");
});

test("of a formula only what is different is sent", () => {
  const typed = { id: "f-x", members: "a:1", description: "", customer: "", ends: false };
  assert.deepEqual(formulaChange(null, typed), { id: "f-x", is_new: true, members: "a:1", description: "", customer: "" });
  assert.equal(formulaChange(null, { ...typed, members: "" }), null);
  const before = { ...typed, panel: "a", valid_from: "", now: true };
  assert.equal(formulaChange(before, typed), null);
  assert.deepEqual(formulaChange(before, { ...typed, customer: "C1" }), { id: "f-x", customer: "C1" });
  assert.deepEqual(formulaChange(before, { ...typed, customer: "C1", ends: true }), { id: "f-x", ends: true });
});
