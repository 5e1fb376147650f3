"""Who is away between the meters and the page: causes are named, not what follows from them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bcm_mqtt.mqtt.payloads import (
    BridgeReport,
    GatewayReport,
    OutboxReport,
    PanelReport,
    SiteReport,
    SourceReport,
)
from bcm_mqtt.web.live.absence import Absence, Away, PanelSeen, absences
from bcm_mqtt.web.live.bridge import BridgeState
from unit.builders import NOON, snapshot
from unit.web.conftest import SMALL, Page

EARLIER = NOON - timedelta(minutes=21)
LIVE = PanelSeen(answering=True, stale=False, last=NOON)
DEAD = PanelSeen(answering=False, stale=True, last=EARLIER)
WAITING = PanelSeen(answering=None, stale=True, last=None)


def gateway(last_answer: datetime | None = NOON, *, reachable: bool = True) -> GatewayReport:
    return GatewayReport(
        connected=reachable,
        reachable=reachable,
        silent_units=(),
        connections=1,
        failures=0,
        overruns=0,
        last_answer=last_answer,
        last_error="",
        units={},
    )


def bridge(
    panels: Mapping[str, str],
    gateways: Mapping[str, GatewayReport] | None = None,
    *,
    name: str = "dc1",
    online: bool = True,
) -> BridgeState:
    """A bridge whose panels are given with their gateways."""
    report = BridgeReport(
        version="0.1.0",
        bridge=name,
        site=SiteReport("dc1", "Test site", "America/New_York"),
        time=NOON,
        panels={key: PanelReport(key, line, answering=True) for key, line in panels.items()},
        configuration_problem=None,
        directory_problem=None,
        outbox=OutboxReport(0, 0, disk_fails=False),
        gateways=gateways or {line: gateway() for line in panels.values()},
    )
    return BridgeState(name, online, report)


def test_nobody_is_away_while_all_is_live() -> None:
    assert absences([bridge({"a": "g", "b": "g"})], {"a": LIVE, "b": LIVE}, broker=True) == ()


def test_without_the_broker_it_alone_is_named_since_the_newest_reading_of_all() -> None:
    away = absences([bridge({"a": "g"}, online=False)], {"a": LIVE, "b": DEAD}, broker=False)
    assert away == (Absence(Away.BROKER, "", frozenset({"a", "b"}), NOON),)


def test_a_bridge_takes_its_panels_along_and_its_gateways_are_not_named() -> None:
    offline = bridge({"a": "g"}, {"g": gateway(reachable=False)}, online=False)
    other = bridge({"b": "h"}, name="dc2")
    seen = {"a": DEAD, "b": LIVE}
    # Its gateway answered after the last reading that the page knows.
    assert absences([offline, other], seen, broker=True) == (
        Absence(Away.BRIDGE, "dc1", frozenset({"a"}), NOON),
    )


def test_a_bridge_whose_panels_another_polls_is_not_missed() -> None:
    offline, standby = bridge({"a": "g"}, online=False), bridge({"a": "g"}, name="dc1-b")
    assert absences([offline, standby], {"a": LIVE}, broker=True) == ()


def test_a_gateway_is_away_that_is_not_reachable_or_behind_which_no_meter_answers() -> None:
    lines = {"a": "g", "b": "g", "c": "h", "d": "i"}
    reports = {"g": gateway(EARLIER), "h": gateway(EARLIER, reachable=False), "i": gateway()}
    seen = {"a": DEAD, "b": DEAD, "c": LIVE, "d": LIVE}
    assert absences([bridge(lines, reports)], seen, broker=True) == (
        Absence(Away.GATEWAY, "g", frozenset({"a", "b"}), EARLIER),
        Absence(Away.GATEWAY, "h", frozenset({"c"}), NOON),
    )
    # One meter of two that is silent is that meter's own.
    assert absences([bridge({"a": "g", "b": "g"})], {"a": DEAD, "b": LIVE}, broker=True) == ()


def test_all_panels_without_readings_are_named_though_everybody_says_all_is_well() -> None:
    stale = PanelSeen(answering=True, stale=True, last=EARLIER)
    lines = [bridge({"a": "g", "b": "h"})]
    assert absences(lines, {"a": stale, "b": stale}, broker=True) == (
        Absence(Away.PANELS, "", frozenset({"a", "b"}), EARLIER),
    )
    assert absences(lines, {"a": stale, "b": WAITING}, broker=True) == ()
    assert absences([], {}, broker=True) == ()


async def test_alarms_are_unknown_while_nothing_is_polled_and_come_back(page: Page) -> None:
    page.live.take_broker(connected=True)
    page.shows(SMALL, 12_300)
    assert "No alarm." in (await page.get("/")).text
    page.live.take_bridge("dc1", online=False)
    page.live.show()
    text = (await page.get("/")).text
    assert "No alarm." not in text
    assert "Alarms unknown" in text
    assert 'id="board" data-state="away"' in (await page.get("/panels/rpp-1a")).text
    shown = page.live.overview.values
    assert shown["away/bridge/dc1"] == "2026-11-20T12:00:00.000Z"
    assert page.live.panels["rpp-1a"].board.values["away"] == "bridge/dc1"
    page.live.take_bridge("dc1", online=True)
    page.live.show()
    assert page.live.panels["rpp-1a"].board.values["away"] == ""
    assert "No alarm." in (await page.get("/")).text


async def test_time_alone_makes_everybody_look_again(page: Page) -> None:
    page.live.take_broker(connected=True)
    page.shows(SMALL, 12_300)
    assert not page.live.look()
    page.clock.advance(60)  # polls are 15 s apart
    assert page.live.look()
    assert [one.what for one in page.live.absences] == [Away.PANELS]


async def test_a_panel_that_never_answered_has_a_dash_for_its_power(page: Page) -> None:
    """Also one without circuits, whose sum of nothing would be 0."""
    page.live.take_broker(connected=True)
    page.live.take_directory("rpp-1a", SMALL)
    page.live.show()
    dash = '<b data-key="kw" data-format="kw">\N{EN DASH}</b> kW'
    for path in ("/", "/panels/rpp-1a"):
        assert dash in (await page.get(path)).text
    assert page.live.panels["rpp-1a"].board.values["kw"] is None
    page.live.take_snapshot(snapshot(page.clock(), [None] * 48))
    page.live.show()
    assert page.live.panels["rpp-1a"].board.values["kw"] is None
    assert "Alarms unknown" not in (await page.get("/")).text


def test_a_gateway_of_one_source_takes_no_panel_along_that_another_reads_too() -> None:
    sources = {"x": SourceReport("g", answering=False), "y": SourceReport("h", answering=True)}
    state = bridge({"a": "g", "b": "g"}, {"g": gateway(), "h": gateway()})
    assert state.report
    shared = PanelReport("a", "g", answering=True, sources=sources)
    report = replace(state.report, panels={**state.report.panels, "a": shared})
    away = absences([replace(state, report=report)], {"a": LIVE, "b": DEAD}, broker=True)
    assert away == (Absence(Away.GATEWAY, "g", frozenset({"b"}), NOON),)
    report = replace(report, panels={"a": shared})
    (alone,) = absences([replace(state, report=report)], {"a": LIVE}, broker=True)
    assert (alone.name, alone.panels) == ("g", frozenset())
