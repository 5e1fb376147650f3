"""Alarms of a site by their causes: a dead gateway is one thing to see to, not 48.

Grouped by panel and kind, with three exceptions. Circuits without data are consequences of
their panel's silence, silent panels those of their gateway's, and a pair that cannot carry its
load without one feed is one cause, though both of its panels say so.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final, NamedTuple

from bcm_mqtt.domain.reading.alarm import MAIN, AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind

_SEVERITY: Final = {severity: rank for rank, severity in enumerate(Severity)}
_URGENCY: Final = (
    AlarmState.UNACKNOWLEDGED,
    AlarmState.RETURNED,
    AlarmState.ACKNOWLEDGED,
    AlarmState.SHELVED,
    AlarmState.OUT_OF_SERVICE,
)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Standing(IntEnum):
    """Where alarms stand in a list, the first at its top."""

    ACTIVE = 0
    RETURNED = 1
    """Over, and nobody has seen it."""
    ASIDE = 2
    """Shelved or out of service."""


@dataclass(frozen=True, slots=True)
class SiteAlarm:
    """An alarm that is not normal.

    Attributes:
        panel: Panel id.
        pole: First pole, or MAIN.
        kind: Of the alarm.
        state: What is to be done about it.
        severity: How bad it is now; NONE of one that is over.
        since: When it began or ended.
        customer: Whose circuit it is, or "".
    """

    panel: str
    pole: int
    kind: AlarmKind
    state: AlarmState
    severity: Severity
    since: datetime | None = None
    customer: str = ""

    @property
    def standing(self) -> Standing:
        """Where it stands in a list."""
        if self.state in {AlarmState.SHELVED, AlarmState.OUT_OF_SERVICE}:
            return Standing.ASIDE
        return Standing.RETURNED if self.severity is Severity.NONE else Standing.ACTIVE


class Cause(NamedTuple):
    """What alarms of a group have in common.

    Attributes:
        kind: Of the alarms.
        panel: That they are of; of a pair the first by its id; "" where a gateway is the cause.
        gateway: That is away, or "".
        partner: The other panel of a pair, or "".
    """

    kind: AlarmKind
    panel: str = ""
    gateway: str = ""
    partner: str = ""

    @property
    def key(self) -> str:
        """The same for the same cause: `rpp-1a/overload`, `gateway:babel-1/no_data`."""
        return f"{f'gateway:{self.gateway}' if self.gateway else self.panel}/{self.kind}"


@dataclass(frozen=True, slots=True)
class Supply:
    """What a site's panels depend on.

    Attributes:
        gateways: By panel, where that is known.
        away: Gateways that cannot be reached.
        pairs: By panel the other one of a redundant pair.
    """

    gateways: Mapping[str, str]
    away: Collection[str] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlarmGroup:
    """Alarms that have one cause, at least one.

    Attributes:
        cause: Of them all.
        alarms: That say so, the worst first.
        consequences: That only follow from it, and need nothing done about them.
    """

    cause: Cause
    alarms: tuple[SiteAlarm, ...]
    consequences: tuple[SiteAlarm, ...] = ()

    @property
    def members(self) -> tuple[SiteAlarm, ...]:
        """Its alarms and their consequences."""
        return (*self.alarms, *self.consequences)

    @property
    def first(self) -> SiteAlarm:
        """By which it is sorted: its worst alarm, or consequence where a filter left no alarm."""
        return self.members[0]

    @property
    def severity(self) -> Severity:
        """Of the first: how bad it is now."""
        return self.first.severity

    @property
    def state(self) -> AlarmState:
        """The most urgent of their states."""
        states = {alarm.state for alarm in self.members}
        return next(state for state in _URGENCY if state in states)

    @property
    def is_silence(self) -> bool:
        """Whether no meter of its panel answers."""
        is_silent = any((one.pole, one.kind) == (MAIN, AlarmKind.NO_DATA) for one in self.alarms)
        return bool(self.consequences) or (is_silent and self.severity is not Severity.NONE)

    def title(self, names: Mapping[str, str]) -> str:
        """The cause in words, with panels as `names` calls them by id."""
        cause = self.cause
        if cause.gateway:
            count = len({alarm.panel for alarm in self.members})
            return f"Gateway {cause.gateway} is away, with {count} panel{'s' if count > 1 else ''}"
        name = names.get(cause.panel, cause.panel)
        if cause.partner:
            partner = names.get(cause.partner, cause.partner)
            return f"{name} and {partner}: {cause.kind.label}"
        if self.is_silence:
            return f"{name} does not answer"
        return f"{name}: {cause.kind.label}"


def grouped(alarms: Iterable[SiteAlarm], supply: Supply) -> tuple[AlarmGroup, ...]:
    """Alarms by their causes, what needs somebody first; see `urgency`.

    Args:
        alarms: Those that are not normal, in any order.
        supply: What the panels depend on.
    """
    everything = sorted(alarms, key=urgency)
    silent = {
        alarm.panel
        for alarm in everything
        if (alarm.pole, alarm.kind) == (MAIN, AlarmKind.NO_DATA)
        and alarm.severity is not Severity.NONE
    }
    groups: dict[Cause, tuple[list[SiteAlarm], list[SiteAlarm]]] = {}
    for alarm in everything:
        causing, following = groups.setdefault(_cause(alarm, silent, supply), ([], []))
        follows = alarm.kind is AlarmKind.NO_DATA and alarm.pole != MAIN and alarm.panel in silent
        (following if follows else causing).append(alarm)
    found = (
        AlarmGroup(cause, tuple(causing), tuple(following))
        for cause, (causing, following) in groups.items()
    )
    return tuple(sorted(found, key=lambda group: urgency(group.first)))


def urgency(alarm: SiteAlarm) -> tuple[object, ...]:
    """Sorts alarms: active above returned above aside, then the worst, then the newest first."""
    age = -((alarm.since or _NEVER) - _NEVER).total_seconds()
    return alarm.standing, -_SEVERITY[alarm.severity], age, alarm.panel, alarm.pole, alarm.kind


def _cause(alarm: SiteAlarm, silent: Collection[str], supply: Supply) -> Cause:
    panel = alarm.panel
    if alarm.kind is AlarmKind.NO_DATA and panel in silent:
        gateway = supply.gateways.get(panel, "")
        if gateway in supply.away:
            return Cause(alarm.kind, gateway=gateway)
    if alarm.kind is AlarmKind.REDUNDANCY and (partner := supply.pairs.get(panel)):
        first, second = sorted((panel, partner))
        return Cause(alarm.kind, first, partner=second)
    return Cause(alarm.kind, panel)


@dataclass(frozen=True, slots=True)
class AlarmFilter:
    """Which alarms are shown; None leaves all.

    Attributes:
        panel: Of this panel.
        severity: As bad as this now.
        kind: Of this kind.
        customer: Of this customer's circuits; "" are those of no customer, and mains.
        standing: That stand there.
        unseen: Only those that nobody has acknowledged.
    """

    panel: str | None = None
    severity: Severity | None = None
    kind: AlarmKind | None = None
    customer: str | None = None
    standing: Standing | None = None
    unseen: bool = False

    def leaves(self, alarm: SiteAlarm) -> bool:
        """Whether an alarm is shown."""
        return (
            self.panel in {None, alarm.panel}
            and self.severity in {None, alarm.severity}
            and self.kind in {None, alarm.kind}
            and self.customer in {None, alarm.customer}
            and self.standing in {None, alarm.standing}
            and not (
                self.unseen and alarm.state not in {AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED}
            )
        )

    def of(self, groups: Iterable[AlarmGroup]) -> tuple[AlarmGroup, ...]:
        """What is left of groups, sorted; a consequence stays one without its cause."""
        left = (
            AlarmGroup(
                group.cause,
                tuple(filter(self.leaves, group.alarms)),
                tuple(filter(self.leaves, group.consequences)),
            )
            for group in groups
        )
        shown = (group for group in left if group.members)
        return tuple(sorted(shown, key=lambda group: urgency(group.first)))
