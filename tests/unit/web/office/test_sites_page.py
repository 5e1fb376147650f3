"""The page of all sites: what it shows of each, and of one that is away."""

import asyncio
from datetime import timedelta
from threading import Event
from typing import Any

import orjson
import pytest

from bcm_mqtt.access.rights import ON_THIS_MACHINE
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.payloads import AlarmReport
from bcm_mqtt.web.access.apart import Apart
from bcm_mqtt.web.office.office import SeenSites
from bcm_mqtt.web.office.watch import Watch
from peers.process import wait_until
from unit.builders import SetClock
from unit.portfolio_files import SITES
from unit.web.office.conftest import PAGES, Desk

OVERLOAD = AlarmReport(AlarmState.UNACKNOWLEDGED, Severity.CRITICAL, 120.0, 100.0, None, None)


async def shown(desk: Desk) -> dict[str, dict[str, Any]]:
    with desk.client() as client:
        answer = await client.get("/api/v1/sites")
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["sites"]}


async def test_each_site_is_shown_with_power_alarms_health_quality_and_bills(desk: Desk) -> None:
    for site in SITES:
        desk.shows(site)
    desk.looked()
    desk.sites["dc1"].live.take_alarm("rpp-1a", 1, AlarmKind.OVERLOAD, OVERLOAD)
    sites = await shown(desk)
    assert {key: one["name"] for key, one in sites.items()} == {
        "dc1": "Newark",
        "dc2": "Chicago",
        "dc3": "Frankfurt",
    }
    newark = sites["dc1"]
    assert newark["kw"] == 4.5  # 2 x 10 A at 120 V and one at 208 V
    assert (newark["alarms"], newark["severity"]) == (1, "critical")
    assert (newark["broker"], newark["bridges_online"], newark["bridges"]) == (True, 1, 1)
    assert newark["month_end"] == {"month": "2026-03", "issued": 0, "held": 0, "open": 2}
    assert newark["measured_percent"] == 0.0  # March was measured, April is not
    assert newark["page"] == PAGES["dc1"]
    with desk.client() as client:
        page = await client.get("/")
        piece = await client.get("/list")
    for text in (page.text, piece.text):
        assert all(name in text for name in ("Newark", "Chicago", "Frankfurt"))
        assert f'href="{PAGES["dc1"]}alarms"' in text
        assert "0 issued, 0 held, 2 open" in text


async def test_power_is_added_up_over_the_sites_where_it_is_known(desk: Desk) -> None:
    desk.shows("dc1")
    desk.shows("dc3")
    with desk.client() as client:
        seen = (await client.get("/api/v1/sites")).json()
    powers = [one["kw"] for one in seen["sites"]]
    assert seen["kw"] == pytest.approx(powers[0] + powers[2])
    assert powers[1] is None
    assert seen["without"] == ["dc2"]


async def test_a_site_whose_broker_is_away_has_its_last_power_with_its_time(desk: Desk) -> None:
    desk.shows("dc1")
    desk.clock.advance(60)
    live = desk.sites["dc1"].live
    live.take_broker(connected=False)
    live.show()
    desk.office.look()
    newark = (await shown(desk))["dc1"]
    assert (newark["kw"], newark["last_kw"], newark["alarms"]) == (None, 4.5, None)
    assert newark["last_at"] == "2026-04-10T12:00:00Z"
    problem = newark["problems"][0]
    assert problem["what"] == "broker"
    assert problem["since"] == "2026-04-10T12:00:00Z"


async def test_a_site_whose_database_is_away_is_named_and_the_others_are_shown(desk: Desk) -> None:
    (desk.folder / "dc2/data/bcm.db").rename(desk.folder / "away.db")
    for site in SITES:
        desk.shows(site)
    desk.looked()
    sites = await shown(desk)
    what = [one["what"] for one in sites["dc2"]["problems"]]
    assert what == ["database"]
    assert sites["dc2"]["kw"] is not None  # its broker is there
    assert sites["dc2"]["measured_percent"] is None
    assert sites["dc1"]["month_end"] is not None
    desk.clock.advance(60)
    (desk.folder / "away.db").rename(desk.folder / "dc2/data/bcm.db")
    desk.looked("dc2")
    assert (await shown(desk))["dc2"]["measured_percent"] is not None


async def test_a_recorder_that_stores_nothing_is_seen_by_what_is_read(desk: Desk) -> None:
    desk.shows("dc1")
    desk.looked("dc1")
    assert "recorder" in [one["what"] for one in (await shown(desk))["dc1"]["problems"]]


async def test_a_stream_brings_power_and_that_something_else_is_new(desk: Desk) -> None:
    for site in SITES:
        desk.shows(site)
    desk.office.look()
    frame = SeenSites(desk.office, ON_THIS_MACHINE).since(-1)
    values = orjson.loads(frame.partition(b"data: ")[2])["all"]
    assert values["kw/dc1"] == 4.5
    assert {"site/dc1", "site/dc2", "site/dc3", "kw", "without"} <= values.keys()


async def test_the_browsers_are_woken_when_a_site_changes(desk: Desk) -> None:
    desk.shows("dc1")
    desk.office.look()
    before = desk.office.changes.version
    desk.office.look()
    assert desk.office.changes.version == before
    desk.clock.advance(15)
    desk.shows("dc1", 20_000)
    desk.office.look()
    assert desk.office.changes.version == before + 1


def test_a_look_that_fails_keeps_what_was_seen_and_says_since_when() -> None:
    clock, answers = SetClock(), iter((1, WorkError("database: gone"), WorkError("still"), 2))

    def look() -> int:
        answer = next(answers)
        if isinstance(answer, WorkError):
            raise answer
        return answer

    watch = Watch(look, timedelta(0), timedelta(seconds=15), clock, clock)
    watch.turn()
    seen_at = clock()
    for said in ("database: gone", "still"):
        clock.advance(30)
        watch.turn()
        known = watch.known
        assert (known.seen, known.problem, known.since) == (1, said, seen_at)
    watch.turn()
    assert (watch.known.seen, watch.known.problem) == (2, "")


def test_a_look_that_does_not_end_is_one_that_is_not_answered() -> None:
    clock, ended = SetClock(), Event()
    begun = Event()

    def look() -> int:
        begun.set()
        ended.wait(60)
        return 1

    watch = Watch(look, timedelta(hours=1), timedelta(seconds=15), clock, clock)
    watch.start()
    assert begun.wait(60)
    assert watch.known.problem == ""
    clock.advance(16)
    assert watch.known.problem == "does not answer"
    watch.stop()
    ended.set()


async def test_nobody_waits_longer_than_is_said_and_few_threads_wait() -> None:
    apart, ended = Apart(), Event()
    slow = [apart.done(lambda: ended.wait(60), timedelta(seconds=0.05)) for _ in range(4)]
    said = await asyncio.gather(*slow, return_exceptions=True)
    assert all("does not answer within" in str(one) for one in said)
    with pytest.raises(WorkError, match="does not answer"):
        await apart.done(lambda: 1, timedelta(seconds=60))
    ended.set()
    await asyncio.to_thread(wait_until, lambda: not apart._waiting, 60, lambda: "")
    assert await apart.done(lambda: 1, timedelta(seconds=60)) == 1


async def test_what_fails_unexpectedly_is_a_sites_problem_and_no_failure_of_the_page() -> None:
    with pytest.raises(WorkError, match="is no month"):
        await Apart().done(lambda: Month.parse("2026-99"), timedelta(seconds=60))
