"""The deterministic simulation: a minute of it, and whether it finds what is wrong."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def chaos(
    *options: str, hash_seed: str = "0", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chaos", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def test_the_invariants_hold_for_as_many_simulated_days_as_fit_in_a_minute() -> None:
    done = chaos("--scale", "day", "--seconds", "60", "--processes", "1")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failed" in done.stdout


def test_a_seed_gives_the_same_log_whatever_the_order_of_sets_is(tmp_path: Path) -> None:
    first = chaos("--scale", "day", "--seed", "4", hash_seed="1")
    # Everything is compiled anew, which allocates: what is collected must not matter.
    compiled = str(tmp_path / "compiled")
    second = chaos("--scale", "day", "--seed", "4", hash_seed="7", PYTHONPYCACHEPREFIX=compiled)

    assert first.returncode == 0, first.stdout + first.stderr
    assert "FAULT" in first.stdout
    assert second.stdout == first.stdout


def test_a_planted_fault_is_found_and_the_seed_is_replayed_by_the_command_that_is_printed() -> None:
    done = chaos(
        *("--scale", "day", "--planted", "edits-not-retained", "--only", "edit"),
        *("--seeds", "1", "--first", "3"),
    )

    assert done.returncode == 1
    assert "the recorder's directory is not the bridge's" in done.stdout
    [replay] = [line.split("-m chaos ")[1] for line in done.stdout.splitlines() if "replay" in line]
    again = chaos(*replay.split())
    assert again.returncode == 1
    assert "VIOLATION panel" in again.stdout
