"""Live values of a panel that measures current alone, with a companion on the same bridge."""

from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.bridge.live_values import LiveValues
from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.web.live import LiveSite
from unit.bridge.noting_client import NotingClient
from unit.builders import NOON, SetClock
from unit.site_files import write_site

POLL = timedelta(seconds=15)
MAIN = "  main: {gateway: babel-1, profile: sdm630, unit_ids: [40], service: 120/208}\n"
VOLTS = (118.0, 119.0, 120.5)


def current(poll: int, amps: float = 10) -> Snapshot:
    values = (round(amps * 1000), *(0 for _ in range(47)))
    return Snapshot("rpp-1a", NOON + poll * POLL, poll, 15_000, values)


def supply(poll: int, volts: float | None = 118.0, factor: float = 0.9) -> Snapshot:
    def every_phase(value: float | None) -> tuple[int | None, ...]:
        return (None if value is None else round(value * 1000), None) * 3

    return Snapshot(
        "main",
        NOON + poll * POLL,
        poll,
        15_000,
        every_phase(1),
        power=every_phase(100),
        voltage=every_phase(volts),
        power_factor=every_phase(factor),
    )


class Bridge:
    """The live side of a bridge of two panels and perhaps the meter of their main."""

    def __init__(self, folder: Path, keys: str) -> None:
        main = write_site(folder, mqtt="circuit_rate: every")
        text = main.read_text().replace("main_rating: 225}", f"main_rating: 225{keys}}}\n{MAIN}")
        main.write_text(text)
        self.settings, self.client = load(main), NotingClient()
        clock = SetClock()
        directory = FollowedDirectory(self.settings, clock)
        self.live = LiveValues(self.settings, self.client, directory, clock)  # type: ignore[arg-type]

    def watts(self, *snapshots: Snapshot) -> list[str]:
        """What is published of the circuit's power after each of its polls."""
        found = []
        for snapshot in snapshots:
            self.live.read(snapshot)
            if snapshot.panel == "rpp-1a":
                found.append(self.client.text("bcm/rpp-1a/circuit/1/power"))
        return found


@pytest.fixture(name="bridge")
def bridge_with_companion(tmp_path: Path) -> Bridge:
    return Bridge(tmp_path, ", voltage_from: main, power_factor_from: main")


def test_power_follows_the_supply_and_is_nominal_without_it(bridge: Bridge) -> None:
    polls = (
        current(0),
        *(supply(1), current(1)),
        *(supply(2, 116.0), current(2)),  # the current stays, the voltage does not
        *(supply(3, None), current(3)),  # a poll without an answer
        *(supply(4, None), current(4)),
        *(supply(5, None), current(5)),  # and one too many
        *(supply(6, 119.0, 1.0), current(6)),
    )
    found = bridge.watts(*polls)
    # Where its voltage is not known its power factor still is.
    assert found == ["1200", "1062", "1044", "1044", "1044", "1080", "1190"]
    assert bridge.client.text("bcm/rpp-1a/main/power") == "1190"


def test_energy_is_that_of_the_published_power(bridge: Bridge) -> None:
    bridge.watts(*(one for poll in range(241) for one in (supply(poll), current(poll))))
    assert bridge.live._energy.save()["rpp-1a", 1] == pytest.approx(1.062)


def test_without_a_companion_every_byte_is_as_it_was(tmp_path: Path) -> None:
    """A meter that measures the supply changes nothing of a panel that does not name it."""
    alone, apart = Bridge(tmp_path / "a", ""), Bridge(tmp_path / "b", "")
    polls = [current(poll, 9.7 + poll / 7) for poll in range(8)]
    apart.watts(*(one for poll in polls for one in (supply(poll.seq), poll)))
    alone.watts(*polls)
    assert alone.client.sent == [sent for sent in apart.client.sent if sent[0][3:8] != "/main"]


def test_the_page_shows_what_the_bridge_publishes(bridge: Bridge) -> None:
    site = LiveSite("dc1", SetClock(), lambda _: "")
    for panel, directory in bridge.settings.directories.items():
        site.take_directory(panel, directory)
    shown = []
    for snapshot in (current(0), supply(1), current(1), current(3), current(4)):
        site.take_snapshot(snapshot)
        if snapshot.panel == "rpp-1a":
            shown.append(site.panels["rpp-1a"].reading(1).watts)
    assert shown == [1200, pytest.approx(1062), pytest.approx(1062), 1200]
