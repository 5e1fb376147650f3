"""What browsers are told: everything at first, then what changes, and never a queue."""

import asyncio
import json
from dataclasses import replace
from typing import Any

from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.reading.supply import LatestSupply
from bcm_mqtt.domain.time import steady
from bcm_mqtt.mqtt.payloads import AlarmReport
from bcm_mqtt.web.live import Feed, events
from bcm_mqtt.web.live.panel import LivePanel
from unit.builders import SECOND, SetClock, circuit, directory, snapshot
from unit.web.conftest import SMALL, Page


def told(frame: bytes) -> Any:  # noqa: ANN401
    return json.loads(frame.partition(b"data: ")[2])


def test_a_newcomer_gets_all_and_a_follower_what_changed() -> None:
    feed = Feed("board", "rpp-1a")
    feed.show({"p1": 1.0, "p2": 2.0})
    assert told(feed.since(-1)) == {"of": "rpp-1a", "all": {"p1": 1.0, "p2": 2.0}}
    feed.show({"p1": 1.5, "p2": 2.0})
    assert told(feed.since(1)) == {"of": "rpp-1a", "new": {"p1": 1.5}}
    assert feed.since(2) == b""


def test_who_is_two_versions_behind_gets_all() -> None:
    feed = Feed("board")
    for amps in (1.0, 2.0, 3.0):
        feed.show({"p1": amps, "p2": 0.0})
    assert told(feed.since(1))["all"] == {"p1": 3.0, "p2": 0.0}


def test_a_value_that_is_gone_is_told_by_telling_all() -> None:
    feed = Feed("board")
    feed.show({"p1": 1.0, "p2": 2.0})
    feed.show({"p1": 1.0})
    assert told(feed.since(1))["all"] == {"p1": 1.0}


async def test_a_stream_ends_when_the_site_closes(page: Page) -> None:
    page.shows(SMALL, 1000)
    stream = events([page.live.panels["rpp-1a"].board], page.live.closing, pause_s=0)
    assert (await anext(stream)).startswith(b"retry:")
    assert told(await anext(stream))["all"]["p1"] == 1.0
    page.live.close()
    async with asyncio.timeout(10):
        assert [frame async for frame in stream] == []


async def test_a_backlog_does_not_replace_a_newer_reading(page: Page) -> None:
    page.shows(SMALL, 1000)
    panel = page.live.panels["rpp-1a"]
    page.live.take_snapshot(snapshot(page.clock(), [9000] * 48))  # the same time
    assert panel.amps(1) == 1.0


async def test_a_bridge_whose_clock_was_set_back_is_shown_again_after_three_polls(
    page: Page,
) -> None:
    page.shows(SMALL, 1000)
    panel = page.live.panels["rpp-1a"]
    set_back = -3600 * SECOND
    for seconds, amps in ((15, 1.0), (15, 1.0), (15, 1.0), (15, 9.0)):  # polls are 15 s apart
        page.clock.advance(seconds)
        page.live.take_snapshot(snapshot(page.clock() + set_back, [9000] * 48))
        assert panel.amps(1) == amps
    page.clock.advance(15)
    page.live.take_snapshot(snapshot(page.clock() + set_back, [8000] * 48))
    assert panel.amps(1) == 8.0


async def test_the_age_of_a_reading_is_not_changed_by_a_clock_that_is_set() -> None:
    clock, supply = SetClock(), LatestSupply()
    panel = LivePanel(SMALL, clock, supply, steady(clock.monotonic))
    panel.take_snapshot(snapshot(clock(), [1000] * 48))
    for step_s in (-86_400, 86_400 * 9, -3e8):
        clock.set_by(step_s)
        assert not panel.stale
    clock.advance(47)
    assert panel.stale


async def test_a_reading_that_is_old_is_stale(page: Page) -> None:
    page.shows(SMALL, 1000)
    for seconds, stale in ((0, False), (45, False), (2, True)):  # polls are 15 s apart
        page.clock.advance(seconds)
        assert (await page.get("/api/v1/panels/rpp-1a")).json()["stale"] is stale


async def test_an_alarm_may_come_before_its_directory(page: Page) -> None:
    report = AlarmReport(AlarmState.UNACKNOWLEDGED, Severity.WARNING, 85.0, 80.0, None, None)
    page.live.take_alarm("rpp-1a", 1, AlarmKind.OVERLOAD, report)
    page.shows(SMALL, 1000)
    assert str(page.live.panels["rpp-1a"].alarms_text(1)) == "overload: unacknowledged"
    [alarm] = (await page.get("/api/v1/alarms")).json()
    assert (alarm["panel"], alarm["pole"], alarm["state"]) == ("rpp-1a", 1, "unacknowledged")


async def test_a_breaker_says_which_limits_hold_for_it(page: Page) -> None:
    normal = AlarmReport(AlarmState.NORMAL, Severity.NONE, None, 70.0, None, None)
    own = replace(normal, warning=70.0, critical=90.5)
    for report, said in (
        (own, "warning above 70 %, critical above 90.5 %"),
        (replace(own, critical=None), "warning above 70 %"),
        (normal, ""),  # of a bridge of an earlier release
    ):
        page.live.take_alarm("rpp-1a", 1, AlarmKind.OVERLOAD, report)
        page.shows(SMALL, 1000)
        assert told(page.live.panels["rpp-1a"].board.since(-1))["all"]["m1"] == said


async def test_an_alarm_of_a_circuit_that_is_gone_is_forgotten(page: Page) -> None:
    page.shows(SMALL, 1000)
    report = AlarmReport(AlarmState.UNACKNOWLEDGED, Severity.WARNING, 85.0, 80.0, None, None)
    page.live.take_alarm("rpp-1a", 1, AlarmKind.OVERLOAD, report)
    page.live.take_directory("rpp-1a", directory(circuit((2,), "Globex-db")))
    assert (await page.get("/api/v1/alarms")).json() == []


async def test_a_panel_that_is_removed_is_gone(page: Page) -> None:
    page.shows(SMALL, 1000)
    page.live.take_directory("rpp-1a", None)
    assert (await page.get("/panels/rpp-1a")).status_code == 404


async def test_a_panel_has_its_page_as_soon_as_it_is_known(page: Page) -> None:
    page.live.take_directory("rpp-1a", directory(circuit((1,), "Acme-web")))
    answer = await page.get("/panels/rpp-1a")
    assert answer.status_code == 200
    assert "Acme-web" in answer.text
