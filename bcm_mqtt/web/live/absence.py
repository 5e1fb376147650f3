"""Who is away, so that figures are not of now: the cause alone, not what follows from it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bcm_mqtt.mqtt.payloads import BridgeReport, GatewayReport, PanelReport
from bcm_mqtt.web.live.bridge import BridgeState


class Away(StrEnum):
    """What may be away between the meters and the page."""

    BROKER = "broker"
    BRIDGE = "bridge"
    GATEWAY = "gateway"
    PANELS = "panels"
    """All of them, and nobody says why."""


@dataclass(frozen=True, slots=True)
class PanelSeen:
    """What the page knows of a panel's readings.

    Attributes:
        answering: Whether its meters answer; None where that is not known.
        stale: Whether the newest reading is too old to stand for the present.
        last: Time of the newest reading; None before the first.
    """

    answering: bool | None
    stale: bool
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Absence:
    """Something that is away.

    Attributes:
        what: It is.
        name: Its id; "" of the broker and of panels.
        panels: Ids of those whose figures are not of now.
        since: Of the newest reading that came by it; None where none is known.
    """

    what: Away
    name: str
    panels: frozenset[str]
    since: datetime | None

    @property
    def key(self) -> str:
        """What is away, for browsers: such as `gateway/babel-1`."""
        return f"{self.what}/{self.name}"


def absences(
    bridges: Iterable[BridgeState], panels: Mapping[str, PanelSeen], *, broker: bool
) -> tuple[Absence, ...]:
    """Who is away now.

    Args:
        bridges: With what each reports of its gateways.
        panels: By id.
        broker: Whether it is connected: without it nothing is known of the others.
    """
    if not broker:
        return (Absence(Away.BROKER, "", frozenset(panels), _newest(panels.values())),)
    known = sorted(bridges, key=lambda bridge: bridge.id)
    causes = tuple(_of_bridges(known, panels))
    if causes or not panels or not all(map(_is_dead, panels.values())):
        return causes
    return (Absence(Away.PANELS, "", frozenset(panels), _newest(panels.values())),)


def _of_bridges(bridges: list[BridgeState], panels: Mapping[str, PanelSeen]) -> Iterator[Absence]:
    polled = {
        panel
        for bridge in bridges
        if bridge.online and bridge.report
        for panel in bridge.report.panels
    }
    for bridge in bridges:
        if bridge.report and bridge.online:
            yield from _of_gateways(bridge.report, panels)
        elif bridge.report:
            # What another one polls meanwhile is not missing.
            missing = {key: panels[key] for key in bridge.report.panels if key in panels}
            missing = {key: seen for key, seen in missing.items() if key not in polled}
            if missing:
                answers = (one.last_answer for one in bridge.report.gateways.values())
                since = _newest(missing.values(), answers)
                yield Absence(Away.BRIDGE, bridge.id, frozenset(missing), since)


def _of_gateways(report: BridgeReport, panels: Mapping[str, PanelSeen]) -> Iterator[Absence]:
    for key, gateway in sorted(report.gateways.items()):
        read = {panel: one for panel, one in report.panels.items() if panel in panels}
        # Of a panel that is read through others, too, what is missing is missing by itself.
        behind = {panel: panels[panel] for panel, one in read.items() if one.gateways == {key}}
        answers = [
            answer for panel, one in read.items() for answer in _answers(panels, panel, one, key)
        ]
        if _is_away(gateway, answers):
            since = _newest(behind.values(), [gateway.last_answer])
            yield Absence(Away.GATEWAY, key, frozenset(behind), since)


def _answers(
    panels: Mapping[str, PanelSeen], panel: str, report: PanelReport, gateway: str
) -> list[bool | None]:
    """Whether what is read of a panel through a gateway answers."""
    if not report.sources:
        return [panels[panel].answering] if report.gateway == gateway else []
    return [one.answering for one in report.sources.values() if one.gateway == gateway]


def _is_away(gateway: GatewayReport, answers: Sequence[bool | None]) -> bool:
    """A gateway that takes connections and brings no answer of any meter is away, too."""
    silent = bool(answers) and all(answering is False for answering in answers)
    return silent or not gateway.reachable


def _is_dead(seen: PanelSeen) -> bool:
    """Those are not whose first reading is waited for."""
    return seen.answering is False or (seen.stale and seen.last is not None)


def _newest(panels: Iterable[PanelSeen], also: Iterable[datetime | None] = ()) -> datetime | None:
    times = [*(seen.last for seen in panels), *also]
    return max((time for time in times if time is not None), default=None)
