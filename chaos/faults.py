"""The faults of a run, drawn from its seed: each kind by itself, so that one can be left out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from chaos.desk import Desk
from chaos.paho_client import LINKS, Link
from chaos.services import Service
from chaos.world import World

POLES = [("pa", pole) for pole in range(1, 7)] + [("pb", pole) for pole in (1, 3, 5)]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault.

    Attributes:
        act: Does one; whether it did.
        share: Of a run's faults, relative.
    """

    act: Callable[["Faults", Random], bool]
    share: float = 1.0


class Faults:
    """Of one run."""

    def __init__(self, world: World, without: frozenset[str]) -> None:
        """Draws when what happens."""
        self.world = world
        self.desk = Desk(world)
        self._healed = False
        total = sum(kind.share for name, kind in KINDS.items() if name not in without)
        self._plan: list[tuple[float, str, int]] = []
        for name, kind in KINDS.items():
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
            if KINDS[name].act(self, Random(seed)):
                self.world.counts[name] += 1
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
        for machine in world.machines.values():
            machine.offset = timedelta()
            machine.disk.full = False
            LINKS[machine.name].up = True
        world.loop.work_s = lambda: 0.005
        if not world.broker.up:
            self._start_broker()
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

    # Spans that end by themselves, unless all was healed before.

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

    # Processes.

    def kill(self, service: Service, drawn: Random, *, power: bool) -> bool:
        """Between any two writes, or at any instant; it is started again."""
        process = service.process
        if process is None or not process.alive or process.fuse is not None:
            return False
        grain = max(1.0, self.world.scale.grain_s)
        if power:
            service.machine.disk.arm()
        wait_s = drawn.uniform(3 * grain, 8 * grain) if power else 0.0
        writes, after, down_s = drawn.randint(1, 25), drawn.random() < 0.5, self.span_s(drawn)

        def light() -> None:
            if process.alive:
                service.power_fails = power
                process.fuse, process.fuse_after = writes, after

        def at_the_latest() -> None:
            if process.alive and process.fuse is not None:
                process.die()

        network = drawn.choice(["", "without a network", "on a dead network"])
        link = LINKS[service.machine.name]
        if network:  # what was not sent before is lost if the disk loses it
            self.later(0 if "without" in network else wait_s, lambda: self._away(link, network))
            self.later(wait_s + down_s + 20 * grain, lambda: setattr(link, "up", True))
        self.later(wait_s, light)
        self.later(wait_s + drawn.uniform(0.0, 20 * grain), at_the_latest)
        service.on_killed = lambda: self.later(down_s + grain, lambda: self._start(service))
        how = f"{'power' if power else 'kill'} at write {writes}"
        return self.fault(f"{service.name}: {how} {network}".rstrip())

    def _away(self, link: Link, how: str) -> None:
        link.up = False
        link.freeze() if "dead" in how else link.cut()

    def restart(self, service: Service, drawn: Random) -> bool:
        """Stopped in good order, and started again."""
        if not service.runs or (service.process and service.process.fuse is not None):
            return False
        down_s = self.span_s(drawn)

        async def stop_and_start() -> None:
            await service.stop()
            self.later(down_s, lambda: self._start(service))

        self._task = self.world.loop.create_task(stop_and_start())
        return self.fault(f"{service.name}: restart, {down_s:.0f} s away")

    def _start(self, service: Service) -> None:
        if service.ended.is_set():
            service.start()
        else:
            self.later(1.0, lambda: self._start(service))

    # The broker and the network.

    def restart_broker(self, drawn: Random, *, saving: bool) -> bool:
        """It is away for a while."""
        broker = self.world.broker
        if not broker.up:
            return False
        broker.stop(saving=saving)
        down_s = self.span_s(drawn)
        self.later(down_s, self._start_broker)
        return self.fault(f"broker {'stops' if saving else 'is killed'} for {down_s:.0f} s")

    def _start_broker(self) -> None:
        if not self.world.broker.up:
            self.world.broker.start()
            self.desk.connect()

    def cut(self, drawn: Random) -> bool:
        """A machine's connections are reset."""
        name = drawn.choice(["bridge", "recorder"])
        LINKS[name].cut()
        return self.fault(f"{name}: connection reset")

    def freeze(self, drawn: Random) -> bool:
        """A machine's connections are dead, and nobody notices yet."""
        name = drawn.choice(["bridge", "recorder"])
        LINKS[name].freeze()
        return self.fault(f"{name}: connection dead")

    def outage(self, drawn: Random) -> bool:
        """A machine cannot reach the broker."""
        name, down_s = drawn.choice(["bridge", "recorder"]), self.span_s(drawn)
        link = LINKS[name]
        link.up = False
        link.freeze() if drawn.random() < 0.5 else link.cut()

        def back() -> None:
            link.up = True

        self.later(down_s, back)
        return self.fault(f"{name}: no network for {down_s:.0f} s")

    def slow_network(self, drawn: Random) -> bool:
        """Round trips of a second."""
        self.world.slow = True

        def fast() -> None:
            self.world.slow = False

        self.later(self.span_s(drawn), fast)
        return self.fault("slow network")

    def lose_session(self, drawn: Random) -> bool:
        """The broker forgets a session and what waits in it."""
        clients = [one for one in self.world.broker.sessions if one != "desk"]
        if not clients:
            return False
        client = drawn.choice(clients)
        self.world.broker.forget(client)
        return self.fault(f"broker forgets the session of {client}")

    def overflow(self, drawn: Random) -> bool:
        """The recorder is away for longer than the broker's queue."""
        limit, down_s = drawn.randint(3, 30), self.world.scale.length_s * drawn.uniform(0.02, 0.1)
        self.world.broker.max_queued = limit
        link = LINKS["recorder"]
        link.up = False
        link.cut()

        def back() -> None:
            link.up = True
            self.world.broker.max_queued = 0

        self.later(down_s, back)
        return self.fault(f"queue of {limit}, recorder away for {down_s:.0f} s")

    # The line.

    def mood(self, drawn: Random, mood: str) -> bool:
        """A meter answers otherwise for a while."""
        gateway = self.world.gateways[drawn.choice(["gw-a", "gw-b"])]
        number = drawn.choice(sorted(gateway.units))
        unit = gateway.units[number]
        unit.mood = mood

        def well() -> None:
            if unit.mood == mood:
                unit.mood = "well"

        self.later(self.span_s(drawn), well)
        return self.fault(f"unit {number} of {unit.panel} {mood}")

    def gateway_down(self, drawn: Random) -> bool:
        """A gateway is away."""
        name = drawn.choice(["gw-a", "gw-b"])
        gateway, down_s = self.world.gateways[name], self.span_s(drawn)
        gateway.go(up=False)
        self.later(down_s, lambda: gateway.go(up=True))
        return self.fault(f"gateway {name} away for {down_s:.0f} s")

    # Disks and clocks.

    def slow_disk(self, drawn: Random) -> bool:
        """What is handed to a thread takes seconds."""
        before = self.world.loop.work_s
        self.world.loop.work_s = lambda: drawn.uniform(0.5, 3.0)

        def fast() -> None:
            self.world.loop.work_s = before

        self.later(self.span_s(drawn), fast)
        return self.fault("slow disk")

    def full_disk(self, drawn: Random) -> bool:
        """A machine's disk is full."""
        disk = self.world.machines[drawn.choice(["bridge", "recorder"])].disk
        disk.full = True

        def free() -> None:
            disk.full = False

        self.later(self.span_s(drawn), free)
        return self.fault(f"disk of {disk.machine.name} is full")

    def step(self, drawn: Random) -> bool:
        """A machine's clock is set."""
        machine = self.world.machines[drawn.choice(["bridge", "recorder"])]
        by_s = drawn.choice([1, 10, 3600, 86_400, 8 * 86_400]) * drawn.choice([-1, 1])
        by = timedelta(seconds=by_s)
        machine.offset += by

        def back() -> None:
            machine.offset -= by

        self.later(self.span_s(drawn), back)
        return self.fault(f"clock of {machine.name} set by {by_s} s")

    # People.

    def overload(self, drawn: Random) -> bool:
        """A circuit draws too much for some polls."""
        panel, pole = drawn.choice(POLES)
        now, poll_s = self.world.loop.now, self.world.poll_s[panel]
        end = now + poll_s * drawn.uniform(5, 30)
        taken = self.world.load.overloads
        if any(one[:2] == (panel, pole) and one[3] + 20 * poll_s > now for one in taken):
            return False
        taken.append((panel, pole, now, end))
        return self.fault(f"overload of {panel} {pole} until {end:.0f}")

    def edit(self, drawn: Random) -> bool:
        """Somebody edits a circuit."""
        panel, pole = drawn.choice(POLES)
        return self.desk.edit(panel, pole) and self.fault(f"edit of {panel} {pole}")

    def acknowledge(self, drawn: Random) -> bool:
        """Somebody acknowledges an alarm."""
        del drawn
        return self.desk.acknowledge() and self.fault("acknowledgement")


