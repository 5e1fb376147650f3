"""An alarm's payload."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bcm_mqtt.domain.reading.alarm import MAIN, Alarm, AlarmKind, AlarmState, Limits, Severity
from bcm_mqtt.domain.time.instants import to_text
from bcm_mqtt.mqtt.payloads.fields import VERSION, encoded, field, panel_body, perhaps, time


@dataclass(frozen=True, slots=True)
class AlarmReport:
    """An alarm as it was published.

    Attributes:
        state: What is to be done about it.
        severity: How bad it is.
        loading: What was measured when it last changed, in %; None of missing data.
        limit: What that is held against, in %.
        since: When it began or ended; None before the first time.
        until: When it comes back from the shelf.
    """

    state: AlarmState
    severity: Severity
    loading: float | None
    limit: float | None
    since: datetime | None
    until: datetime | None


def encode_alarm(panel: str, pole: int, kind: AlarmKind, alarm: Alarm, limits: Limits) -> bytes:
    """JSON of an alarm.

    `loading` is what was measured when the alarm last changed, and `limit` what it is held
    against, both in %; null for an alarm of missing data.
    """
    measured = kind is not AlarmKind.NO_DATA
    critical = alarm.severity is Severity.CRITICAL
    limit = limits.critical if critical and limits.critical is not None else limits.warning
    return encoded(
        {
            "v": VERSION,
            "panel": panel,
            "pole": None if pole == MAIN else pole,
            "kind": kind.value,
            "state": alarm.state.value,
            "active": alarm.active,
            "severity": alarm.severity.value,
            "loading": round(alarm.value, 1) if measured and alarm.value is not None else None,
            "limit": limit if measured else None,
            "since": to_text(alarm.since) if alarm.since else None,
            "until": to_text(alarm.until) if alarm.until else None,
        }
    )


def decode_alarm(payload: bytes, panel: str) -> AlarmReport:
    """The alarm of a payload that arrived on a topic of a panel.

    Raises:
        PayloadError: not an alarm of this panel.
    """
    body = panel_body(payload, panel)
    return AlarmReport(
        state=field(body, "state", AlarmState, f"one of {', '.join(AlarmState)}"),
        severity=field(body, "severity", Severity, f"one of {', '.join(Severity)}"),
        loading=field(body, "loading", perhaps(_percent), "a number or null"),
        limit=field(body, "limit", perhaps(_percent), "a number or null"),
        since=field(body, "since", perhaps(time), "a time or null"),
        until=field(body, "until", perhaps(time), "a time or null"),
    )


def _percent(value: Any) -> float:
    if type(value) not in {int, float}:
        raise TypeError
    return float(value)
