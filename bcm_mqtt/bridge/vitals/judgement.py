"""The bridge's vital signs at an instant, and whether it is well.

Owns: the judgement. Does not own: gathering the figures (vital_signs) or how they are told
(metrics, pages). Invariant: what is away, a meter or the broker, is no illness of the
bridge: to restart it would not bring them back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.modbus import LineHealth


@dataclass(frozen=True, slots=True)
class GatewayVitals:
    """How a gateway's task fares.

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
    """How a panel fares.

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

    def summary(self) -> str:
        """How it fares, in a line."""
        answering = sum(panel.answering is True for panel in self.panels.values())
        return (
            f"{answering} of {len(self.panels)} panels answer, "
            f"broker {'connected' if self.connected else 'away'}, {self.waiting} snapshots wait"
        )

    def ills(self) -> list[str]:
        """Why the bridge is not well, a line each; nothing where it is."""
        return [*self.stuck(), *(["outbox: the disk fails"] if self.disk_fails else [])]

    def stuck(self) -> list[str]:
        """What only a restart can mend, a line each: not the disk, whose failing would end it."""
        return [
            f"gateway {key}: no poll was tried for {gateway.idle_s:.0f} s"
            for key, gateway in self.gateways.items()
            if gateway.patience_s is not None and gateway.idle_s > gateway.patience_s
        ]

    def absences(self) -> list[str]:
        """What the bridge does without and need not be restarted for, a line each."""
        return list(self._absences())

    def _absences(self) -> Iterator[str]:
        if not self.connected:
            yield "broker: not connected"
        for key, gateway in self.gateways.items():
            if not gateway.reachable:
                yield f"gateway {key}: not reachable"
        for key, panel in self.panels.items():
            if panel.answering is False:
                yield f"panel {key}: no meter answers"
        if self.configuration_problem:
            yield "configuration: bcm.yaml was refused"
        if self.directory_problem:
            yield "directory: circuits.csv was refused"
