"""One seed from the beginning to the verdict."""

import asyncio
import gc
import logging
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chaos import clockwork, seams
from chaos.witness import Witness, witnessing
from chaos.world import SCALES, Scale, World


@dataclass
class Outcome:
    """What became of a run.

    Attributes:
        seed: Of it.
        violations: Of the invariants, a line each.
        counts: Of faults and of what happened.
        log: Its lines.
        digest: Of the log and of every message; the same seed gives the same.
        seconds: Of the processor that it took.
        days: It simulated.
    """

    seed: int
    violations: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    digest: str = ""
    seconds: float = 0.0
    days: float = 0.0


_LONGEST_S = 20 * 60.0
"""A seed takes a quarter of a minute."""


def run(
    seed: int,
    scale: str,
    without: frozenset[str],
    planted: str = "",
    longest_s: float = _LONGEST_S,
) -> Outcome:
    """Simulates a seed; the seams must be installed.

    What takes longer than `longest_s` of the processor stands still, which is a violation.
    """
    from chaos.faults import KINDS, Run  # noqa: PLC0415
    from chaos.invariants import violations  # noqa: PLC0415
    from chaos.planted import planting  # noqa: PLC0415

    begun = seams.REAL_SECONDS()
    # When it collects depends on what was allocated before, such as the code of modules that were
    # compiled; what it closes then would differ between two runs of a seed.
    gc.collect()
    gc.disable()
    seams.reseed(seed)
    size = SCALES[scale]
    loop = clockwork.SimulatedLoop(size.grain_s)
    clockwork.begin(loop)
    asyncio.set_event_loop(loop)
    world = World(loop, seed, size)
    unhandled: list[str] = []
    loop.set_exception_handler(lambda _loop, context: _unhandled(unhandled, context))
    handler = _Log(world)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    outcome = Outcome(seed)
    if seed % _MAKES_ITS_SCHEMA:
        world.database.write_bytes(_empty_database())
    try:
        with (
            planting(planted),
            witnessing(world) as witness,
            _paced(size),
            bounded(longest_s),
        ):
            faults = Run(world, KINDS, without)
            try:
                loop.run_until_complete(_live(world, faults, witness))
            except clockwork.NothingLeftError:
                outcome.violations = [*unhandled, "everything waits for what will not come"]
            else:
                outcome.violations = [
                    *unhandled,
                    *world.bridge.failures,
                    *world.recorder.failures,
                    *violations(world, faults, witness),
                ]
    except clockwork.StandsStillError as error:
        outcome.violations = [*unhandled, f"stands still: {error}, {_where(error)}"]
    finally:
        with suppress(clockwork.NothingLeftError, clockwork.StandsStillError), bounded(60):
            loop.run_until_complete(_left(world))
        world.remove()
        with suppress(RuntimeError):
            loop.close()
        gc.enable()
    for line in outcome.violations:
        world.say(f"VIOLATION {line}")
    outcome.log = world.log
    outcome.counts = dict(world.counts)
    for line in world.log:
        world.digest.update(line.encode())
    outcome.digest = world.digest.hexdigest()
    outcome.seconds = seams.REAL_SECONDS() - begun
    outcome.days = loop.now / 86_400
    return outcome


_MAKES_ITS_SCHEMA = 10
"""Of so many seeds one begins without a database, which takes a second."""


@cache
def _empty_database() -> bytes:
    from bcm_mqtt.store import RecordingStore  # noqa: PLC0415

    with TemporaryDirectory(prefix="chaos-") as folder:
        file = Path(folder) / "empty.db"
        store = RecordingStore(f"sqlite:///{file}")
        store.database.ensure_schema()
        store.close()
        return file.read_bytes()


async def _live(world: World, faults: Any, witness: Witness) -> None:
    """Starts the site, lets the faults happen, heals it, lets it settle, and ends it."""
    world.recorder.start()
    await asyncio.sleep(1)
    world.bridge.start()
    await faults.happen()
    await faults.heal()
    await asyncio.sleep(world.scale.settle_s)
    witness.ends()
    await world.bridge.stop()
    await asyncio.sleep(max(30, 3 * world.scale.grain_s))
    await world.recorder.stop()


async def _left(world: World) -> None:
    for service in (world.bridge, world.recorder):
        service.kill()
        await service.ended.wait()


def _unhandled(found: list[str], context: dict[str, Any]) -> None:
    from chaos.process import PROCESS, Killed  # noqa: PLC0415

    error = context.get("exception")
    process = PROCESS.get()
    if isinstance(error, Killed) or (process and not process.alive):
        return
    found.append(f"unhandled: {context.get('message')}: {error!r}")


@contextmanager
def bounded(longest_s: float) -> Iterator[None]:
    """Ends what takes longer, wherever it is: also where it never comes back to the loop."""

    def too_long(*_: Any) -> None:
        raise clockwork.StandsStillError(f"{longest_s:g} s of the processor")

    before = signal.signal(signal.SIGPROF, too_long)
    signal.setitimer(signal.ITIMER_PROF, longest_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _where(error: BaseException) -> str:
    """The innermost line of ours that was at work."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if "/bcm_mqtt/" in one.filename] or frames
    return f"in {Path(ours[-1].filename).name}, line {ours[-1].lineno}"


class _Log(logging.Handler):
    """Lines of the services, in the run's log."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage().replace(str(self._world.folder), "")
        self._world.say(f"| {record.name} {record.levelname}: {text}")
        if record.exc_info:
            self._world.say(f"| {record.exc_info[1]!r}")


class _paced:  # noqa: N801 - a context
    """The recorder's pace in a run of this scale."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale

    def __enter__(self) -> None:
        from bcm_mqtt.recorder import service  # noqa: PLC0415

        self._pace = pace = service.Pace
        service.Pace = lambda: pace(roll_up_s=self._scale.roll_up_s)  # type: ignore[misc, assignment]

    def __exit__(self, *_: object) -> None:
        from bcm_mqtt.recorder import service  # noqa: PLC0415

        service.Pace = self._pace
