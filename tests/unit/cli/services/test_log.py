"""How a log line is written: for people, for programs, for the journal."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bcm_mqtt.cli.services.log import JournalLines, formatter, stderr_is_journal


def record(
    level: int = logging.WARNING, text: str = "gateway %s", **more: object
) -> logging.LogRecord:
    made = logging.LogRecord("bcm_mqtt.modbus.line", level, "line.py", 7, text, ("gw",), None)
    made.created = 1_795_249_334.136
    made.__dict__.update(more)
    return made


def failed() -> logging.LogRecord:
    error = ValueError("no")
    return record(logging.ERROR, exc_info=(ValueError, error, error.__traceback__))


def test_text_has_time_level_and_message() -> None:
    line = formatter("text", journal=False).format(record())
    assert line.endswith(" WARNING gateway gw")
    assert line[:3] == "202"


@pytest.mark.parametrize("journal", [True, False])
def test_json_has_time_level_logger_message_and_what_it_is_about(*, journal: bool) -> None:
    said = record(gateway="gw", panel="rpp-1a", other=7)
    assert json.loads(formatter("json", journal=journal).format(said)) == {
        "time": "2026-11-21T08:22:14.136Z",
        "level": "warning",
        "logger": "bcm_mqtt.modbus.line",
        "message": "gateway gw",
        "gateway": "gw",
        "panel": "rpp-1a",
    }


def test_json_is_one_line_whatever_was_said() -> None:
    line = formatter("json", journal=False).format(failed())
    assert "\n" not in line
    assert json.loads(line)["exception"].endswith("ValueError: no")
    assert "\n" not in formatter("json", journal=False).format(record(text="a\nb %s"))


@pytest.mark.parametrize(
    ("level", "priority"),
    [
        (logging.CRITICAL, 3),
        (logging.ERROR, 3),
        (logging.WARNING, 4),
        (logging.INFO, 6),
        (logging.DEBUG, 7),
    ],
)
def test_the_journal_gets_the_priority_and_no_time(level: int, priority: int) -> None:
    assert formatter("text", journal=True).format(record(level)) == f"<{priority}>gateway gw"


def test_every_line_of_a_traceback_has_its_priority() -> None:
    lines = JournalLines().format(failed()).splitlines()
    assert lines[0] == "<3>gateway gw"
    assert lines[-1] == "<3>ValueError: no"
    assert all(line.startswith("<3>") for line in lines)


def test_the_journal_is_known_by_device_and_inode(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "err").open("w") as err:
        monkeypatch.setattr(sys, "stderr", err)
        status = os.fstat(err.fileno())
        assert stderr_is_journal({"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        assert not stderr_is_journal({"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino + 1}"})
        assert not stderr_is_journal({})


@pytest.mark.parametrize("logger", ["sqlalchemy.pool.impl.QueuePool", "psycopg", "psycopg.pq"])
def test_a_library_adds_no_traceback_to_the_line_about_a_lost_connection(logger: str) -> None:
    """The pool of SQLAlchemy logs one where PostgreSQL goes while a connection is given back."""
    script = f"""\
import logging
from bcm_mqtt.cli.services.log import log_to_stderr
log_to_stderr()
try:
    raise OSError("the connection is lost")
except OSError:
    logging.getLogger({logger!r}).{"error" if "pool" in logger else "warning"}(
        "Exception during reset or similar", exc_info=True
    )
logging.getLogger("bcm_mqtt").warning("database: away")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert "database: away" in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
