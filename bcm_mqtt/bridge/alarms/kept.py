"""Alarms between two runs: what was acknowledged or shelved stays so."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bcm_mqtt.bridge.alarms.panel import AlarmKey
from bcm_mqtt.bridge.kept_file import write_whole
from bcm_mqtt.domain.reading.alarm import Alarm, AlarmKind, AlarmState, Severity, Threshold
from bcm_mqtt.domain.time import from_text, to_text

_LOG = logging.getLogger(__name__)


def read_alarms(file: Path) -> dict[AlarmKey, Alarm]:
    """The alarms of the last run; a file that is damaged counts as empty, and is told."""
    try:
        return {
            AlarmKey(row["panel"], int(row["pole"]), AlarmKind(row["kind"])): _alarm(row)
            for row in json.loads(file.read_text())
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, LookupError, TypeError) as error:
        _LOG.warning("%s: %s: alarms begin anew, nothing is acknowledged", file, error)
        return {}


def write_alarms(file: Path, alarms: Mapping[AlarmKey, Alarm]) -> None:
    """Keeps the alarms that are not as they were at the beginning.

    Raises:
        OSError: the file is as it was.
    """
    rows = [_row(key, alarm) for key, alarm in alarms.items() if alarm != Alarm()]
    write_whole(file, json.dumps(rows, indent=1))


def _row(key: AlarmKey, alarm: Alarm) -> dict[str, Any]:
    return {
        "panel": key.panel,
        "pole": key.pole,
        "kind": key.kind,
        "state": alarm.state,
        "severity": alarm.severity,
        "since": _text(alarm.since),
        "value": alarm.value,
        "until": _text(alarm.until),
        "warning": alarm.warning.passed,
        "critical": alarm.critical.passed,
    }


def _alarm(row: Mapping[str, Any]) -> Alarm:
    return Alarm(
        state=AlarmState(row["state"]),
        severity=Severity(row["severity"]),
        since=_time(row["since"]),
        value=None if row["value"] is None else float(row["value"]),
        until=_time(row["until"]),
        warning=Threshold(passed=row["warning"] is True),
        critical=Threshold(passed=row["critical"] is True),
    )


def _text(at: datetime | None) -> str | None:
    return to_text(at) if at else None


def _time(text: str | None) -> datetime | None:
    return from_text(text) if text else None
