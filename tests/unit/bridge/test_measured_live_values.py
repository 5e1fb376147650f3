"""Live values of devices that measure power and energy: theirs, over restarts and resets."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.bridge.circuits import CircuitTopics
from bcm_mqtt.bridge.energy import EnergyCounters
from bcm_mqtt.domain.reading.corrected_reading import PanelCorrection
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.mqtt.topics import Topics
from unit.bridge.noting_client import NotingClient
from unit.bridge.test_bridge_publishing import MakeBridge, bridge_of, client
from unit.bridge.test_energy_counters import quick_disk
from unit.builders import NOON, SECOND, circuit, directory

__all__ = ["bridge_of", "client", "quick_disk"]

ONE = ("rpp-1a", 1)
MOST = 8320.0
HOUR = timedelta(hours=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "energy.json"


def count(counters: EnergyCounters, hour: int, *watt_hours: int | None) -> float:
    """The counter in Wh after the registers of poles 1, 3, 5 were read."""
    registers = dict(zip((1, 3, 5), watt_hours, strict=False))
    counters.count(ONE, NOON + hour * HOUR, registers, MOST)
    return round(counters.save().get(ONE, -0.001) * 1000, 6)


def test_a_circuit_counts_what_the_registers_of_its_poles_count(file: Path) -> None:
    counters = EnergyCounters(file)
    assert count(counters, 0, 6_553_600, 1000, 0) == 0
    assert count(counters, 1, 6_554_600, 1000, 500) == 1500
    assert count(counters, 2, 6_554_700, None, 500) == 1600
    assert count(counters, 3, None, 1250, None) == 1850


def test_a_register_that_falls_is_a_reset_of_its_channel_alone(file: Path) -> None:
    counters = EnergyCounters(file)
    count(counters, 0, 900_000, 700_000)
    assert count(counters, 1, 901_000, 200) == 1000  # it may be misread
    assert count(counters, 2, 901_000, 700) == 1700


def test_a_register_that_was_never_read_makes_no_counter(file: Path) -> None:
    assert count(EnergyCounters(file), 0, None, None) == -1
    assert json.loads(file.read_text()) == {}


def test_what_a_device_counts_while_the_bridge_is_away_is_not_lost(file: Path) -> None:
    assert count(EnergyCounters(file), 0, 5000) == 0
    assert count(EnergyCounters(file), 10, 25_000) == 20_000


def test_a_meter_that_was_replaced_meanwhile_adds_nothing(file: Path) -> None:
    count(EnergyCounters(file), 0, 5000)
    counters = EnergyCounters(file)
    assert count(counters, 1, 800_000) == 0
    assert count(counters, 2, 801_000) == 1000


def test_an_exchange_that_is_entered_after_a_restart_counts_what_both_meters_have(
    file: Path,
) -> None:
    """Ids 1, 3 and 5 fall unexplained, are reset, and jump; each meter counted 80 Wh unseen."""
    counters, quarter = EnergyCounters(file), HOUR / 4
    for at, registers in enumerate([(600_000, 500_000, 400_000)] + [(50_030, 30, 900_030)] * 3):
        counters.count(ONE, NOON + at * quarter, dict(zip((1, 3, 5), registers, strict=True)), MOST)
    kwh = counters.save()[ONE]
    assert kwh == 0.03  # a reset counts what it shows
    rows = tuple(
        Instrument(
            (pole,),
            valid_from=NOON + quarter / 2,
            last_reading_kwh=(Decimal(last) / 1000,),
            first_reading_kwh=(Decimal(first) / 1000,),
        )
        for pole, last, first in ((1, 600_050, 50_000), (3, 500_050, 0), (5, 400_050, 900_000))
    )
    correction = PanelCorrection.at(replace(directory(), instruments=rows), NOON + HOUR)
    for at in (5, 6):
        counters = EnergyCounters(file)
        registers_now = {1: 50_030 + at, 3: 30 + at, 5: 900_030 + at}
        counters.count(ONE, NOON + at * quarter, registers_now, MOST, correction=correction)
        assert counters.save()[ONE] * 1000 == pytest.approx(3 * (50 + 30 + at))


def test_counters_of_the_former_shape_go_on_with_registers(file: Path) -> None:
    file.write_text('{"rpp-1a": {"1": 3600000.0}, "rpp-1b": {"2": 36.0}}')
    counters = EnergyCounters(file)
    assert count(counters, 0, 5000) == 1000
    assert count(counters, 1, 6000) == 2000
    stored = json.loads(file.read_text())
    assert stored["rpp-1a"] == {"1": 7_200_000.0}
    assert stored["rpp-1b"] == {"2": 36.0}
    assert list(stored["@registers"]) == ["rpp-1a"]
    assert stored["@registers"]["rpp-1a"]["1"][0] == 6000


@pytest.mark.parametrize(
    "registers",
    [
        *("[]", "1", '{"a": 1}', '{"a": {"1": 5}}', '{"a": {"1": [5]}}'),
        *('{"a": {"1": [5, null]}}', '{"a": {"x": [5, 6]}}', '{"a": {"1": [5.5, 6]}}'),
        *('{"a": {"1": [5, 1e99]}}', '{"a": {"1": [NaN, 6]}}', '{"a": {"1": [5, 6, "7"]}}'),
        *('{"a": {"1": [5, 6, 7, null, 0, [], 0.5, []]}}',),
        *('{"a": {"1": [5, 6, 7, null, 0, [], 0, [[[1, 2, 3, 1], [4, 5, 6, 1]]]]}}',),
        *('{"a": {"1": [5, 6, 7, 8]}}', '{"a": {"1": [5, 6, 7, null, 0, [[1, 2, 3.5, 1]]]}}'),
        '{"a": {"1": [5, 99999999999999999999]}}',
    ],
)
def test_damaged_registers_are_told_and_the_file_is_kept(
    file: Path, registers: str, caplog: pytest.LogCaptureFixture
) -> None:
    content = f'{{"rpp-1a": {{"1": 5.0}}, "@registers": {registers}}}'
    file.write_text(content)
    assert EnergyCounters(file).saved == {}
    assert "is damaged" in caplog.text
    [aside] = file.parent.iterdir()
    assert aside.read_text() == content


@pytest.mark.usefixtures("quick_disk")
@settings(max_examples=40, deadline=None)
@given(
    runs=st.lists(
        st.tuples(
            st.lists(st.none() | st.integers(-(10**6), 10**12), max_size=5),
            st.booleans(),
        ),
        max_size=6,
    )
)
def test_what_is_published_never_falls_whatever_the_registers_and_crashes(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[list[int | None], bool]]
) -> None:
    file = tmp_path_factory.mktemp("energy") / "energy.json"
    published, hour = 0.0, 0
    for readings, saves in runs:
        counters = EnergyCounters(file)  # as after kill -9
        assert counters.save().get(ONE, 0.0) >= published
        for watt_hours in readings:
            hour += 1
            counters.count(ONE, NOON + hour * HOUR, {1: watt_hours}, MOST)
        if saves:
            shown = counters.save().get(ONE, 0.0)
            assert shown >= published
            published = shown


def measured(current: Thousandths, power: Thousandths) -> Snapshot:
    return Snapshot("rpp-1a", NOON, 1, 15_000, current, power)


def test_the_power_of_a_circuit_is_the_devices() -> None:
    topics = CircuitTopics(Topics())
    both = directory(circuit((1,), rating=20), circuit((2,), rating=20))
    snapshot = measured((10_000, None), (900_000, -100))
    values, circuits, _ = topics.of(both, snapshot)
    said = {value[0]: value[1] for value in values}
    assert said["bcm/rpp-1a/circuit/1/power"] == b"900"  # and not 1200
    assert said["bcm/rpp-1a/circuit/2/power"] == b"0"  # no current, no -0
    assert "bcm/rpp-1a/circuit/2/current" not in said
    assert said["bcm/rpp-1a/main/power"] == b"900"
    assert circuits[1][1].watts == pytest.approx(-0.1)


def test_power_that_could_not_be_read_is_not_published_and_not_derived() -> None:
    values, *_ = CircuitTopics(Topics()).of(
        directory(circuit((1,), rating=20)), measured((10_000,), (None,))
    )
    topics = {value[0] for value in values}
    assert "bcm/rpp-1a/circuit/1/current" in topics
    assert "bcm/rpp-1a/circuit/1/power" not in topics
    assert "bcm/rpp-1a/main/power" not in topics


@pytest.mark.parametrize("power", [None, (1_000_000,)])
async def test_the_energy_of_a_circuit_is_the_devices(
    bridge_of: MakeBridge, client: NotingClient, power: tuple[int, ...] | None
) -> None:
    live = bridge_of()._live
    assert live is not None
    for polled, watt_hours in enumerate((6_000_000, 6_000_004, None, 6_000_012)):
        at = Snapshot(
            *("rpp-1a", NOON + polled * 15 * SECOND, polled, 15_000, (10_000,)),
            power=power,
            energy=(watt_hours,),
        )
        live.read(at)
    live.save()
    live.everything_again()
    assert client.text("bcm/rpp-1a/circuit/1/energy") == "0.012"


async def test_where_only_power_is_measured_it_is_summed(
    bridge_of: MakeBridge, client: NotingClient
) -> None:
    live = bridge_of()._live
    assert live is not None
    for polled in range(5):
        at = NOON + polled * 15 * SECOND
        live.read(Snapshot("rpp-1a", at, polled, 15_000, (10_000,), power=(2_400_000,)))
    live.save()
    live.everything_again()
    assert client.text("bcm/rpp-1a/circuit/1/energy") == "0.040"  # 2.4 kW for a minute
