"""What people are notified of: alarms, rules and the time give messages.

A rule sends the alarms that it is about once they have stood unacknowledged for its delay: one
rule without a delay to those on duty, and one with a delay to those who are called when nobody
has acknowledged. What comes together goes together: a message waits a little for more, and the
next one of the rule for its pause, so that a flood is a digest and not a message for each alarm.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.alarms.groups import AlarmGroup, SiteAlarm, Standing, Supply, grouped
from bcm_mqtt.domain.reading.alarm import MAIN, AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind

MOST_LINES: Final = 12
"""Of a message; the rest is a number."""
_MOST_POLES: Final = 8
"""Of a line."""
GATHER: Final = timedelta(seconds=10)
"""So long a message waits for what comes with it."""
EVERY_DAY: Final = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Hours:
    """When a rule sends, by the clocks of the site.

    Attributes:
        days: Of the week, Monday is 0.
        begin: The first time of day.
        end: The time of day before which it ends; at or before `begin`, on the next day.
    """

    days: frozenset[int] = EVERY_DAY
    begin: time = time.min
    end: time = time.min

    def hold(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether a rule sends at an instant; hours over midnight are of the day they begin."""
        local = at.astimezone(zone)
        clock, today = local.time(), local.weekday()
        if self.begin < self.end:
            return today in self.days and self.begin <= clock < self.end
        if clock >= self.begin and today in self.days:
            return True
        return clock < self.end and (today - 1) % 7 in self.days


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is sent which alarms, and when; an empty set is all.

    Attributes:
        name: Of the rule.
        to: Receivers, by name.
        severities: How bad they are.
        panels: Of these panels.
        customers: Of circuits of these customers.
        kinds: Of these kinds.
        after: So long they have stood unacknowledged.
        hours: When it sends; what comes at another time waits, and is sent if it still stands.
        pause: At least between two messages of the rule.
        ended: Whether it also says what is over of what it has sent.
    """

    name: str
    to: tuple[str, ...]
    severities: frozenset[Severity] = frozenset()
    panels: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()
    kinds: frozenset[AlarmKind] = frozenset()
    after: timedelta = timedelta()
    hours: Hours = Hours()
    pause: timedelta = timedelta(minutes=5)
    ended: bool = True

    def is_about(self, alarm: SiteAlarm) -> bool:
        """Whether it sends an alarm, at some time."""
        return all(
            not wanted or value in wanted
            for wanted, value in (
                (self.severities, alarm.severity),
                (self.panels, alarm.panel),
                (self.customers, alarm.customer),
                (self.kinds, alarm.kind),
            )
        )


class Key(NamedTuple):
    """An alarm from its beginning to its end."""

    panel: str
    pole: int
    kind: AlarmKind


@dataclass(frozen=True, slots=True)
class Sent:
    """What a rule has sent.

    Attributes:
        alarms: Those that stand, with how bad they were when they were sent.
        last: When its last message was sent.
        waits: Since when something waits to be sent.
    """

    alarms: Mapping[Key, Severity] = field(default_factory=dict)
    last: datetime | None = None
    waits: datetime | None = None


State: TypeAlias = Mapping[str, Sent]
"""What each rule has sent, by its name."""
NOTHING_SENT: Final = Sent()
_RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Notice:
    """A message.

    Attributes:
        rule: That sends it.
        to: Receivers, by name.
        severity: Of the worst alarm that is new in it; NONE where only ends are.
        title: In one line.
        lines: Of its text.
        begun: Alarms that it is about.
        over: Alarms that it says the end of.
    """

    rule: str
    to: tuple[str, ...]
    severity: Severity
    title: str
    lines: tuple[str, ...]
    begun: tuple[SiteAlarm, ...]
    over: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """What messages say of the site.

    Attributes:
        name: Of the site.
        zone: Its time zone.
        supply: What its panels depend on.
        names: Of panels, by id.
    """

    name: str
    zone: ZoneInfo
    supply: Supply
    names: Mapping[str, str]


def due(
    rules: Iterable[Rule], alarms: Sequence[SiteAlarm], site: Site, state: State, now: datetime
) -> tuple[tuple[Notice, ...], State]:
    """The messages that are to be sent now, and what has been sent then.

    Args:
        rules: Of the site.
        alarms: Those that are not normal.
        site: What messages say of it.
        state: What was sent before.
        now: The time.
    """
    notices, after = list[Notice](), dict[str, Sent]()
    for rule in rules:
        before = state.get(rule.name, NOTHING_SENT)
        notice, after[rule.name] = _of_rule(rule, alarms, site, before, now)
        if notice:
            notices.append(notice)
    return tuple(notices), after


def _of_rule(
    rule: Rule, alarms: Sequence[SiteAlarm], site: Site, sent: Sent, now: datetime
) -> tuple[Notice | None, Sent]:
    standing = {_key(alarm): alarm for alarm in alarms if alarm.standing is Standing.ACTIVE}
    new = tuple(alarm for alarm in standing.values() if _is_new(alarm, rule, sent, now))
    over = tuple(sorted(key for key in sent.alarms if key not in standing))
    if not rule.ended:
        kept = {key: value for key, value in sent.alarms.items() if key in standing}
        sent, over = replace(sent, alarms=kept), ()
    if not (new or over):
        return None, replace(sent, waits=None)
    waits = sent.waits or now
    is_early = now - waits < GATHER or (sent.last is not None and now - sent.last < rule.pause)
    if is_early or not rule.hours.hold(now, site.zone):
        return None, replace(sent, waits=waits)
    left = {key: value for key, value in sent.alarms.items() if key in standing}
    stands = left | {_key(alarm): alarm.severity for alarm in new}
    return _notice(rule, new, over, site), Sent(stands, last=now)


def _is_new(alarm: SiteAlarm, rule: Rule, sent: Sent, now: datetime) -> bool:
    if alarm.state is not AlarmState.UNACKNOWLEDGED or not rule.is_about(alarm):
        return False
    if alarm.since and now - alarm.since < rule.after:
        return False
    before = sent.alarms.get(_key(alarm))
    return before is None or _RANK[alarm.severity] > _RANK[before]


def _key(alarm: SiteAlarm) -> Key:
    return Key(alarm.panel, alarm.pole, alarm.kind)


def _notice(rule: Rule, new: tuple[SiteAlarm, ...], over: tuple[Key, ...], site: Site) -> Notice:
    groups = grouped(new, site.supply)
    severity = max((alarm.severity for alarm in new), key=_RANK.__getitem__, default=Severity.NONE)
    parts = []
    if new:
        causes = "" if len(groups) == len(new) else f" in {_counted(len(groups), 'group')}"
        parts.append(f"{_counted(len(new), 'alarm')}{causes}")
    if over:
        parts.append(f"{len(over)} over")
    lines = [*_lines(groups, site), *_ends(over, site)]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"and {len(lines) - MOST_LINES} more lines: see the page of alarms"]
    title = f"{site.name}: {', '.join(parts)}"
    return Notice(rule.name, rule.to, severity, title, tuple(lines), new, over)


def _lines(groups: Iterable[AlarmGroup], site: Site) -> Iterator[str]:
    for group in groups:
        line = f"{group.severity}: {group.title(site.names)}"
        circuits = [str(alarm.pole) for alarm in group.alarms if alarm.pole != MAIN]
        if circuits and not group.cause.gateway:
            more = f" and {len(circuits) - _MOST_POLES} more" if len(circuits) > _MOST_POLES else ""
            line += f", poles {', '.join(circuits[:_MOST_POLES])}{more}"
        if since := group.first.since:
            line += f", since {since.astimezone(site.zone):%Y-%m-%d %H:%M %Z}"
        yield line


def _ends(over: Iterable[Key], site: Site) -> Iterator[str]:
    """What is over, by panel and kind."""
    places: dict[tuple[str, AlarmKind], list[str]] = {}
    for panel, pole, kind in over:
        places.setdefault((panel, kind), []).append("main" if pole == MAIN else str(pole))
    for (panel, kind), poles in places.items():
        more = f" and {len(poles) - _MOST_POLES} more" if len(poles) > _MOST_POLES else ""
        name = site.names.get(panel, panel)
        yield f"over: {name}: {kind.label}, {', '.join(poles[:_MOST_POLES])}{more}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
