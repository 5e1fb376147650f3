"""The faults of one run: what was drawn, when it happens, and when all is healed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from chaos.desk import Desk
from chaos.mqtt import LINKS
from chaos.world import World


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault.

    Attributes:
        act: Does one; whether it did.
        share: Of a run's faults, relative.
    """

    act: Callable[["Run", Random], bool]
    share: float = 1.0


class Run:
    """The world of a run and what goes wrong in it.

    Attributes:
        world: In which it does.
        desk: At which people sit.
    """

    def __init__(self, world: World, kinds: Mapping[str, Kind], without: frozenset[str]) -> None:
        """Draws when what happens: each kind by itself, so that one can be left out."""
        self.world = world
        self.desk = Desk(world)
        self._kinds = kinds
        self._healed = False
        total = sum(kind.share for name, kind in kinds.items() if name not in without)
        self._plan: list[tuple[float, str, int]] = []
        for name, kind in kinds.items():
            drawn = Random(f"{name} {world.random.random()}")
            expected = world.scale.faults * kind.share / total
            count = int(drawn.uniform(0, 2 * expected + 1))
            if name not in without:
                self._plan += [
                    (drawn.uniform(0.01, 0.97) * world.scale.length_s, name, drawn.getrandbits(32))
                    for _ in range(count)
                ]
        self._plan.sort()

    async def happen(self) -> None:
        """All of them, and the rest of the run."""
        for at, name, seed in self._plan:
            await self._until(at)
            if self._kinds[name].act(self, Random(seed)):
                self.world.counts[f"fault {name}"] += 1
        await self._until(self.world.scale.length_s)

    async def heal(self) -> None:
        """Everything works again."""
        self._healed = True
        world = self.world
        world.say("all is healed")
        for gateway in world.gateways.values():
            gateway.go(up=True)
            for unit in gateway.units.values():
                unit.mood = "well"
        world.slow = False
        world.broker.max_queued = 0
        for machine in world.machines.values():
            machine.set_right()
            machine.disk.full = False
            LINKS[machine.name].up = True
        world.loop.work_s = lambda: 0.005
        self.start_broker()
        for service in (world.recorder, world.bridge):
            await service.ended.wait() if not service.runs else None
            if service.process:
                service.process.fuse = None
                service.power_fails = False
            service.start()

    async def _until(self, at: float) -> None:
        loop = self.world.loop
        if at > loop.now:
            reached = loop.create_future()
            loop.call_at(at, reached.set_result, None)
            await reached

    def span_s(self, drawn: Random) -> float:
        """How long something lasts: often seconds, sometimes a good part of the run."""
        longest = self.world.scale.length_s * 0.08
        return drawn.choice([1, 10, 60, drawn.uniform(1, longest), drawn.uniform(1, longest)])

    def later(self, seconds: float, act: Callable[[], Any]) -> None:
        """Unless all was healed before."""
        self.world.loop.call_later(seconds, lambda: None if self._healed else act())

    def fault(self, text: str) -> bool:
        """A line of the log."""
        self.world.say(f"FAULT {text}")
        return True

    def start_broker(self) -> None:
        """With what its file has, if it does not run."""
        if not self.world.broker.up:
            self.world.broker.start()
            self.desk.connect()
