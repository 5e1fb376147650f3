"""An alarm's payload."""

from bcm_mqtt.domain.alarm import MAIN, Alarm, AlarmKind, Limits, Severity
from bcm_mqtt.domain.instants import to_text
from bcm_mqtt.mqtt.payloads.fields import VERSION, encoded


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
