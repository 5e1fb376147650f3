"""The page of alarms, and what is done about many of them in one request."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bcm_mqtt.config.notifications import NotificationSettings, ReceiverSettings
from bcm_mqtt.domain.alarms.groups import Supply
from bcm_mqtt.domain.alarms.journal import AlarmEvent
from bcm_mqtt.domain.alarms.notices import Site
from bcm_mqtt.domain.reading.alarm import MAIN, AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.mqtt.payloads import AlarmReport, GatewayReport, PanelReport
from bcm_mqtt.notifications import Notifications
from bcm_mqtt.web import create_app
from unit.builders import NEW_YORK, NOON, circuit, directory, panel
from unit.web.conftest import REPORT, SMALL, NotingBridge, Page, page_of

ACTIVE = AlarmReport(AlarmState.UNACKNOWLEDGED, Severity.WARNING, 91.0, 80.0, NOON, None)
NO_DATA = replace(ACTIVE, loading=None, limit=None)
OVER = replace(ACTIVE, state=AlarmState.RETURNED, severity=Severity.NONE)
SILENT = GatewayReport(False, False, (3,), 1, 0, 0, None, "", {})  # noqa: FBT003


def alarms(page: Page, *of: tuple[int, AlarmKind, AlarmReport]) -> None:
    page.shows(SMALL, 1000)
    for pole, kind, report in of:
        page.live.take_alarm("rpp-1a", pole, kind, report)
    page.live.show()


async def test_alarms_are_shown_in_groups_by_their_cause(page: Page) -> None:
    alarms(
        page,
        (1, AlarmKind.OVERLOAD, ACTIVE),
        (2, AlarmKind.OVERLOAD, replace(ACTIVE, severity=Severity.CRITICAL)),
        (MAIN, AlarmKind.NO_DATA, NO_DATA),
        (3, AlarmKind.NO_DATA, NO_DATA),
    )
    text = (await page.get("/alarms")).text
    assert "4 of 4 alarms in 2 groups" in text
    assert text.index('data-patch="rpp-1a/overload"') < text.index('data-patch="rpp-1a/no_data"')
    assert "does not answer" in text
    assert "1 alarm and 1 that follows from it" in text


async def test_panels_behind_a_gateway_that_is_away_are_one_group(page: Page) -> None:
    page.live.take_bridge("dc1", report=replace(REPORT, gateways={"gw": SILENT}))
    alarms(page, (MAIN, AlarmKind.NO_DATA, NO_DATA))
    text = (await page.get("/alarms/list")).text
    assert "Gateway gw is away, with 1 panel" in text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("panel=rpp-1a", 3),
        ("panel=rpp-9", 0),
        ("severity=critical", 1),
        ("severity=none", 1),
        ("kind=overload", 2),
        ("customer=Acme", 2),
        ("customer=-", 0),
        ("state=active", 2),
        ("state=unacknowledged", 3),
        ("state=returned&kind=", 1),
        ("state=aside", 0),
    ],
)
async def test_the_address_says_which_alarms_are_shown(page: Page, query: str, count: int) -> None:
    alarms(
        page,
        (1, AlarmKind.OVERLOAD, ACTIVE),
        (2, AlarmKind.OVERLOAD, replace(ACTIVE, severity=Severity.CRITICAL)),
        (3, AlarmKind.NO_DATA, OVER),
    )
    text = (await page.get(f"/alarms/list?{query}")).text
    assert f"{count} of 3 alarms" in text
    assert text.count('class="one"') == count


async def test_a_filter_that_is_none_is_refused(page: Page) -> None:
    answer = await page.get("/alarms?severity=awful")
    assert answer.status_code == 422
    assert "severity" in answer.json()["error"]


async def test_what_is_chosen_is_acknowledged_in_one_request_and_one_entry_of_the_audit_log(
    page: Page,
) -> None:
    alarms(page)
    chosen = [
        {"panel": "rpp-1a", "pole": 1, "kind": "overload"},
        {"panel": "rpp-1a", "pole": "main", "kind": "no_data"},
    ]
    answer = await page.post("/api/v1/alarms/several/acknowledge", {"alarms": chosen})
    assert answer.status_code == 200
    ((bridge, action, body),) = page.bridge.asked
    assert (bridge, action) == ("dc1", "acknowledge")
    assert json.loads(body)["alarms"] == chosen
    assert json.loads(body)["by"] == "local"
    (change,) = page.changes
    assert change.what == "2 alarms"
    assert change.after == "acknowledged rpp-1a 1 overload, main no_data"


async def test_what_is_chosen_is_shelved_and_put_back(page: Page) -> None:
    alarms(page)
    chosen = [{"panel": "rpp-1a", "pole": pole, "kind": "overload"} for pole in (1, 2)]
    for hours in (8, 0, None):
        body = {"alarms": chosen, "hours": hours}
        assert (await page.post("/api/v1/alarms/several/shelve", body)).status_code == 200
    asked = [json.loads(body)["hours"] for _, _, body in page.bridge.asked]
    assert asked == [8, 0, None]


@pytest.mark.parametrize("count", [0, 1001])
async def test_a_request_about_none_or_too_many_is_refused(page: Page, count: int) -> None:
    alarms(page)
    chosen = [{"panel": "rpp-1a", "pole": 1}] * count
    answer = await page.post("/api/v1/alarms/several/acknowledge", {"alarms": chosen})
    assert answer.status_code == 422
    assert page.bridge.asked == []
    assert page.changes == []


async def test_one_panel_that_is_unknown_refuses_all(page: Page) -> None:
    alarms(page)
    chosen = [{"panel": "rpp-1a", "pole": 1}, {"panel": "rpp-9", "pole": 1}]
    answer = await page.post("/api/v1/alarms/several/acknowledge", {"alarms": chosen})
    assert answer.status_code == 404
    assert page.bridge.asked == []
    assert page.changes == []


class OneRefuses(NotingBridge):
    """Of two bridges the second has no such alarm."""

    async def request(self, bridge: str, request: object) -> None:
        self.objection = "there is no alarm of that" if bridge == "dc2" else ""
        await super().request(bridge, request)  # type: ignore[arg-type]


async def test_what_one_of_two_bridges_has_not_done_is_said() -> None:
    page = page_of(OneRefuses())
    async with page.client:
        alarms(page)
        page.live.take_directory("rpp-2a", directory(circuit((1,)), of=panel(panel_id="rpp-2a")))
        panels = {"rpp-2a": PanelReport("RPP 2A", "gw", answering=True)}
        page.live.take_bridge(
            "dc2", online=True, report=replace(REPORT, bridge="dc2", panels=panels)
        )
        chosen = [{"panel": panel, "pole": 1} for panel in ("rpp-1a", "rpp-2a", "rpp-1a")]
        answer = await page.post("/api/v1/alarms/several/acknowledge", {"alarms": chosen})
    assert answer.status_code == 503
    said = "done of 2 alarms; not of 1: there is no alarm of that"
    assert answer.json()["error"] == said


async def test_a_test_of_a_receiver_is_sent_audited_and_refused_in_words(page: Page) -> None:
    body = {"receiver": "desk"}
    none = await page.post("/api/v1/alarms/notifications/test", body)
    assert none.status_code == 409
    assert "there are no notifications" in none.json()["error"]
    receiver = ReceiverSettings(webhook="http://127.0.0.1:9/address", secret="hush")
    site = Site("Test", NEW_YORK, Supply({}), {})
    settings = NotificationSettings({"desk": receiver})
    made = Notifications(settings, list, lambda: site, page.clock)
    app = create_app(replace(page.ports, notifications=made))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        text = (await client.get("/alarms")).text
        assert 'data-receiver="desk"' in text
        assert "127.0.0.1:9" not in text
        away = await client.post("/api/v1/alarms/notifications/test", json=body)
        assert away.status_code == 503
        assert away.json()["error"] == "the webhook was not reached: Connection refused"
        unknown = await client.post(
            "/api/v1/alarms/notifications/test", json={"receiver": "nobody"}
        )
    assert unknown.json()["error"] == "unknown receiver 'nobody': there are desk"
    assert [change.what for change in page.changes] == ["receiver desk", "receiver nobody"]


class Noted:
    """A past of alarms: one that goes on, and 30 of an hour ago that somebody acknowledged."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        overload = AlarmKind.OVERLOAD
        active = (AlarmState.UNACKNOWLEDGED, Severity.CRITICAL, 104.0, 100.0, NOON)
        over = (AlarmState.NORMAL, Severity.NONE, 60.0, 80.0)
        self.events = [AlarmEvent("rpp-1a", 2, overload, NOON, *active)]
        for minute in range(30):
            at = NOON - timedelta(hours=1, minutes=minute)
            seen, end = at + timedelta(seconds=10), at + timedelta(seconds=20)
            self.events += [
                AlarmEvent("gone", 1, overload, at, *active[:4], at),
                AlarmEvent(
                    *("gone", 1, overload, seen, AlarmState.ACKNOWLEDGED, *active[1:4], at),
                    by="<ann>",
                ),
                AlarmEvent("gone", 1, overload, end, *over, end),
            ]

    def latest(self, **chosen: object) -> list[AlarmEvent]:
        self.asked.append(chosen)
        return self.events


