"""`bcm-mqtt … | head`: a reader that has seen enough is no failure and no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = {
    "help": ["--help"],
    "table": ["profiles", "show", "bg08"],
    "csv": ["profiles", "show", "bg08", "--format", "csv"],
    "json": ["profiles", "show", "bg08", "--format", "json"],
}


@pytest.mark.parametrize("what", COMMANDS)
def test_a_reader_that_has_gone_is_no_failure(what: str, tmp_path: Path) -> None:
    """What is printed waits in a buffer, so that the loss may show at the very end only."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bcm_mqtt", *COMMANDS[what]],
            stdout=writing,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            check=False,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert done.stderr.decode() == ""
    assert done.returncode == 0
