"""Processes that rewrite circuits.csv: killed at any moment, and two at a time."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.config.directory.table import read_circuits
from bcm_mqtt.domain.site.panel import Panel, Service
from peers.process import Process, wait_until

PANELS = {"p": Panel("p", "P", Service.parse("120/208"), 84)}
ZONE = ZoneInfo("UTC")
KILLS = 8
WRITES = 40
REWRITE = """
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo
from bcm_mqtt.domain.site.circuit import CircuitChange
from bcm_mqtt.config.directory.rewriting import rewrite
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.site.panel import Service

file, *poles, writes = sys.argv[1:]
panels = {"p": Panel("p", "P", Service.parse("120/208"), 84)}
clock = lambda: datetime.now(UTC)
for number in range(int(writes)):
    rewrite(
        Path(file),
        [CircuitChange("p", int(p), f"{number}", valid_from=BEGINNING) for p in poles],
        panels, ZoneInfo("UTC"), clock,
    )
    print(number, flush=True)
"""
KILLED_AT_EACH_LINE = """
import os, sys
from itertools import count
from pathlib import Path
from bcm_mqtt.config.directory.replaced_file import replace_file

file = Path(sys.argv[1])
for lines in count(1):
    file.write_bytes(b"old")
    child = os.fork()
    if not child:
        def trace(frame, event, argument, left=[lines]):
            left[0] -= event == "line"
            if not left[0]:
                os.kill(os.getpid(), 9)
            return trace
        sys.settrace(trace)
        replace_file(file, lambda content: b"new")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("killed" if status else "done", file.read_text(), flush=True)
    if not status:
        break
"""
"""As the program's own line, or the standard library's, is about to run: each one in turn."""
COMMENTS = [f"# hand-written {number} {'x' * 80}\n" for number in range(5000)]
"""Enough that writing takes a while."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "site" / "circuits.csv"
    written.parent.mkdir()
    rows = [f"p,{pole},\n" for pole in range(1, 85)]
    written.write_text("".join(["panel,poles,description\n", *rows, *COMMENTS]))
    return written


def rewriting(file: Path, log: Path, poles: list[int], writes: int) -> Process:
    arguments = [str(file), *map(str, poles), str(writes)]
    return Process([sys.executable, "-c", REWRITE, *arguments], log)


def descriptions(file: Path) -> dict[int, str]:
    """What the file says, which must be all there and good."""
    directories, problems = read_circuits(file, PANELS, ZONE)
    assert not problems
    assert file.read_text().endswith("".join(COMMENTS))
    directory = directories["p"]
    assert len(directory.versions) == 84
    return {version.first_pole: version.description for version in directory.versions}


def pauses() -> Iterator[float]:
    random = Random(7)
    while True:
        yield random.uniform(0, 0.2)


def test_a_kill_at_any_line_leaves_the_old_file_or_the_new_one(file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_AT_EACH_LINE, str(file)]
    with Process(command, tmp_path / "killed.log") as process:
        assert process.wait(60) == 0, process.said()
    *killed, done = process.said().splitlines()
    assert done == "done new"
    assert len(killed) > 30
    assert set(killed) == {"killed old", "killed new"}
    assert {path.name for path in file.parent.iterdir()} == {"circuits.csv"}


def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(
    file: Path, tmp_path: Path
) -> None:
    for kill, pause in zip(range(KILLS), pauses(), strict=False):
        log = tmp_path / f"{kill}.log"
        with rewriting(file, log, [1, 84], writes=100_000) as process:
            wait_until(lambda log=log: log.stat().st_size > 0, 60, process.said)  # type: ignore[misc]
            time.sleep(pause)
            process.kill()
        told = int(log.read_text().splitlines()[-1])
        found = descriptions(file)
        assert found[1] == found[84]
        assert int(found[1]) in {told, told + 1}
    left = {path.name for path in file.parent.iterdir()}
    assert left <= {"circuits.csv", ".circuits.csv.new"}


def test_two_processes_that_edit_at_the_same_time_lose_nothing_of_each_other(
    file: Path, tmp_path: Path
) -> None:
    with ExitStack() as both:
        one, other = (
            both.enter_context(rewriting(file, tmp_path / f"{pole}.log", [pole], WRITES))
            for pole in (1, 2)
        )
        assert [one.wait(60), other.wait(60)] == [0, 0], one.said() + other.said()
    found = descriptions(file)
    assert (found[1], found[2]) == (str(WRITES - 1), str(WRITES - 1))
    assert [path.name for path in file.parent.iterdir()] == ["circuits.csv"]
