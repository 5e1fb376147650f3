"""What a wall shows of now: power, the worst circuits, alarms."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice

from bcm_mqtt.domain.reading.alarm import MAIN, AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.time import to_text
from bcm_mqtt.languages import _
from bcm_mqtt.mqtt.payloads import AlarmReport
from bcm_mqtt.web.live import Feed, LivePanel, LiveSite, Value
from bcm_mqtt.web.words import place, word

WORST = 6
"""Circuits that are shown."""
ALARMS = 5
"""Alarms that are shown."""
_WORST_FIRST = (Severity.CRITICAL, Severity.WARNING, Severity.NONE)
_ASIDE = (AlarmState.SHELVED, AlarmState.OUT_OF_SERVICE)

Place = tuple[str, int]
"""A circuit: panel, first pole."""


@dataclass(frozen=True, slots=True)
class SitePower:
    """Power of the site.

    Attributes:
        watts: Of the panels whose readings are of now; None where there are none.
        without: Names of the panels that are not in it.
    """

    watts: float | None
    without: tuple[str, ...]


def site_power(panels: Collection[LivePanel], feeders: Collection[Place]) -> SitePower:
    """The power of all panels; what feeds another panel is not counted twice."""
    known, without = [], []
    for live in panels:
        panel, watts = live.directory.panel, live.load.watts
        if live.stale or live.absence or live.answering is False or watts is None:
            without.append(panel.name)
            continue
        fed = (live.reading(pole).watts for owner, pole in feeders if owner == panel.id)
        known.append(watts - sum(one for one in fed if one is not None))
    return SitePower(sum(known) if known else None, tuple(without))


def glance(site: LiveSite, feeders: Collection[Place]) -> dict[str, Value]:
    """The values of a wall, as they are now."""
    panels = [panel for _, panel in sorted(site.panels.items())]
    power = site_power(panels, feeders)
    alarms = _alarms(site)
    values: dict[str, Value] = {
        "panels": ",".join(site.panels),
        "kw": None if power.watts is None else round(power.watts / 1000, 1),
        "without": ", ".join(power.without),
        "unknown": any(panel.stale or panel.absence for panel in panels) or not panels,
        "alarms": len(alarms),
    }
    for absence in site.absences:
        values[f"away/{absence.key}"] = to_text(absence.since) if absence.since else ""
    for rank, (name, percent) in enumerate(islice(_worst(panels), WORST)):
        values[f"worst{rank}"], values[f"load{rank}"] = name, percent
    for rank, (severity, text) in enumerate(alarms[:ALARMS]):
        values[f"alarm{rank}"], values[f"severity{rank}"] = text, severity
    return values


def _worst(panels: Collection[LivePanel]) -> Iterator[tuple[str, float]]:
    """Circuits by loading, the highest first."""
    loads = [
        (percent, live.directory.panel.name, meter.version)
        for live in panels
        if not live.stale and not live.absence
        for pole, meter in live.shown.meters.items()
        if (percent := live.reading(pole).load_percent) is not None
    ]
    loads.sort(key=lambda item: (-item[0], item[1], item[2].first_pole))
    for percent, panel, version in loads:
        name = f"{panel} {poles_text(version.poles)} {version.description}".strip()
        yield name, round(percent)


def _alarms(site: LiveSite) -> list[tuple[str, str]]:
    """Severity and text of those that somebody has to see to, the worst and newest first."""
    open_ones = [item for item in site.alarms() if item[3].state not in _ASIDE]

    def rank(report: AlarmReport) -> tuple[int, float]:
        since = report.since.timestamp() if report.since else 0
        return _WORST_FIRST.index(report.severity), -since

    open_ones.sort(key=lambda item: rank(item[3]))
    return [
        (report.severity.value, _text(live, pole, kind)) for live, pole, kind, report in open_ones
    ]


def _text(live: LivePanel, pole: int, kind: AlarmKind) -> str:
    meter = live.shown.meters.get(pole)
    where = place("main" if pole == MAIN else f"{pole}")
    description = f" {meter.version.description}" if meter else ""
    circuit = f"{live.directory.panel.name} {where}{description}"
    return _("%(circuit)s: %(alarm)s", circuit=circuit, alarm=word(kind))


class GlanceFeed:
    """The values of a wall, computed when they are sent: nobody looks, nothing is computed."""

    def __init__(self, site: LiveSite, feeders: Collection[Place]) -> None:
        """Takes the site, and the circuits that feed panels."""
        self._site = site
        self._feeders = feeders
        self._shown = Feed("glance")

    @property
    def version(self) -> int:
        """Of what is shown."""
        return self._shown.version

    def since(self, version: int) -> bytes:
        """What a follower needs that knows this version; b"" if nothing."""
        self._shown.show(glance(self._site, self._feeders))
        return self._shown.since(version)

    @contextmanager
    def followed_by(self, follower: asyncio.Event) -> Iterator[None]:
        """Sets the event at every change of the site while the context is open."""
        with ExitStack() as following:
            following.enter_context(self._site.overview.followed_by(follower))
            for panel in self._site.panels.values():
                following.enter_context(panel.heat.followed_by(follower))
            yield
