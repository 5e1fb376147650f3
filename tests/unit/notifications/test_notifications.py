"""Notifications to a local server: signed, digested, escalated, and what a bad receiver costs."""

import asyncio
import hashlib
import hmac
import json
import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from socket import create_server

import pytest

from bcm_mqtt.config.notifications import NotificationSettings, ReceiverSettings
from bcm_mqtt.domain.alarms.groups import SiteAlarm, Supply
from bcm_mqtt.domain.alarms.notices import Rule, Site
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.messaging import AppriseReceiver, Message, Urgency, Webhook, apprise_problem
from bcm_mqtt.notifications import Notifications, trial
from peers.mail_server import MailBox
from unit.builders import NEW_YORK, NOON, SetClock
from unit.notifications.conftest import Server

SECRET = "a secret of the site"
SITE = Site("Test", NEW_YORK, Supply({}), {"a": "RPP 1A"})


def flood() -> list[SiteAlarm]:
    state, severity = AlarmState.UNACKNOWLEDGED, Severity.CRITICAL
    return [
        SiteAlarm(panel, pole, AlarmKind.OVERLOAD, state, severity, NOON)
        for panel in "abcdefgh"
        for pole in range(1, 51)
    ]


@dataclass
class Running:
    """Notifications of a site whose alarms and clock are set."""

    settings: NotificationSettings
    alarms: list[SiteAlarm]
    clock: SetClock = field(default_factory=lambda: SetClock(NOON))

    async def go_on(self, minutes: float, server: Server, messages: int) -> None:
        """Judges every five simulated seconds, and waits until so many messages have come."""
        made = Notifications(self.settings, lambda: self.alarms, lambda: SITE, self.clock, (0, 0))
        task = asyncio.create_task(made.run())
        try:
            for _ in range(round(minutes * 12)):
                self.clock.advance(5)
                made.judge()
            async with asyncio.timeout(60):
                while len(server.taken) < messages:  # noqa: ASYNC110 - by another thread
                    await asyncio.sleep(0.01)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def to(server: Server, *rules: Rule) -> NotificationSettings:
    receiver = ReceiverSettings(webhook=server.url, secret=SECRET)
    return NotificationSettings({"desk": receiver}, rules)


async def test_400_alarms_are_one_signed_message(server: Server) -> None:
    await Running(to(server, Rule("all", ("desk",))), flood()).go_on(5, server, 1)
    ((headers, body),) = server.taken
    said = json.loads(body)
    assert said["title"] == "Test: 400 alarms in 8 groups"
    assert (said["urgency"], said["rule"], len(said["lines"])) == ("failure", "all", 8)
    signed = headers["x-bcm-time"].encode() + b"." + body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["x-bcm-signature"] == f"sha256={expected}"
    assert said["time"] == headers["x-bcm-time"]


async def test_a_receiver_is_written_to_in_its_language(server: Server) -> None:
    receiver = ReceiverSettings(webhook=server.url, secret=SECRET, language="de")
    settings = NotificationSettings({"desk": receiver}, (Rule("all", ("desk",)),))

    await Running(settings, flood()[:60]).go_on(5, server, 1)

    (said,) = server.bodies
    assert said["title"] == "Test: 60 Alarme in 2 Gruppen"
    poles, since = "Pole 1, 2, 3, 4, 5, 6, 7, 8", "seit 20.11.2026 07:00 EST"
    assert said["lines"] == [
        f"kritisch: RPP 1A: Überlast, {poles} und 42 weitere, {since}",
        f"kritisch: b: Überlast, {poles} und 2 weitere, {since}",
    ]


async def test_who_is_called_gets_a_message_after_ten_simulated_minutes(server: Server) -> None:
    called = Rule("called", ("desk",), after=timedelta(minutes=10))
    running = Running(to(server, Rule("duty", ("desk",)), called), flood()[:1])
    await running.go_on(11, server, 2)
    by_rule = {body["rule"]: body["time"] for body in server.bodies}
    assert by_rule == {
        "duty": "2026-11-20T12:00:15.000Z",
        "called": "2026-11-20T12:10:10.000Z",
    }


