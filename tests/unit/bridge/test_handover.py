"""A source that takes over from another at a date: the live counter loses nothing between them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.bridge import Bridge
from bcm_mqtt.bridge.handover import Handovers
from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.reading.reading import Snapshot, Thousandths
from bcm_mqtt.mqtt.client import Broker
from unit.bridge.noting_client import NotingClient
from unit.bridge.test_bridge_publishing import client
from unit.builders import NOON, SECOND, SetClock
from unit.site_files import write_site

__all__ = ["client"]

OLD = "gateway: babel-1, service: 120/208, main_rating: 225"
METER = "{gateway: babel-1, profile: sdm630, unit_ids: [3], poles: 5+7+9, poll_interval: 60s, "
PLAIN = "{gateway: babel-1, first_unit_id: 20, poles: 5+7+9, poll_interval: 60s, "
MINUTE = timedelta(minutes=1)
Made = Callable[[str, str], Bridge]


@pytest.fixture
def made(client: NotingClient, tmp_path: Path) -> Made:  # noqa: ARG001
    """A bridge whose panel has two kinds of source, one after the other, at noon."""

    def bridge(old: str, new: str) -> Bridge:
        at = NOON.isoformat().replace("+00:00", "Z")
        sources = f'{old}name: old, valid_to: "{at}"}}, {new}name: new, valid_from: "{at}"}}'
        panel = f"poles: 12, service: 120/208, main_rating: 225, sources: [{sources}]"
        main = write_site(tmp_path, circuits=("rpp-1a,9,,20,", "rpp-1a,5+7,,20,"))
        main.write_text(main.read_text().replace(OLD, panel))
        return Bridge(load(main), Broker(), SetClock(), lambda: 0.5)

    return bridge


def of_three(value: int | None) -> Thousandths:
    return tuple(value if pole in {5, 7, 9} else None for pole in range(1, 10))


def metered(source: str, at: float, watt_hours: int | None, watts: int = 600) -> Poll:
    """Three phases that each draw so many watts."""
    snapshot = Snapshot(
        *("rpp-1a", NOON + at * SECOND, 1, 60_000, of_three(5000), of_three(watts * 1000)),
        energy=of_three(watt_hours),
        source=source,
        poles=(5, 7, 9),
    )
    return Poll(snapshot, answered=True)


def plain(source: str, at: float) -> Poll:
    """5 A of each pole: 600 W at 120 V."""
    time = NOON + at * SECOND
    snapshot = Snapshot(
        *("rpp-1a", time, 1, 60_000, of_three(5000)), source=source, poles=(5, 7, 9)
    )
    return Poll(snapshot, answered=True)


def kwh(bridge: Bridge, *polls: Poll, pole: int = 9) -> float:
    assert bridge._live
    for poll in polls:
        bridge._polled(poll)
    return bridge._live._energy.save()["rpp-1a", pole]


OLDS = [metered("old", at, 5000 + number * 10) for number, at in enumerate((-150, -90, -30))]


@pytest.mark.parametrize("shows", [70, 5021, 9_000_000])
async def test_two_meters_with_registers(made: Made, shows: int) -> None:
    """10 Wh a minute: 20 of the old one, a minute of 600 W between, 20 of the new one."""
    news = [metered("new", at, shows + number * 10) for number, at in enumerate((30, 90, 150))]
    assert kwh(made(METER, METER), *OLDS, *news) == pytest.approx(0.050)


async def test_of_a_circuit_of_two_poles_each_pole_has_its_own_power(made: Made) -> None:
    bridge = made(METER, METER)
    news = [metered("new", at, 70 + number * 10) for number, at in enumerate((30, 90, 150))]
    assert kwh(bridge, *OLDS, *news, pole=5) == pytest.approx(0.100)


async def test_a_new_meter_that_answers_late_has_a_poll_and_a_half_of_the_old_power(
    made: Made,
) -> None:
    """20 Wh, 600 W for 90 s, and 10 Wh of the new one: a bill estimates the rest."""
    news = metered("new", 600, 70), metered("new", 660, 80)
    assert kwh(made(METER, METER), *OLDS, *news) == pytest.approx(0.045)


async def test_power_counts_until_the_register_of_the_new_one_is_read(made: Made) -> None:
    """Its first two polls have no register: 600 W for one minute, 1200 W for two."""
    late = [metered("new", 30, None, 1200), metered("new", 90, None, 1200)]
    news = [metered("new", 150, 70), metered("new", 210, 80)]
    assert kwh(made(METER, METER), *OLDS, *late, *news) == pytest.approx(0.080)


async def test_from_a_meter_with_registers_to_one_of_current(made: Made) -> None:
    """20 Wh of registers, a minute between, two minutes of 600 W by current."""
    news = [plain("new", at) for at in (30, 90, 150)]
    assert kwh(made(METER, PLAIN), *OLDS, *news) == pytest.approx(0.050)


async def test_from_a_meter_of_current_to_one_with_registers(made: Made) -> None:
    olds = [plain("old", at) for at in (-150, -90, -30)]
    news = [metered("new", at, 70 + number * 10) for number, at in enumerate((30, 90, 150))]
    assert kwh(made(PLAIN, METER), *olds, *news) == pytest.approx(0.050)


async def test_between_two_meters_of_current(made: Made) -> None:
    olds = [plain("old", at) for at in (-150, -90, -30)]
    news = [plain("new", at) for at in (30, 90, 150)]
    assert kwh(made(PLAIN, PLAIN), *olds, *news) == pytest.approx(0.050)


async def test_a_meter_that_goes_on_has_its_energy_once(made: Made) -> None:
    """Before and after the date its register has what flowed while it was not read."""
    polls = metered("old", -600, 5000), metered("old", -30, 5095)
    news = metered("new", 30, 70), metered("new", 600, 165)
    assert kwh(made(METER, METER), *polls, *news) == pytest.approx(0.095 + 0.010 + 0.095)


def test_a_failed_reading_is_no_power() -> None:
    handovers = Handovers()
    place = "rpp-1a", 1
    handovers.polled(place, NOON, 600, MINUTE)
    assert handovers.counted(place, "old") == 0
    handovers.polled(place, NOON + MINUTE, None, MINUTE)
    handovers.polled(place, NOON + 2 * MINUTE, 300, MINUTE)
    assert handovers.counted(place, "new") == 600 * 60
    assert handovers.counted(place, "old") == 0


def test_a_place_that_was_never_polled_has_nothing() -> None:
    assert Handovers().counted(("rpp-1a", 1), "new") == 0
