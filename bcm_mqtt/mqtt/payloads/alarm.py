"""An alarm's payload, both ways."""

from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.domain.alarms.journal import AlarmEvent
from bcm_mqtt.domain.reading.alarm import MAIN, Alarm, AlarmState, Limits, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.mqtt.payloads.codec import Codec, Form, encoded
from bcm_mqtt.mqtt.payloads.fields import VERSION, panel_body


@dataclass(frozen=True, slots=True)
class AlarmReport:
    """An alarm as it is published.

    Attributes:
        state: What is to be done about it.
        severity: How bad it is.
        loading: What was measured when it last changed, in %; None of missing data.
        limit: What that is held against, in %; None of missing data.
        since: When it began or ended; None before the first time.
        until: When it comes back from the shelf.
        changed: When any of this last changed; None before, and of a bridge of an earlier release.
        by: Who changed it then; "" where a reading or the time did.
        warning: Above which it is warned of, in %; None of missing data.
        critical: Above which it is critical, in %; None where it never is.
    """

    state: AlarmState
    severity: Severity
    loading: float | None
    limit: float | None
    since: datetime | None
    until: datetime | None
    changed: datetime | None = None
    by: str = ""
    warning: float | None = None
    critical: float | None = None


_ADDED = Form(added=True)
_REPORT = Codec(AlarmReport, changed=_ADDED, by=_ADDED, warning=_ADDED, critical=_ADDED)


def encode_alarm(panel: str, pole: int, kind: AlarmKind, alarm: Alarm, limits: Limits) -> bytes:
    """JSON of an alarm of a circuit (by its first pole) or of the panel (MAIN)."""
    critical = alarm.severity is Severity.CRITICAL
    limit = limits.critical if critical and limits.critical is not None else limits.warning
    report = AlarmReport(
        state=alarm.state,
        severity=alarm.severity,
        loading=round(alarm.value, 1) if kind.is_measured and alarm.value is not None else None,
        limit=limit if kind.is_measured else None,
        since=alarm.since,
        until=alarm.until,
        changed=alarm.changed,
        by=alarm.by,
        warning=limits.warning if kind.is_measured else None,
        critical=limits.critical if kind.is_measured else None,
    )
    return encoded(
        {
            "v": VERSION,
            "panel": panel,
            "pole": None if pole == MAIN else pole,
            "kind": kind,
            "state": alarm.state,  # once more within the report, which does not move it
            "active": alarm.active,
            **_REPORT.body(report),
        }
    )


def event_of(report: AlarmReport, panel: str, pole: int, kind: AlarmKind) -> AlarmEvent | None:
    """A row of the journal; None of an alarm that never changed, or an earlier release's."""
    if report.changed is None:
        return None
    return AlarmEvent(
        *(panel, pole, kind, report.changed, report.state, report.severity),
        *(report.loading, report.limit, report.since, report.until, report.by),
    )


def decode_alarm(payload: bytes, panel: str) -> AlarmReport:
    """The alarm of a payload that arrived on a topic of a panel.

    Raises:
        PayloadError: not an alarm of this panel.
    """
    return _REPORT.read(panel_body(payload, panel))
