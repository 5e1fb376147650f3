"""Whether the bridge is well: what counts as an illness and what as an absence."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bcm_mqtt.bridge import Bridge
from bcm_mqtt.bridge.vitals.signs import PanelVitals
from bcm_mqtt.config import load
from bcm_mqtt.mqtt.client import Broker
from unit.bridge.vitals import HEALTHY
from unit.builders import NOON, SECOND, SetClock, snapshot
from unit.site_files import write_site


def idle(seconds: float) -> object:
    gateway = replace(HEALTHY.gateways["gw"], idle_s=seconds)
    return replace(HEALTHY, gateways={"gw": gateway}).problems()


def test_a_bridge_that_lacks_nothing_is_well() -> None:
    assert HEALTHY.problems() == []
    assert HEALTHY.absences() == []
    assert HEALTHY.summary() == "1 of 1 panels answer, broker connected, 0 snapshots wait"


def test_a_gateway_that_is_not_polled_for_longer_than_its_patience_is_an_illness() -> None:
    assert idle(100.0) == []
    assert idle(101.0) == ["gateway gw: no poll was attempted for 101 s"]


def test_a_disk_that_fails_is_an_illness() -> None:
    failing = replace(HEALTHY, disk_fails=True)
    assert failing.problems() == ["outbox: the disk fails"]
    assert failing.stuck() == []  # restarted, it could not even publish


def test_what_is_away_is_no_illness_but_is_told() -> None:
    gateway = replace(HEALTHY.gateways["gw"], reachable=False)
    vitals = replace(
        HEALTHY,
        connected=False,
        directory_problem="circuits.csv:2: panel: unknown panel",
        gateways={"gw": gateway},
        panels={"rpp-1a": PanelVitals(5, NOON, answering=False)},
    )
    assert vitals.problems() == []
    assert vitals.absences() == [
        "broker: not connected",
        "gateway gw: not reachable",
        "panel rpp-1a: no meter answers",
        "directory: circuits.csv was refused",
    ]


def test_an_outbox_is_warned_of_when_it_runs_short_and_not_before() -> None:
    assert replace(HEALTHY, waiting=50, lasts_s=7200.0).absences() == []
    short = replace(HEALTHY, waiting=50, lasts_s=7200.0, runs_short=True)
    assert short.problems() == []  # a restart would not help
    assert short.absences() == ["outbox: snapshots are lost in 2.0 h unless they are stored"]


def test_a_panel_that_was_not_polled_yet_is_not_called_silent() -> None:
    vitals = replace(HEALTHY, panels={"rpp-1a": PanelVitals(0, None, None)})
    assert vitals.absences() == []


@pytest.fixture
async def bridge(tmp_path: Path) -> Bridge:
    return Bridge(load(write_site(tmp_path)), Broker(), SetClock(), lambda: 0.5)


async def test_a_poll_is_counted_and_ends_the_idleness_of_its_gateway(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = bridge.vital_signs
    assert not signs.started.is_set()
    signs.start()
    assert signs.started.is_set()
    assert signs.now().gateways["babel-1"].idle_s == 0
    begun = asyncio.get_running_loop().time()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: begun + 1000.0)
    assert signs.now().gateways["babel-1"].idle_s >= 1000 - 60
    assert len(signs.now().problems()) == 1
    signs.polled(snapshot(NOON + 3 * SECOND, (1000,)))
    vitals = signs.now()
    assert vitals.problems() == []
    assert vitals.gateways["babel-1"].idle_s == 0
    assert vitals.panels["rpp-1a"].polls == 1
    assert vitals.panels["rpp-1a"].polled_at == NOON + 3 * SECOND


async def test_patience_is_three_polls_a_timeout_per_request_and_a_minute(bridge: Bridge) -> None:
    gateway = bridge.vital_signs.now().gateways["babel-1"]
    # 8 requests of a whole BG08, 2 of the smaller panel, and the connection's own timeout.
    assert gateway.patience_s == 3 * 15 + (8 + 2 + 1) * 0.5 + 60


async def test_settings_that_are_taken_over_keep_the_counts_and_give_patience_anew(
    bridge: Bridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = bridge.vital_signs
    signs.start()
    signs.polled(snapshot(NOON, (1000,)))
    begun = asyncio.get_running_loop().time()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: begun + 1000.0)
    assert signs.now().problems()
    settings = load(tmp_path / "bcm.yaml")
    left = {"rpp-1a": settings.panels["rpp-1a"]}
    signs.take(replace(settings, panels=left))
    signs.polled(replace(snapshot(NOON, (1000,)), panel="rpp-1b"))
    vitals = signs.now()
    assert vitals.problems() == []
    assert set(vitals.panels) == {"rpp-1a"}
    assert vitals.panels["rpp-1a"].polls == 1
    assert vitals.gateways["babel-1"].patience_s == 3 * 15 + (8 + 1) * 0.5 + 60
