"""The simulated site: two machines, a broker, gateways with their meters, and an operator."""

import hashlib
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from chaos.clockwork import SimulatedLoop
from chaos.disk import Disk
from chaos.meters import Gateway, Load, currents, three_phase
from chaos.mqtt import LINKS, Broker, Link, Published, latency
from chaos.process import Machine
from chaos.services import BridgeService, RecorderService

TIMEOUT_S = 0.5
_SHORT = 0.2
"""Share of the runs whose outbox gives up what waits long."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How long a run is and how often meters are polled.

    Attributes:
        name: For the command line.
        length_s: Of the run, before it is healed.
        polls_s: Intervals to draw from.
        grain_s: To which pauses of background tasks are stretched.
        roll_up_s: Between recomputations of intervals.
        settle_s: For which a healed site runs on.
        faults: Per run, roughly.
    """

    name: str
    length_s: float
    polls_s: tuple[int, ...]
    grain_s: float
    roll_up_s: float
    settle_s: float
    faults: int

    @property
    def forgets_s(self) -> float:
        """Before a power cut: what a service wrote then need not be on its disk."""
        return 2 * max(1.0, self.grain_s) + 4.0


SCALES = {
    scale.name: scale
    for scale in (
        Scale("week", 7 * 86_400, (300, 600, 900), 120, 7_200, 4 * 3600, 60),
        Scale("day", 86_400, (300, 600, 900), 60, 7_200, 3600, 30),
        Scale("hour", 3_600, (1, 1, 2), 0, 60, 300, 20),
        Scale("quarter", 900, (1, 2), 0, 60, 120, 12),
    )
}

_MAIN = """\
site: {{id: sim, name: Simulated, time_zone: America/New_York, currency: USD}}
mqtt: {{host: broker, port: 1883, discovery: {{enabled: false}}}}
database: {{url: "sqlite:///{database}"}}
bridge: {{id: one, data: "{data}", outbox: {{max_age: {max_age}s}}}}
gateways:
  gw-a: {{host: gw-a, port: 5021, timeout: 500ms, poll_interval: {poll_a}s}}
  gw-b: {{host: gw-b, port: 5022, timeout: 500ms, poll_interval: {poll_b}s}}
panels:
  pa:
    name: PA
    gateway: gw-a
    profile: generic
    parameters: {{poles: 6, channels_per_device: 3}}
    poles: 6
    unit_ids: [1, 2]
    service: 120/208
  pb: {{name: PB, gateway: gw-b, profile: sdm630, unit_ids: [11], poles: 6, service: 120/208}}
customers: customers.yaml
tariffs: tariffs.yaml
billing: {{default_tariff: standard}}
web: {{enabled: false}}
"""
_CIRCUITS = """\
panel,poles,description,customer,rating
pa,1,A1,c1,20
pa,2,A2,c1,20
pa,3,A3,c2,20
pa,4,A4,c2,20
pa,5,A5,,20
pa,6,A6,c3,20
pb,1,B1,c1,20
pb,3,B3,c2,20
pb,5,B5,,20
"""
_CUSTOMERS = "customers: {c1: {name: One}, c2: {name: Two}, c3: {name: Three}}\n"
_TARIFFS = "tariffs: {standard: {versions: [{valid_from: 2020-01-01, energy: 0.1185}]}}\n"


class World:
    """All of a run."""

    def __init__(self, loop: SimulatedLoop, seed: int, scale: Scale) -> None:
        self.loop = loop
        self.seed = seed
        self.scale = scale
        self.random = Random(f"faults {seed}")
        of_network = Random(f"network {seed}")
        self.log: list[str] = []
        self.counts: Counter[str] = Counter()
        self.slow = False
        self.digest = hashlib.sha256()
        self.folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=_fast_folder()))
        self.broker = Broker(loop.time)
        self.broker.on_publish = self._published
        self.broker.shuffle = lambda _queue: None
        self.dropped: Counter[str] = Counter()
        self.broker.on_dropped = self._dropped
        drawn = latency(of_network, lambda: self.slow)
        self.machines = {}
        for name in ("bridge", "recorder", "desk"):
            machine = Machine(name, self.folder / name, loop, Random(f"{name} {seed}"))
            machine.disk = Disk(machine)
            machine.folder.mkdir()
            self.machines[name] = machine
            LINKS[name] = Link(self.broker, drawn)
        loop.work_s = lambda: of_network.uniform(0.001, 0.02)
        self.poll_s = {
            "pa": self.random.choice(scale.polls_s),
            "pb": self.random.choice(scale.polls_s),
        }
        self.max_age_s = self._drawn_age_s(Random(f"age {seed}"))
        self._write_files()
        self.bridge = BridgeService(
            self.machines["bridge"],
            self.machines["bridge"].folder / "bcm.yaml",
            self.say,
            seed=seed,
        )
        self.recorder = RecorderService(
            self.machines["recorder"], self.machines["recorder"].folder / "bcm.yaml", self.say
        )
        self.load = Load(Random(f"load {seed}"))
        self.gateways = self._gateways(seed)
        loop.connect = self._connect

    @property
    def clocks_were_set(self) -> bool:
        """Whether any machine's was."""
        return any(machine.was_set for machine in self.machines.values())

    @property
    def database(self) -> Path:
        """The recorder's."""
        return self.machines["recorder"].folder / "bcm.db"

    @property
    def circuits(self) -> Path:
        """The bridge's."""
        return self.machines["bridge"].folder / "circuits.csv"

    def say(self, line: str) -> None:
        """A line of the log."""
        at = timedelta(seconds=round(self.loop.now, 3))
        self.log.append(f"{at} {line}")

    def remove(self) -> None:
        """Takes the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        LINKS.clear()

    def _published(self, client: str, message: Published) -> None:
        self.digest.update(
            f"{self.loop.now:.6f} {client} {message.topic} ".encode() + message.payload
        )
        self.counts["messages"] += 1

    def _dropped(self, client: str, message: Published) -> None:
        self.counts["dropped by the broker's queue limit"] += 1
        self.dropped[f"{client} {message.topic}"] += 1

    async def _connect(self, factory: Any, host: str, *_: Any, **__: Any) -> Any:
        return await self.gateways[host].connect(factory)

    def _gateways(self, seed: int) -> dict[str, Gateway]:
        def polling() -> Any:
            return self.machines["bridge"].process

        made = {
            name: Gateway(self.loop, Random(f"{name} {seed}"), TIMEOUT_S, polling)
            for name in ("gw-a", "gw-b")
        }
        made["gw-a"].units = {
            1: currents("pa", (1, 2, 3), self.load),
            2: currents("pa", (4, 5, 6), self.load),
        }
        made["gw-b"].units = {11: three_phase("pb", self.load)}
        return made

    def _drawn_age_s(self, drawn: Random) -> int:
        """How long the outbox keeps: in some runs less than recorders are away."""
        short_s = max(60, round(0.02 * self.scale.length_s))
        return short_s if drawn.random() < _SHORT else 7 * 86_400

    def _write_files(self) -> None:
        text = _MAIN.format(
            database=self.database,
            data=self.machines["bridge"].folder / "data",
            poll_a=self.poll_s["pa"],
            poll_b=self.poll_s["pb"],
            max_age=self.max_age_s,
        )
        for name in ("bridge", "recorder"):
            folder = self.machines[name].folder
            (folder / "bcm.yaml").write_text(text)
            (folder / "customers.yaml").write_text(_CUSTOMERS)
            (folder / "tariffs.yaml").write_text(_TARIFFS)
        self.circuits.write_text(_CIRCUITS)


def _fast_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
