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
    disk.full = True

    def free() -> None:
        disk.full = False

    run.later(run.span_s(drawn), free)
    return run.fault(f"disk of {disk.machine.name} is full")


def step(run: Run, drawn: Random) -> bool:
    """A machine's clock is set."""
    machine = run.world.machines[drawn.choice(["bridge", "recorder"])]
    by_s = drawn.choice([1, 10, 3600, 86_400, 8 * 86_400]) * drawn.choice([-1, 1])
    by = timedelta(seconds=by_s)
    machine.offset += by

    def back() -> None:
        machine.offset -= by

    run.later(run.span_s(drawn), back)
    return run.fault(f"clock of {machine.name} set by {by_s} s")
