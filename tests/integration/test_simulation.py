"""The deterministic simulation: some days of it, and whether it finds what is wrong."""

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from chaos import clockwork
from chaos.run import bounded

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


def test_the_invariants_hold_for_as_many_simulated_days_as_fit_in_half_a_minute() -> None:
    done = chaos("--scale", "day", "--seconds", "30", "--processes", "1")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failed" in done.stdout


def test_a_seed_gives_the_same_log_whatever_the_order_of_sets_is(tmp_path: Path) -> None:
    first = chaos("--scale", "day", "--seed", "4", hash_seed="1")
    # Everything is compiled anew, which allocates: what is collected must not matter.
    compiled = str(tmp_path / "compiled")
    second = chaos("--scale", "day", "--seed", "4", hash_seed="8", PYTHONPYCACHEPREFIX=compiled)

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


def test_a_loop_that_gets_nowhere_at_one_instant_stands_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clockwork, "MOST_STEPS", 1_000)
    loop = clockwork.SimulatedLoop()
    turns = 0

    def again() -> None:
        nonlocal turns
        turns += 1
        loop.call_soon(again)

    async def moves_and_spins() -> None:
        await asyncio.sleep(1.0)
        again()
        await asyncio.sleep(1.0)

    with pytest.raises(clockwork.StandsStillError, match="1,000 steps at one instant"):
        loop.run_until_complete(moves_and_spins())
    loop.close()
    assert loop.now == 1.0
    assert turns <= 1_000


def test_what_never_comes_back_to_the_loop_stands_still_wherever_errors_are_caught() -> None:
    def catches_errors() -> None:
        while True:
            with suppress(Exception):
                pass

    async def waits() -> None:
        await asyncio.get_running_loop().create_task(spins())

    async def spins() -> None:
        catches_errors()

    loop = clockwork.SimulatedLoop()
    with (
        pytest.raises(clockwork.StandsStillError, match=r"0\.05 s of the processor"),
        bounded(0.05),
    ):
        loop.run_until_complete(waits())
    loop.close()
