"""`notifications`: who is sent which alarms, and when.

Owns: the keys of receivers and rules, and complaints about them.
Does not own: which messages follow from them (`domain.alarms`), sending (`messaging`).
Invariants: what is secret is in no complaint, and in no text of the settings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from re import fullmatch
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.mail import language
from bcm_mqtt.config.tariffs.times import weekday
from bcm_mqtt.domain.alarms.notices import EVERY_DAY, Hours, Rule
from bcm_mqtt.domain.reading.alarm import Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, UnshownError
from bcm_mqtt.messaging import apprise_problem

_NAME: Final = "notifications"


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """Where messages go: one of both.

    Attributes:
        apprise: URL of Apprise, or "".
        webhook: URL of a program, or "".
        secret: That its messages are signed with.
        language: Of its messages, such as `de-AT`; "" is English.
    """

    apprise: str = field(default="", repr=False)
    webhook: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    language: str = ""


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """Who is notified of what.

    Attributes:
        receivers: By name.
        rules: Of alarms.
        issued_bills: Names of the receivers that get each issued bill.
    """

    receivers: Mapping[str, ReceiverSettings] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    issued_bills: tuple[str, ...] = ()


def notices_of(
    document: Document, data: Mapping[str, Any], panels: Mapping[str, object], otherwise: str
) -> tuple[NotificationSettings, list[Problem]]:
    """The settings of a checked section, and what is wrong between its parts.

    Args:
        document: With its lines.
        data: Of the section.
        panels: That there are.
        otherwise: The language of receivers that state none.
    """
    receivers = {
        name: ReceiverSettings(**{"language": otherwise, **given})
        for name, given in data["receivers"].items()
    }
    rules = tuple(Rule(**{**given, "to": tuple(given["to"])}) for given in data["rules"])
    mistakes = [*_of_receivers(receivers), *_of_rules(rules, receivers, panels)]
    mistakes += [
        (("issued_bills",), values.unknown("receiver", name, receivers))
        for name in data["issued_bills"]
        if name not in receivers
    ]
    problems = [document.problem((_NAME, *path), message) for path, message in mistakes]
    return NotificationSettings(receivers, rules, tuple(data["issued_bills"])), problems


def _of_receivers(
    receivers: Mapping[str, ReceiverSettings],
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for name, receiver in receivers.items():
        path = ("receivers", name)
        if bool(receiver.apprise) == bool(receiver.webhook):
            yield path, "expected either apprise or webhook"
        elif receiver.webhook and not receiver.secret:
            yield path, "expected a secret that the webhook's messages are signed with"
        elif receiver.apprise and (problem := apprise_problem(receiver.apprise)):
            yield (*path, "apprise"), problem


def _of_rules(
    rules: tuple[Rule, ...],
    receivers: Mapping[str, ReceiverSettings],
    panels: Mapping[str, object],
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    names = set[str]()
    for index, rule in enumerate(rules):
        if rule.name in names:
            yield ("rules", index, "name"), f"is given twice: {rule.name}"
        names.add(rule.name)
        for name in rule.to:
            if name not in receivers:
                yield ("rules", index, "to"), values.unknown("receiver", name, receivers)
        for panel in sorted(rule.panels):
            if panel not in panels:
                yield ("rules", index, "panels"), values.unknown("panel", panel, panels)


_HOURS: Final = r"(?:([a-z]{3}(?:-[a-z]{3})?) ?)?(?:\b([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2}))?"


def hours(value: object) -> Hours:
    """Such as `mon-fri 07:00-18:00`, `22:00-06:00` or `sat-sun`."""
    read = fullmatch(_HOURS, value) if isinstance(value, str) and value else None
    try:
        if read:
            days, begin, end = (part or "" for part in read.groups())
            clock = time.fromisoformat(begin or "00:00"), time.fromisoformat(end or "00:00")
            return Hours(_days(days), *clock)
    except (ValueError, vol.Invalid):
        pass
    message = "expected days and hours such as mon-fri 07:00-18:00"
    raise vol.Invalid(message)


def _days(text: str) -> frozenset[int]:
    if not text:
        return EVERY_DAY
    first, dash, last = text.partition("-")
    begin, end = weekday(first), weekday(last if dash else first)
    return frozenset((begin + count) % 7 for count in range((end - begin) % 7 + 1))


def _some(check: Any) -> Any:
    return vol.All([check], vol.Coerce(frozenset))


_SEVERITY = vol.All(
    vol.In([Severity.WARNING.value, Severity.CRITICAL.value], msg="expected warning or critical"),
    vol.Coerce(Severity),
)
_KINDS = [kind.value for kind in AlarmKind]
_KIND = vol.All(vol.In(_KINDS, msg=f"expected one of {', '.join(_KINDS)}"), vol.Coerce(AlarmKind))


def _url(value: object) -> str:
    if isinstance(value, str) and fullmatch(r"https?://[^/\s]\S*", value):
        return value
    message = "expected a URL that begins with https:// or http://"
    raise UnshownError(message)


def _secret(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    message = "expected a text, in quotes where it is a number"
    raise UnshownError(message)


NOTIFICATIONS: Final = {
    vol.Optional("receivers", default=dict): {
        values.identifier: {
            vol.Optional("apprise"): _secret,
            vol.Optional("webhook"): _url,
            vol.Optional("secret"): _secret,
            vol.Optional("language"): language,
        }
    },
    vol.Optional("issued_bills", default=list): [values.identifier],
    vol.Optional("rules", default=list): [
        {
            vol.Required("name"): values.identifier,
            vol.Required("to"): vol.All([values.identifier], vol.Length(min=1)),
            vol.Optional("severities", default=list): _some(_SEVERITY),
            vol.Optional("panels", default=list): _some(values.panel_identifier),
            vol.Optional("customers", default=list): _some(values.line),
            vol.Optional("kinds", default=list): _some(_KIND),
            vol.Optional("after", default="0s"): values.duration("0s", "7d"),
            vol.Optional("hours", default="00:00-00:00"): hours,
            vol.Optional("pause", default="5min"): values.duration("10s", "1d"),
            vol.Optional("ended", default=True): values.boolean,
        }
    ],
}