class Past:
    """The database of the page, as far as the journal needs it."""

    def __init__(self) -> None:
        self.alarm_events = Noted()


async def journal(page: Page, path: str) -> tuple[str, Noted]:
    past = Past()
    app = create_app(replace(page.ports, past=past))  # type: ignore[arg-type]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text, past.alarm_events


async def test_past_alarms_stand_below_the_list_page_by_page(page: Page) -> None:
    alarms(page)
    text, noted = await journal(page, "/alarms?panel=rpp-1a&kind=overload&days=31")
    assert "31 past alarms, page 1 of 2" in text
    assert text.count("by &lt;ann&gt;") == 24
    assert "104 %" in text
    assert text.index(" to now") < text.index("nobody acknowledged it") < text.index("&lt;ann&gt;")
    assert 'href="?panel=rpp-1a&amp;kind=overload&amp;days=31&amp;page=2#journal-title"' in text
    (asked,) = noted.asked
    assert (asked["panel"], asked["kind"]) == ("rpp-1a", AlarmKind.OVERLOAD)
    assert page.clock() - asked["since"] == timedelta(days=31)  # type: ignore[operator]


async def test_the_journal_is_narrowed_to_days_of_the_site_a_severity_and_who(page: Page) -> None:
    alarms(page)
    chosen = "severity=critical&from=2026-11-01&to=2026-11-20&by=<ANN>"
    text, noted = await journal(page, f"/alarms/journal?{chosen}")
    assert "30 past alarms, page 1 of 2" in text
    assert "nobody acknowledged it" not in text
    (asked,) = noted.asked
    assert (asked["since"], asked["until"]) == (
        datetime(2026, 11, 1, 4, tzinfo=UTC),  # midnight of New York, in summer and in winter
        datetime(2026, 11, 21, 5, tzinfo=UTC),
    )
    nobody, _ = await journal(page, "/alarms/journal?by=bob")
    assert "No alarm was recorded in this time." in nobody
    warning, _ = await journal(page, "/alarms/journal?severity=warning")
    assert "No alarm was recorded in this time." in warning
    assert "days=7&amp;page=2" in (await journal(page, "/alarms/journal?from=&to="))[0]


async def test_the_last_page_of_the_journal_has_the_oldest(page: Page) -> None:
    alarms(page)
    for number in (2, 99):
        text, _ = await journal(page, f"/alarms/journal?page={number}")
        assert "page 2 of 2" in text
        assert text.count("by &lt;ann&gt;") == 6
        assert ">Newer</a>" in text
        assert ">Older</a>" not in text


async def test_a_page_without_a_database_has_no_journal(page: Page) -> None:
    alarms(page)
    assert "Past alarms" not in (await page.get("/alarms")).text
    assert "there is no database" in (await page.get("/alarms/journal")).text
