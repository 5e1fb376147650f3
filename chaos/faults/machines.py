"""Disks and clocks."""

from datetime import timedelta
from random import Random

from chaos.faults.run import Run


def slow_disk(run: Run, drawn: Random) -> bool:
    """What is handed to a thread takes seconds."""
    before = run.world.loop.work_s
    run.world.loop.work_s = lambda: drawn.uniform(0.5, 3.0)

    def fast() -> None:
        run.world.loop.work_s = before

    run.later(run.span_s(drawn), fast)
    return run.fault("slow disk")


def full_disk(run: Run, drawn: Random) -> bool:
    """A machine's disk is full."""
    disk = run.world.machines[drawn.choice(["bridge", "recorder"])].disk
    disk.full, disk.full_since = True, run.world.loop.now

    def free() -> None:
        disk.full = False

    run.later(run.span_s(drawn), free)
    return run.fault(f"disk of {disk.machine.name} is full")


def step(run: Run, drawn: Random) -> bool:
    """A machine's clock is set."""
    machine = run.world.machines[drawn.choice(["bridge", "recorder"])]
    by_s = drawn.choice([1, 10, 3600, 86_400, 8 * 86_400, 3650 * 86_400]) * drawn.choice([-1, 1])
    machine.set_clock(timedelta(seconds=by_s))
    # Some are set right, some by as much again, some stay as they are.
    then = drawn.choice([machine.set_right, lambda: machine.set_clock(timedelta(seconds=by_s))])
    if drawn.random() < 0.8:
        run.later(run.span_s(drawn), then)
    return run.fault(f"clock of {machine.name} set by {by_s} s")
