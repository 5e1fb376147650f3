"""Live values of a circuit whose instruments are corrected by rows of meters.csv."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.bridge.live_values import LiveValues
from bcm_mqtt.config import change_instruments, load
from bcm_mqtt.domain.reading.corrected_reading import PanelCorrection
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.supply import LatestSupply
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.site.instrument_edit import InstrumentChange
from bcm_mqtt.domain.site.instrument_field import BY_NAME
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.live import LivePanel
from unit.bridge.noting_client import NotingClient
from unit.builders import NOON, SetClock, circuit, directory
from unit.site_files import write_site

MINUTE = timedelta(minutes=1)
HEADER = "panel,unit_id,poles,valid_from,serial,multiplier,sign\n"


def polled(
    minute: int, *, amps: int = 10, watts: int | None = None, wh: int | None = None
) -> Snapshot:
    def first(value: int | None, per_unit: int) -> tuple[int | None, ...] | None:
        return None if value is None else (value * per_unit, *(0 for _ in range(47)))

    current = first(amps, 1_000) or ()
    power, energy = first(watts, 1_000), first(wh, 1)
    return Snapshot("rpp-1a", NOON + minute * MINUTE, minute, 60_000, current, power, energy)


class Bridge:
    """The live side of a bridge whose meters.csv has these rows."""

    def __init__(self, folder: Path, *rows: str) -> None:
        main = write_site(folder)
        (folder / "meters.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
        self.settings, self.clock, self.client = load(main), SetClock(), NotingClient()
        self.directory = FollowedDirectory(self.settings, self.clock)
        self.live = LiveValues(self.settings, self.client, self.directory, self.clock)  # type: ignore[arg-type]

    def said(self, quantity: str) -> float:
        return float(self.client.text(f"bcm/rpp-1a/circuit/1/{quantity}"))

    @property
    def kwh(self) -> float:
        return self.live._energy.save()["rpp-1a", 1]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bcm_mqtt.bridge.energy.write_whole", lambda *_, **_more: None)


def test_current_and_power_are_those_behind_the_right_ratio(tmp_path: Path) -> None:
    bridge = Bridge(tmp_path, "rpp-1a,,1,,A-1,2,")
    bridge.live.read(polled(0))

    assert (bridge.said("current"), bridge.said("power")) == (20, 2_400)
    assert bridge.said("load") == 100


def test_a_row_counts_from_its_instant_on(tmp_path: Path) -> None:
    bridge = Bridge(tmp_path, "rpp-1a,,1,2026-11-20T07:01,A-1,2,")
    amps = []
    for minute in (0, 1):
        bridge.live.read(polled(minute))
        amps.append(bridge.said("current"))

    assert amps == [10, 20]


@pytest.mark.usefixtures("quick")
def test_a_register_counts_by_its_multiplier(tmp_path: Path) -> None:
    bridge = Bridge(tmp_path, "rpp-1a,,1,,A-1,2,")
    for minute in range(3):
        bridge.live.read(polled(minute, watts=600, wh=5_000 + 10 * minute))

    assert bridge.kwh == pytest.approx(0.04)
    assert bridge.said("power") == 1_200


@pytest.mark.usefixtures("quick")
def test_a_reversed_transformer_counts_its_power_with_the_sign(tmp_path: Path) -> None:
    bridge = Bridge(tmp_path, "rpp-1a,,1,,A-1,,-1")
    for minute in range(61):
        bridge.live.read(polled(minute, watts=-1_000, wh=5_000))

    assert bridge.said("power") == 1_000
    assert bridge.kwh == pytest.approx(1.0)


def test_an_edit_of_the_file_is_in_force_with_the_next_poll(tmp_path: Path) -> None:
    bridge = Bridge(tmp_path)
    bridge.live.read(polled(0))
    change = InstrumentChange(
        "rpp-1a", {BY_NAME["multiplier"]: Fraction(3)}, poles=(1,), valid_from=NOON
    )
    done = change_instruments(bridge.settings, [change], bridge.clock)
    bridge.directory.take_rewritten_meters(bridge.settings, done)
    bridge.live.read(polled(1))

    assert bridge.said("current") == 30
    assert len(bridge.directory.panels["rpp-1a"].versions) == 3


async def test_a_bad_file_is_refused_whole_and_what_was_in_force_stays(tmp_path: Path) -> None:
    bridge = Bridge(tmp_path, "rpp-1a,,1,,A-1,2,")
    (tmp_path / "meters.csv").write_text(f"{HEADER}rpp-1a,,1,,A-1,3,\nrpp-1a,,2,,A-2,none,\n")
    await bridge.directory.read()

    assert "meters.csv:3: multiplier: expected a ratio" in bridge.directory.problem
    (row,) = bridge.directory.panels["rpp-1a"].instruments
    assert row.multiplier == 2
    with pytest.raises(InputError):
        load(bridge.settings.file)


def test_the_page_shows_what_the_bridge_publishes() -> None:
    rows = (Instrument((1,), multiplier=Fraction(2)),)
    of = replace(directory(circuit((1,))), instruments=rows)
    panel = LivePanel(of, SetClock(), LatestSupply())
    panel.take_snapshot(polled(0))

    assert (panel.amps(1), panel.reading(1).watts) == (20, 2_400)
    panel.take_directory(directory(circuit((1,))))
    assert panel.amps(1) == 10


def test_without_a_correction_a_snapshot_is_the_same_object() -> None:
    rows = (Instrument((1,), serial="A-1"),)
    correction = PanelCorrection.at(replace(directory(), instruments=rows), NOON)
    one = polled(0)

    assert correction.corrected(one) is one
