"""The bridge's vital signs at an instant, how they are gathered, and whether it is healthy.

A meter or broker that is away is no problem of the bridge: to restart it would not bring them
back. The gathering belongs to the event loop's thread.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from bcm_mqtt.bridge.announcing.announcer import Announcer
from bcm_mqtt.bridge.delivery import Delivery
from bcm_mqtt.bridge.followed import AppliedSettings, FollowedDirectory
from bcm_mqtt.bridge.gateways import Gateways
from bcm_mqtt.bridge.sources import Line, PanelPolling, panel_pollings
from bcm_mqtt.bridge.wall_clock import WallClock
from bcm_mqtt.config import ConnectionSettings, Settings
from bcm_mqtt.domain.reading.polled.line_health import LineHealth
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.mqtt.client import MqttClient
from bcm_mqtt.mqtt.payloads import ClockReport

_CLOCK = ClockReport()
_INTERVALS = 3
_GRACE = timedelta(seconds=60)
"""A broker that has stopped reading holds the polls until the keepalive ends it: 45 s."""


@dataclass(frozen=True, slots=True)
class GatewayVitals:
    """The health of a gateway and its task.

    Attributes:
        health: Of its line.
        reachable: Whether the last attempt to connect and to get an answer did not fail.
        overruns: Polls left out since the start.
        idle_s: Since it last finished a poll, whatever came of it, or since the first look.
        patience_s: How long that may be; None for a gateway without panels.
    """

    health: LineHealth
    reachable: bool
    overruns: int
    idle_s: float
    patience_s: float | None


@dataclass(frozen=True, slots=True)
class PanelVitals:
    """The health of a panel.

    Attributes:
        polls: Finished since the start, whatever came of them.
        polled_at: When the last of them began; None before the first.
        answering: Whether any of its meters answered then; None before the first.
    """

    polls: int
    polled_at: datetime | None
    answering: bool | None


@dataclass(frozen=True, slots=True)
class Vitals:
    """All that a look from outside shows.

    Attributes:
        time: Of the look.
        connected: To the broker.
        waiting: Snapshots that the broker does not have yet.
        dropped: Snapshots dropped because of the outbox's limits, since the start.
        disk_fails: Whether snapshots are published without being safe on disk.
        configuration_problem: Why bcm.yaml was refused, or "".
        directory_problem: Why circuits.csv was refused, or "".
        gateways: By id.
        panels: By id.
        outbox_bytes: Of the outbox's file.
        lasts_s: How long nothing is lost if nothing is stored from now on; None if not known.
        runs_short: Whether snapshots wait and are lost within a day if that goes on.
        clock: What the bridge noticed of its wall clock.
        is_standby: Whether the other bridge of a pair polls.
        peer_problem: Why the other bridge of a pair could not go on, or "".
    """

    time: datetime
    connected: bool
    waiting: int
    dropped: int
    disk_fails: bool
    configuration_problem: str
    directory_problem: str
    gateways: Mapping[str, GatewayVitals]
    panels: Mapping[str, PanelVitals]
    outbox_bytes: int = 0
    lasts_s: float | None = None
    runs_short: bool = False
    clock: ClockReport = _CLOCK
    is_standby: bool = False
    peer_problem: str = ""

    @classmethod
    def of_nothing(cls, now: datetime) -> "Vitals":
        """Of a bridge of a pair that polls nothing and sends nothing at this instant."""
        return cls(
            *(now, False, 0, 0, False, "", "", {}, {}),
            is_standby=True,
        )

    def summary(self) -> str:
        """The health of the bridge, in a line."""
        answering = sum(panel.answering is True for panel in self.panels.values())
        polled = f"{answering} of {len(self.panels)} panels answer"
        return (
            f"{'stands by' if self.is_standby else polled}, "
            f"broker {'connected' if self.connected else 'away'}, {self.waiting} snapshots wait"
        )

    def problems(self) -> list[str]:
        """Why the bridge is not healthy, a line each; nothing where it is."""
        return [*self.stuck(), *(["outbox: the disk fails"] if self.disk_fails else [])]

    def stuck(self) -> list[str]:
        """What only a restart mends, a line each: not a failing disk, which would end it again."""
        return [
            f"gateway {key}: no poll was attempted for {gateway.idle_s:.0f} s"
            for key, gateway in self.gateways.items()
            if gateway.patience_s is not None and gateway.idle_s > gateway.patience_s
        ]

    def absences(self) -> list[str]:
        """What the bridge does without and need not be restarted for, a line each."""
        return list(self._absences())

    def _absences(self) -> Iterator[str]:
        if not self.connected:
            yield "broker: not connected"
        if self.runs_short and self.lasts_s is not None:
            hours = self.lasts_s / 3600
            yield f"outbox: snapshots are lost in {hours:.1f} h unless they are stored"
        for key, gateway in self.gateways.items():
            if not gateway.reachable:
                yield f"gateway {key}: not reachable"
        for key, panel in self.panels.items():
            if panel.answering is False:
                yield f"panel {key}: no meter answers"
        if self.clock.behind_s:
            yield f"clock: {self.clock.behind_s:,.0f} s before the last poll of the run before"
        yield from filter(None, [self.peer_problem])
        if self.configuration_problem:
            yield "configuration: bcm.yaml was refused"
        if self.directory_problem:
            yield "directory: circuits.csv was refused"


class VitalSigns:
    """Looks at the parts of a bridge and counts its polls."""

    def __init__(
        self,
        settings: AppliedSettings,
        clock: Clock,
        client: MqttClient,
        delivery: Delivery,
        announcer: Announcer,
        directory: FollowedDirectory,
        gateways: Gateways,
        wall: WallClock,
    ) -> None:
        """Takes the parts; no poll counted yet."""
        self._settings = settings
        self._clock = clock
        self._client = client
        self._delivery = delivery
        self._announcer = announcer
        self._directory = directory
        self._gateways = gateways
        self._wall = wall
        self._polls: dict[str, int] = {}
        self._polled_at: dict[str, datetime] = {}
        self._moved_at: dict[str, float] = {}  # by gateway, from the first look on; loop's time
        self.started = Event()
        self.take(settings.now)

    def start(self) -> None:
        """The gateways' tasks run from now on."""
        self.started.set()

    def take(self, settings: Settings) -> None:
        """Applies changed settings: all gateways have all their patience again."""
        self._gateway_of = {
            (key, source.name): source.gateway
            for key, panel in settings.panels.items()
            for source in panel.sources
        }
        self._pollings = {
            key: (gateway, panel_pollings(settings, key))
            for key, gateway in settings.gateways.items()
        }
        self._polls = {key: self._polls.get(key, 0) for key in settings.panels}
        self._moved_at.clear()

    def polled(self, snapshot: Snapshot) -> None:
        """A poll is over, whatever came of it."""
        panel = snapshot.panel
        if panel in self._polls:  # else it has just been taken out
            self._polls[panel] += 1
            self._polled_at[panel] = snapshot.time
            gateway = self._gateway_of.get((panel, snapshot.source), "")
            self._moved_at[gateway] = asyncio.get_running_loop().time()

    def now(self) -> Vitals:
        """As of now."""
        return Vitals(
            time=self._clock(),
            connected=self._client.connected,
            waiting=self._delivery.waiting,
            dropped=self._delivery.figures.dropped,
            disk_fails=self._delivery.figures.disk_fails,
            configuration_problem=self._settings.problem,
            directory_problem=self._directory.problem,
            gateways={key: self._gateway(key, line) for key, line in self._gateways.lines.items()},
            panels={
                key: PanelVitals(
                    polls, self._polled_at.get(key), self._announcer.sources.answering(key)
                )
                for key, polls in self._polls.items()
            },
            outbox_bytes=self._delivery.figures.size,
            lasts_s=self._delivery.figures.lasts_s,
            clock=self._wall.report,
            runs_short=self._delivery.figures.runs_short,
        )

    def _gateway(self, key: str, line: Line) -> GatewayVitals:
        now = asyncio.get_running_loop().time()
        return GatewayVitals(
            health=line.health(),
            reachable=line.reachable,
            overruns=self._gateways.health.overruns(key),
            idle_s=now - self._moved_at.setdefault(key, now),
            patience_s=_patience_s(*self._pollings[key], self._clock())
            if key in self._pollings
            else None,
        )


def _patience_s(
    gateway: ConnectionSettings, panels: list[PanelPolling], now: datetime
) -> float | None:
    """Three polls of the panel that is polled most often, and what a bad day may add.

    Where every unit of a line has just fallen silent, each request costs its timeout once.
    """
    panels = [one for one in panels if not one.is_over(now)]
    if not panels:
        return None
    interval = min(polling.interval for polling in panels)
    requests = sum(polling.plan.request_count for polling in panels)
    delays_s = sum(polling.plan.request_count * polling.plan.delay_s for polling in panels)
    slow = (requests + 1) * gateway.timeout
    patience_s = (_INTERVALS * interval + slow + _GRACE).total_seconds() + delays_s
    # Of what has just begun to be read nothing can have been polled.
    long_ago = now - timedelta(seconds=patience_s)
    return patience_s if any(one.begins(long_ago) == long_ago for one in panels) else None
