"""Two bridges in a pair, each with wires of its own to broker, gateway and the other one."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, free_port, wait_until
from peers.site import Site
from peers.wire import Wire

POLL = timedelta(seconds=1)
LEASE_S = 2.0
FIRST, SECOND = "first", "second"


@dataclass
class Side:
    """One of the two.

    Attributes:
        site: Its folder and configuration.
        broker: Its wire to the broker, of several to the first.
        gateway: Its wire to the gateway.
        peer: Its wire to the other side.
        metrics: The port at which its health is served.
        process: Its bridge.
    """

    site: Site
    broker: Wire
    gateway: Wire
    peer: Wire
    metrics: int
    process: Process | None = None

    def start(self) -> Process:
        self.process = self.site.start("bridge", "-v")
        return self.process

    def said(self) -> str:
        assert self.process
        return self.process.said()

    def kill(self) -> None:
        assert self.process
        self.process.kill()

    def stop(self) -> int:
        assert self.process
        return self.process.stop()


class Pair:
    """Runs while its context is entered: brokers, meters, a recorder and the two bridges.

    Of several brokers the last one is asked, which has to run.
    """

    def __init__(self, folder: Path, meters: Meters, *brokers: Mosquitto, **peer: str) -> None:
        self._folder, self._meters, self._brokers = folder, meters, brokers
        self._mosquitto = brokers[-1]
        self._peer = peer
        self._asked: list[str] = []
        self._stack = ExitStack()
        self.sides: dict[str, Side] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start(self) -> None:
        enter = self._stack.enter_context
        ports = {FIRST: free_port(), SECOND: free_port()}
        for role, other in ((FIRST, SECOND), (SECOND, FIRST)):
            ways = [enter(Wire(one.port)) for one in self._brokers]
            broker = ways[0]
            gateway = enter(Wire(self._meters.port))
            peer = enter(Wire(ports[other]))
            site = enter(Site(self._folder / role, broker.port, gateway.port))
            text = site.config.read_text()
            text = text.replace("poll_interval: 200ms", "poll_interval: 1s")
            settings = {
                "role": role,
                "address": f'"127.0.0.1:{peer.port}"',
                "listen": f'"127.0.0.1:{ports[role]}"',
                "secret": "not known to others",
                "lease": f"{LEASE_S:.0f}s",
                "give_back": "5s",
                **self._peer,
            }
            pair = ", ".join(f"{key}: {value}" for key, value in settings.items())
            metrics = free_port()
            served = f"metrics: {{port: {metrics}}}"
            text = text.replace('/bridge"}', f'/bridge", {served}, peer: {{{pair}}}}}')
            site.config.write_text(text)
            _name(site, [way.port for way in ways])
            self.sides[role] = Side(site, broker, gateway, peer, metrics)
        self.office = enter(Site(self._folder / "office", self._mosquitto.port, self._meters.port))
        _name(self.office, [one.port for one in self._brokers])
        self.office.start("recorder")
        for side in self.sides.values():
            side.start()
        self.wait_for(FIRST)
        self.wait_for_standby(SECOND)

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, action: str, **body: object) -> bool:
        """Whether a request to the bridge is done, whichever of the two polls."""
        topic = f"bcm/bridge/dc1/response/{action}"
        log = self._folder / f"{action}-{len(self._asked)}.log"
        self._asked.append(action)
        with self._mosquitto.listening(topic, log) as heard:
            self._mosquitto.publish(f"bcm/bridge/dc1/request/{action}", json.dumps(body))
            wait_until(lambda: topic in heard.said(), 30, self.said)
            return '"status":"ok"' in heard.said()

    def healthy(self, role: str) -> str:
        """What `/healthz` of a side says."""
        with urlopen(f"http://127.0.0.1:{self.sides[role].metrics}/healthz", timeout=10) as page:
            return str(page.read().decode())

    def lease(self) -> dict[str, object]:
        """As the broker has it."""
        found = self._mosquitto.retained("bcm/bridge/dc1/lease")
        return dict(json.loads(found["bcm/bridge/dc1/lease"])) if found else {}

    def wait_for(self, role: str, within: float = 30) -> None:
        """Until a side polls, and what it polled is stored."""
        wait_until(lambda: self.lease().get("first") is (role == FIRST), within, self.said)
        stored = len(self.times())
        wait_until(lambda: len(self.times()) > stored + 1, within, self.said)

    def wait_for_standby(self, role: str, within: float = 30) -> None:
        """Until the side that polls says that the other one is ready."""
        polls = role != FIRST
        wait_until(
            lambda: self.lease().get("first") is polls and self.lease().get("standby") is True,
            within,
            self.said,
        )

    def times(self) -> list[datetime]:
        """Of all snapshots that are stored."""
        rows = (
            self.office.query("SELECT time FROM snapshot ORDER BY time") if self._is_there else []
        )
        return [_time(row[0]) for row in rows]

    @property
    def _is_there(self) -> bool:
        return self.office.count("snapshot") > 0

    def missed(self, since: datetime) -> int:
        """Polls that are not stored, of those since a time that should be."""
        gaps = self.gaps(since)
        return sum(round(gap / POLL) - 1 for gap in gaps)

    def alternations(self) -> int:
        """How often one side's polls follow the other's, beyond the changes that both logged.

        Each numbers its polls from 1 on, so that numbers fall where the other one begins, and at
        every second poll where both poll. Distances in time do not show that on a busy machine,
        where a late poll is near the next one.
        """
        numbers = [
            int(row[0]) for row in self.office.query("SELECT seq FROM snapshot ORDER BY time")
        ]
        falls = sum(after < before for before, after in pairwise(numbers))
        logs = (side.site.folder / "bridge.log" for side in self.sides.values())
        changes = sum(log.read_text().count(" polls (term ") for log in logs)
        return max(0, falls - (changes - 1))

    def gaps(self, since: datetime) -> list[timedelta]:
        """Between the snapshots that are stored, one after the other."""
        times = [one for one in self.times() if one >= since]
        return [after - before for before, after in pairwise(times)]

    def said(self) -> str:
        return "\n".join(f"--- {role}\n{side.said()[-1500:]}" for role, side in self.sides.items())


def _name(site: Site, ports: Sequence[int]) -> None:
    """Has a site name its brokers where there are several."""
    if len(ports) > 1:
        site.name_brokers(f"hosts: {json.dumps([f'127.0.0.1:{port}' for port in ports])}")


def _time(value: object) -> datetime:
    assert isinstance(value, int)
    return datetime.fromtimestamp(value / 1000, UTC)