async def test_a_message_that_is_not_taken_is_tried_again_and_then_given_up(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.status = 503
    with caplog.at_level(logging.WARNING):
        await Running(to(server, Rule("all", ("desk",))), flood()).go_on(1, server, 3)
    assert "notification to desk: the webhook answered 503: tried again in 0 s" in caplog.text
    assert SECRET not in caplog.text
    assert "token-of-the-address" not in caplog.text


@pytest.mark.parametrize(
    ("status", "reason"),
    [(500, "answered 500"), (302, "answered 302"), (0, "was not reached")],
    ids=["refuses", "leads elsewhere", "breaks off"],
)
def test_a_webhook_that_does_not_take_it_is_said_without_its_address(
    server: Server, status: int, reason: str
) -> None:
    server.status = status
    with pytest.raises(WorkError, match=reason) as caught:
        Webhook(server.url, SECRET).send(trial("Test", NOON))
    assert "token" not in str(caught.value)
    assert len(server.taken) == 1


def test_a_webhook_that_is_not_there_is_said() -> None:
    with pytest.raises(WorkError, match="the webhook was not reached: Connection refused"):
        Webhook("http://127.0.0.1:9/x", SECRET).send(trial("Test", NOON))


@pytest.mark.parametrize("status", [200, 403, 0], ids=["takes it", "refuses", "breaks off"])
def test_apprise_sends_and_says_only_whether_it_was_taken(
    server: Server, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.status = status
    receiver = AppriseReceiver(server.url.replace("http://", "json://"))
    with caplog.at_level(logging.DEBUG):
        if status == 200:
            receiver.send(trial("Test", NOON))
            assert server.bodies[0]["title"] == "Test: test of notifications"
        else:
            with pytest.raises(WorkError, match="did not take the message") as caught:
                receiver.send(trial("Test", NOON))
            assert "token-of" not in str(caught.value)
    assert "apprise" not in {record.name.split(".")[0] for record in caplog.records}


def test_a_name_is_no_html_in_a_mail() -> None:
    lines = ("RPP <a href='//evil.example'>1</a>", "1 & 2")
    with MailBox() as box:
        url = f"mailto://127.0.0.1:{box.port}?from=a@a.example&to=b@b.example&mode=insecure"
        AppriseReceiver(url).send(Message(NOON, "<b>2 alarms</b>", lines, Urgency.WARNING))
        ((_, mail),) = box.taken
    assert [part.get_content_type() for part in mail.walk()] == ["text/plain"]
    assert mail.get_content().splitlines() == list(lines)


def test_apprise_knows_its_urls() -> None:
    assert apprise_problem("ntfys://ntfy.sh/topic") == ""
    assert apprise_problem("nothing://x").startswith("expected a URL of Apprise")


async def test_a_test_is_sent_at_once_and_says_what_became_of_it(server: Server) -> None:
    made = Notifications(to(server), list, lambda: SITE, SetClock(NOON))
    await made.test("desk")
    assert server.bodies[0]["title"] == "Test: test of notifications"
    server.status = 401
    with pytest.raises(WorkError, match="the webhook answered 401"):
        await made.test("desk")
    with pytest.raises(InputError, match="unknown receiver 'nobody': there are desk"):
        await made.test("nobody")


async def test_a_receiver_that_is_slow_delays_no_other(server: Server) -> None:
    """A server that lets connect, and never answers."""
    silent = create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    settings = to(server, Rule("all", ("slow", "desk")))
    slow = ReceiverSettings(webhook=f"http://127.0.0.1:{port}/", secret=SECRET)
    settings = replace(settings, receivers={"slow": slow, **settings.receivers})
    with silent:
        await Running(settings, flood()).go_on(1, server, 1)
    assert len(server.taken) == 1


def test_what_is_secret_is_in_no_text_of_the_settings(server: Server) -> None:
    text = repr(to(server))
    assert SECRET not in text
    assert "token" not in text
