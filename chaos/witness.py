"""What the services did, seen from beside them: what each says of itself is held against it."""

import re
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from chaos.process import Process
from chaos.world import World

_PATIENCE_S = 120.0
"""Twice the longest back-off from a unit or a gateway that was away."""


class Witness:
    """Beside the bridge.

    Attributes:
        taken: Times of the snapshots that its outbox took, ms, by panel.
        heard: When it was first told that one of them is stored, s of the loop, by time.
        named: Panel, first and last time, ms, of what it named as lost, and when, s of the loop.
        edited: When an edit's text was first in the file of circuits, s of the loop.
        pauses: In which it did not poll, though it ran and the gateway was there.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.taken: dict[str, list[int]] = defaultdict(list)
        self.heard: dict[str, dict[int, float]] = defaultdict(dict)
        self.named: list[tuple[str, int, int, float]] = []
        self.edited: dict[str, float] = {}
        self.pauses: list[str] = []
        self._asked: dict[str, tuple[float, Any]] = {}
        for gateway in world.gateways.values():
            gateway.asked, gateway.is_back = self.asked, self.is_back
        world.bridge.machine.disk.replaced = self._replaced

    def took(self, work: Any) -> None:
        """The outbox takes what came."""
        from bcm_mqtt.domain.time import to_ms  # noqa: PLC0415
        from bcm_mqtt.mqtt.payloads import StoredReport  # noqa: PLC0415

        for put in work.puts:
            insort(self.taken[put.series.panel], put.time)
        for report in work.reports:
            for series, ranges in report.ranges.items() if isinstance(report, StoredReport) else ():
                for one in ranges:
                    times = self.within(series.panel, to_ms(one.first), to_ms(one.last))
                    # Where a clock was set back, others lie between: which is not told.
                    for time in times if len(times) == one.snapshots else ():
                        self.heard[series.panel].setdefault(time, self._world.loop.now)

    def given_up(self, panel: str) -> set[int]:
        """Times of snapshots that it named and could not know to be stored, ms."""
        return {
            time
            for named, first, last, at in self.named
            for time in self.within(named, first, last)
            if named == panel and not self._knows(panel, time, at)
        }

    def _knows(self, panel: str, time: int, at: float) -> bool:
        """Whether it was told before, and did not end before that was in its file."""
        heard = self.heard[panel].get(time, float("inf"))
        return heard < at and not any(
            one.died_at is not None and self._unwritten_since(one) <= heard <= one.died_at
            for one in self._world.bridge.processes
        )

    def _unwritten_since(self, process: Process) -> float:
        """From when on what a process was told had not reached its file as it died, s."""
        if process.full_since is not None:
            return process.full_since - self._world.scale.forgets_s
        if process.died_at is None or process.cause == "stopped":
            return float("inf")
        return process.died_at - self._world.scale.forgets_s

    def within(self, panel: str, first: int, last: int) -> list[int]:
        """Times of snapshots that the outbox took, of a span that has both ends, ms."""
        times = self.taken[panel]
        return times[bisect_left(times, first) : bisect_right(times, last)]

    def asked(self, panel: str) -> None:
        """A meter is asked: has it been for long that none was, and none was away?"""
        now, process = self._world.loop.now, self._world.machines["bridge"].process
        since, before = self._asked.get(panel, (now, process))
        longest_s = 2 * self._world.poll_s[panel] + self._world.scale.grain_s + _PATIENCE_S
        if process is before and now - since > longest_s:
            self.pauses.append(f"panel {panel}: no poll from {since:.0f} s to {now:.0f} s")
        self._asked[panel] = now, process

    def is_back(self, panel: str) -> None:
        """Its gateway was away."""
        self._asked[panel] = self._world.loop.now, self._world.machines["bridge"].process

    def ends(self) -> None:
        """The bridge runs, and everything was well for a while."""
        for panel, (_, process) in sorted(self._asked.items()):
            if process is self._world.machines["bridge"].process:
                self.asked(panel)
            else:
                self.pauses.append(f"panel {panel}: no poll since the bridge was started")

    def _replaced(self, path: Path) -> None:
        if path == self._world.circuits:
            for text in re.findall(r"\bE\d+\b", path.read_text()):
                self.edited.setdefault(text, self._world.loop.now)


@contextmanager
def witnessing(world: World) -> Iterator[Witness]:
    """A witness, while the context stands."""
    from bcm_mqtt.bridge.outbox.losses import Losses  # noqa: PLC0415
    from bcm_mqtt.bridge.outbox.outbox import Outbox  # noqa: PLC0415

    witness = Witness(world)
    turn, add = Outbox.turn, Losses.add

    def seen(self: Any, work: Any, monotonic_s: float) -> None:
        witness.took(work)
        turn(self, work, monotonic_s)

    def named(self: Any, series: Any, first_ms: int, last_ms: int, *more: Any) -> None:
        witness.named.append((series.panel, first_ms, last_ms, world.loop.now))
        add(self, series, first_ms, last_ms, *more)

    with patch.object(Outbox, "turn", seen), patch.object(Losses, "add", named):
        yield witness