KINDS: dict[str, Kind] = {
    "bridge-kill": Kind(lambda f, r: f.kill(f.world.bridge, r, power=False), 2),
    "bridge-power": Kind(lambda f, r: f.kill(f.world.bridge, r, power=True), 2),
    "bridge-restart": Kind(lambda f, r: f.restart(f.world.bridge, r)),
    "recorder-kill": Kind(lambda f, r: f.kill(f.world.recorder, r, power=False), 2),
    "recorder-power": Kind(lambda f, r: f.kill(f.world.recorder, r, power=True), 2),
    "recorder-restart": Kind(lambda f, r: f.restart(f.world.recorder, r)),
    "broker-restart": Kind(lambda f, r: f.restart_broker(r, saving=True)),
    "broker-kill": Kind(lambda f, r: f.restart_broker(r, saving=False)),
    "session-loss": Kind(Faults.lose_session),
    "queue-overflow": Kind(Faults.overflow),
    "connection-reset": Kind(Faults.cut, 2),
    "connection-dead": Kind(Faults.freeze, 2),
    "outage": Kind(Faults.outage, 2),
    "slow-network": Kind(Faults.slow_network),
    "silent-unit": Kind(lambda f, r: f.mood(r, "silent"), 2),
    "late-unit": Kind(lambda f, r: f.mood(r, "late")),
    "refusing-unit": Kind(lambda f, r: f.mood(r, "refuses")),
    "unreachable-unit": Kind(lambda f, r: f.mood(r, "unreachable")),
    "lying-unit": Kind(lambda f, r: f.mood(r, "lies"), 2),
    "torn-reply": Kind(lambda f, r: f.mood(r, "stutters")),
    "gateway-down": Kind(Faults.gateway_down),
    "slow-disk": Kind(Faults.slow_disk),
    "full-disk": Kind(Faults.full_disk),
    "clock-step": Kind(Faults.step),
    "overload": Kind(Faults.overload, 3),
    "edit": Kind(Faults.edit, 4),
    "acknowledgement": Kind(Faults.acknowledge, 2),
}

AHEAD = frozenset({"full-disk", "clock-step"})
"""Left out unless they are asked for: the services do not hold against them yet."""
