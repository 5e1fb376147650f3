"""`notifications`: receivers and rules, and complaints that name no secret."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.config.notifications import hours
from bcm_mqtt.domain.alarms.notices import EVERY_DAY, Hours
from bcm_mqtt.domain.reading.alarm import Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.errors import InputError
from unit.site_files import write_site

RECEIVERS = """
notifications:
  receivers:
    duty: {apprise: "ntfys://ntfy.sh/topic"}
    desk: {webhook: "https://example.com/hook", secret: hush}
"""


def site_with(folder: Path, more: str) -> Path:
    main = write_site(folder)
    main.write_text(main.read_text() + more)
    return main


def test_rules_and_receivers_are_read(tmp_path: Path) -> None:
    rules = """
  rules:
    - {name: all, to: [duty]}
    - name: called
      to: [duty, desk]
      severities: [critical]
      panels: [rpp-1a]
      customers: [Acme]
      kinds: [overload, no_data]
      after: 10min
      hours: mon-fri 22:00-06:00
      pause: 30min
      ended: false
"""
    found = load(site_with(tmp_path, RECEIVERS + rules)).notifications
    first, called = found.rules
    assert (first.after, first.hours, first.pause) == (timedelta(), Hours(), timedelta(minutes=5))
    assert called.severities == {Severity.CRITICAL}
    assert called.kinds == {AlarmKind.OVERLOAD, AlarmKind.NO_DATA}
    assert called.to == ("duty", "desk")
    assert (called.panels, called.customers) == (frozenset({"rpp-1a"}), frozenset({"Acme"}))
    assert (called.after, called.ended) == (timedelta(minutes=10), False)
    assert found.receivers["desk"].secret == "hush"


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("  rules: [{name: a, to: [dutty]}]", "rules.0.to: unknown receiver"),
        ("  rules: [{name: a, to: [duty], panels: [rpp-9]}]", "rules.0.panels: unknown panel"),
        ("  rules: [{name: a, to: [duty]}, {name: a, to: [duty]}]", "name: is given twice: a"),
        ("  rules: [{name: a, to: [duty], hours: late}]", "expected days and hours such as"),
        ("  rules: [{name: a, to: [duty], severities: [bad]}]", "expected warning or critical"),
        ("    x: {apprise: 'hush://secret'}", "receivers.x.apprise: expected a URL of Apprise"),
        ("    x: {webhook: 'https://secret'}", "receivers.x: expected a secret"),
        ("    x: {webhook: 'https://x', secret: 4711}", "expected a text, in quotes"),
        ("    x: {}", "receivers.x: expected either apprise or webhook"),
        ("    x: {webhook: 'ftp://secret', secret: s}", "expected a URL that begins with https://"),
    ],
)
def test_mistakes_are_said_without_what_is_secret(
    tmp_path: Path, more: str, complaint: str
) -> None:
    with pytest.raises(InputError) as caught:
        load(site_with(tmp_path, f"{RECEIVERS}{more}\n"))
    assert complaint in str(caught.value)
    assert "secret'" not in str(caught.value)
    assert "//secret" not in str(caught.value)
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("mon-fri 07:00-18:00", Hours(frozenset(range(5)), time(7), time(18))),
        ("22:00-06:00", Hours(EVERY_DAY, time(22), time(6))),
        ("sat-sun", Hours(frozenset({5, 6}))),
        ("fri", Hours(frozenset({4}))),
        ("sat-mon 00:00-12:30", Hours(frozenset({5, 6, 0}), time(0), time(12, 30))),
    ],
)
def test_hours_are_written_as_people_do(text: str, meant: Hours) -> None:
    assert hours(text) == meant
