"""Live values of formula circuits: power of one round of readings, a count that may fall."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.bridge.announcing.announcer import Announcer
from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.bridge.formulas.energy import FormulaEnergy
from bcm_mqtt.bridge.live_values import LiveValues
from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.domain.site.formula.spans import FormulaSpan, all_spans
from unit.bridge.noting_client import NotingClient
from unit.builders import NOON, SetClock
from unit.site_files import write_site

POLL = timedelta(seconds=15)
HEADER = "panel,id,members,description,customer,valid_from\n"
REST = "rpp-1a,f-rest,rpp-1a:7 - rpp-1b:1,Customer3-rest,\n"
OF_REST = "bcm/rpp-1a/circuit/f-rest"
KEY = ("rpp-1a", "f-rest")


class Bridge:
    """The live side and the announcer of a bridge with a formula over two panels."""

    def __init__(self, folder: Path, rows: str = REST) -> None:
        main = write_site(folder, mqtt="circuit_rate: every")
        self.file = folder / "formulas.csv"
        self.file.write_text(HEADER + rows)
        self.settings, self.client, self.clock = load(main), NotingClient(), SetClock()
        self.directory = FollowedDirectory(self.settings, self.clock)
        client: Any = self.client
        self.live = LiveValues(self.settings, client, self.directory, self.clock)
        self.announcer = Announcer(self.settings, client, self.directory, self.clock)
        for panel in self.settings.panels:
            self.announcer.sources.changes(Poll(Snapshot(panel, NOON, 1, 15_000), answered=True))

    def take(self, rows: str) -> None:
        """Goes on with other formulas."""
        self.file.write_text(HEADER + rows)
        self.settings = load(self.settings.file)
        self.directory.take_settings(self.settings)
        self.announcer.take(self.settings)
        self.announcer.everything()

    def read(self, panel: str, poll: int, **amps: float | None) -> None:
        """A poll of a panel; amps by pole, `p7=10`; what is left out is 0."""
        count = self.settings.panels[panel].panel.pole_count
        values = [amps.get(f"p{pole}", 0) for pole in range(1, count + 1)]
        current = tuple(None if one is None else round(one * 1000) for one in values)
        self.live.read(Snapshot(panel, NOON + poll * POLL, poll, 15_000, current))

    @property
    def said(self) -> list[str]:
        topic = f"{OF_REST}/power"
        sent = [payload for name, payload, *_ in self.client.sent if name == topic]
        return [one.decode() if isinstance(one, bytes) else one for one in sent]


@pytest.fixture(name="bridge")
def bridge_of_two_panels(tmp_path: Path) -> Bridge:
    return Bridge(tmp_path)


def test_power_is_of_one_round_of_readings_with_its_sign(bridge: Bridge) -> None:
    bridge.read("rpp-1a", 0, p7=10)
    assert bridge.said == []
    bridge.read("rpp-1b", 0, p1=4)
    assert bridge.said == ["720"]  # 6 A at 120 V
    bridge.read("rpp-1a", 1, p7=2)
    assert bridge.said == ["720"]
    bridge.read("rpp-1b", 1, p1=4)
    assert bridge.said == ["720", "-240"]
    assert bridge.client.flags(f"{OF_REST}/power") == (0, bridge.settings.mqtt.retain)


def test_nothing_is_said_while_a_member_is_not_read_or_not_of_now(bridge: Bridge) -> None:
    bridge.read("rpp-1a", 0, p7=10)
    bridge.read("rpp-1b", 0, p1=None)
    bridge.read("rpp-1a", 1, p7=10)
    bridge.read("rpp-1b", 9, p1=4)  # the other reading is two minutes old
    assert bridge.said == []
    bridge.read("rpp-1a", 10, p7=10)
    bridge.read("rpp-1b", 10, p1=4)
    assert bridge.said == ["720"]


async def test_its_energy_is_counted_from_what_its_members_count(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bcm_mqtt.bridge.whole_file.os.fsync", lambda _: None)
    energy = FormulaEnergy(bridge.settings.bridge.data / "formula_energy.json")
    (rest,) = bridge.directory.formulas_at(bridge.clock())
    assert energy.count([rest], {("rpp-1a", 7): 100.0}) == {}
    assert energy.count([rest], {("rpp-1a", 7): 100.0, ("rpp-1b", 1): 40.0}) == {KEY: 0}
    assert energy.count([rest], {("rpp-1a", 7): 110.0, ("rpp-1b", 1): 43.0}) == {KEY: 7}
    again = FormulaEnergy(bridge.settings.bridge.data / "formula_energy.json")
    assert again.count([rest], {("rpp-1a", 7): 110.0, ("rpp-1b", 1): 45.0}) == {KEY: 5}


def formula(members: str) -> FormulaSpan:
    (span,) = all_spans([FormulaVersion(*KEY, members_of(members))])
    return span


def test_a_member_that_comes_or_begins_again_adds_nothing_that_it_counted_before(
    tmp_path: Path,
) -> None:
    energy, main, sub = FormulaEnergy(tmp_path / "file"), ("rpp-1a", 7), ("rpp-1b", 1)
    energy.count([formula("rpp-1a:7")], {main: 100.0, sub: 40.0})
    both = formula("rpp-1a:7 - rpp-1b:1")
    assert energy.count([both], {main: 103.0, sub: 50.0}) == {KEY: 3}
    assert energy.count([both], {main: 104.0, sub: 0.0}) == {KEY: 4}
    assert energy.count([both], {main: 105.0, sub: 0.5}) == {KEY: 4.5}
    assert energy.count([], {main: 200.0, sub: 0.5}) == {}
    assert energy.count([both], {main: 300.0, sub: 0.5}) == {KEY: 4.5}


_WH = st.lists(st.integers(0, 5000), min_size=2, max_size=2)


@given(st.lists(_WH, min_size=1, max_size=8))
def test_the_count_is_the_difference_of_the_counters(steps: list[list[int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bcm_mqtt.bridge.formulas.energy.write_whole", lambda *_, **__: None)
        energy = FormulaEnergy(Path("nowhere") / "file")
        both, main, sub = formula("rpp-1a:7 - rpp-1b:1"), 0, 0
        for added, taken in [[0, 0], *steps]:
            main, sub = main + added, sub + taken
            counters = {("rpp-1a", 7): main / 1000, ("rpp-1b", 1): sub / 1000}
            found = energy.count([both], counters)
        assert found[KEY] == pytest.approx((main - sub) / 1000)


@pytest.mark.parametrize("text", ["[]", '{"a": {"f-x": [NaN, {}]}}', '{"a": {"f-x": 1}}', "{"])
def test_a_damaged_file_is_moved_aside(tmp_path: Path, text: str) -> None:
    file = tmp_path / "formula_energy.json"
    file.write_text(text)
    assert FormulaEnergy(file).count([], {}) == {}
    assert [one.name.partition(".damaged-")[0] for one in tmp_path.iterdir()] == [file.name]


def test_it_is_retained_as_a_circuit_and_a_device_that_needs_its_members(bridge: Bridge) -> None:
    bridge.announcer.everything()
    said = json.loads(bridge.client.text(f"{OF_REST}/directory"))
    assert said["members"] == "rpp-1a:7 - rpp-1b:1"
    assert (said["formula"], said["customer"]) == ("f-rest", "Customer3")
    topic = "homeassistant/device/dc1_rpp-1a_f-rest/config"
    while topic not in bridge.client.topics():
        bridge.announcer.steps.go()
    device = json.loads(bridge.client.text(topic))
    assert device["dev"]["via_device"] == "dc1_rpp-1a"
    energy, power = device["cmps"]["energy"], device["cmps"]["power"]
    assert (energy["stat_cla"], energy["uniq_id"]) == ("total", "dc1_rpp-1a_f-rest_energy")
    assert power["stat_t"] == f"{OF_REST}/power"
    assert {one["t"] for one in device["avty"]} == {
        "bcm/bridge/dc1/state",
        *(f"bcm/{panel}/availability" for panel in ("rpp-1a", "rpp-1b")),
        *("bcm/rpp-1a/circuit/7/no_data_alarm", "bcm/rpp-1b/circuit/1/no_data_alarm"),
    }


def test_one_that_has_ended_is_cleared_also_after_a_restart(bridge: Bridge, tmp_path: Path) -> None:
    bridge.announcer.everything()
    again = Bridge(tmp_path, "")
    again.announcer.everything()
    cleared = {name for name, payload, *_ in again.client.sent if payload == b""}
    assert {f"{OF_REST}/directory", f"{OF_REST}/power", f"{OF_REST}/energy"} <= cleared
    assert "homeassistant/device/dc1_rpp-1a_f-rest/config" in cleared
    bridge.take(REST.replace("Customer3-rest", "Customer4-rest"))
    assert json.loads(bridge.client.text(f"{OF_REST}/directory"))["customer"] == "Customer4"
