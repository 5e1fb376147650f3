"""A log that is misread would look like one without problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from home_assistant.log import LogRecord, read_log

if TYPE_CHECKING:
    from pathlib import Path

LOG = """\
noise of a library before the log begins
2026-11-21 04:05:31.1 INFO (MainThread) [homeassistant.core] Starting Home Assistant
2026-11-21 04:05:31.2 ERROR (Recorder) [homeassistant.components.mqtt.entity] Error 'x'
Traceback (most recent call last):
2026-11-21 04:05:31.3 WARNING (MainThread) [custom_components.bcm_mqtt] late
"""


def test_records_are_read_with_their_tracebacks(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_text(LOG)
    trace = "Error 'x'\nTraceback (most recent call last):"
    assert read_log(path) == [
        LogRecord("INFO", "homeassistant.core", "Starting Home Assistant"),
        LogRecord("ERROR", "homeassistant.components.mqtt.entity", trace),
        LogRecord("WARNING", "custom_components.bcm_mqtt", "late"),
    ]
    assert [record.is_problem for record in read_log(path)] == [False, True, True]


def test_a_record_belongs_to_an_integration_and_to_the_loggers_above_it() -> None:
    record = LogRecord("ERROR", "homeassistant.components.mqtt.entity", "")
    assert record.is_of("mqtt")
    assert record.is_of("homeassistant.components")
    assert not record.is_of("mqtt_eventstream")
    assert not record.is_of("homeassistant.components.mqtt.entit")
