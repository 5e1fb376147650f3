"""Alarms: when a figure is beyond its limit, and what has been done about it.

The states are those of ISA-18.2 (IEC 62682). An alarm comes on after some polls in a row
beyond the limit and goes off below it by a deadband, so that a motor's start or a load at
the limit raises no storm of messages. A rise from warning to critical asks for attention
again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bcm_mqtt.domain.time import to_text

MAIN = 0
"""Stands for the main breaker where a circuit's first pole is expected."""
WARNING_PERCENT = 80.0
"""Of a breaker's rating: the continuous-load rule."""
CRITICAL_PERCENT = 100.0
"""Of a breaker's rating."""


class AlarmState(StrEnum):
    """What is to be done about an alarm."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    """Active, and nobody has seen it."""
    ACKNOWLEDGED = "acknowledged"
    """Active and seen."""
    RETURNED = "returned_unacknowledged"
    """Over, and nobody has seen it."""
    SHELVED = "shelved"
    """Put aside by an operator, for a time."""
    OUT_OF_SERVICE = "out_of_service"
    """Put aside until somebody puts it back, as for work on the circuit."""


class Severity(StrEnum):
    """How far beyond its limits a figure is."""

    NONE = "none"
    WARNING = "warning"
    CRITICAL = "critical"


_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_APART = timedelta(milliseconds=1)
"""As exact as payloads are."""
_ASIDE = {AlarmState.SHELVED, AlarmState.OUT_OF_SERVICE}


@dataclass(frozen=True, slots=True)
class Limits:
    """When an alarm begins and ends; the figures are in whatever unit is watched.

    Attributes:
        warning: It begins above this.
        critical: It becomes critical above this; None: it never does.
        deadband: It ends at or below the limit less this.
        on_delay: Polls in a row beyond the limit before it begins.
        off_delay: Polls in a row back before it ends.
    """

    warning: float
    critical: float | None = None
    deadband: float = 0.0
    on_delay: int = 2
    off_delay: int = 1


@dataclass(frozen=True, slots=True)
class Threshold:
    """One limit, with its delays and deadband.

    Attributes:
        passed: Whether it counts as passed.
        polls: In a row that say otherwise.
    """

    passed: bool = False
    polls: int = 0

    def next(self, value: float, limit: float, limits: Limits) -> "Threshold":
        """After one more poll."""
        if self.passed:
            otherwise, delay = value <= limit - limits.deadband, limits.off_delay
        else:
            otherwise, delay = value > limit, limits.on_delay
        if not otherwise:
            return self if self.polls == 0 else Threshold(self.passed)
        if self.polls + 1 >= delay:
            return Threshold(not self.passed)
        return Threshold(self.passed, self.polls + 1)


_NEVER_PASSED = Threshold()


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm.

    Attributes:
        state: What is to be done about it.
        severity: How bad it is now, whatever was done about it.
        since: When it became active, or came back to normal; None before the first time.
        value: What was measured when state or severity last changed.
        until: When a shelved alarm comes back by itself.
        warning: Whether the lower limit is passed.
        critical: Whether the upper one is.
        changed: When people last saw it change; None before the first time.
        by: Who changed it then; "" where a reading or the time did.
    """

    state: AlarmState = AlarmState.NORMAL
    severity: Severity = Severity.NONE
    since: datetime | None = None
    value: float | None = None
    until: datetime | None = None
    warning: Threshold = _NEVER_PASSED
    critical: Threshold = _NEVER_PASSED
    changed: datetime | None = None
    by: str = ""

    @property
    def active(self) -> bool:
        """Whether the figure is beyond its limit."""
        return self.severity is not Severity.NONE

    def next(self, value: float | None, at: datetime, limits: Limits) -> "Alarm":
        """The alarm after one more poll; a missing figure says nothing, either way."""
        if self.until and at >= self.until:
            return self.in_service().next(value, at, limits)
        if value is None or (self._rests and value <= limits.warning):
            return self
        warning = self.warning.next(value, limits.warning, limits)
        critical = (
            _NEVER_PASSED
            if limits.critical is None
            else self.critical.next(value, limits.critical, limits)
        )
        severity = _severity(warning, critical)
        if severity is not self.severity:
            alarm = replace(self, warning=warning, critical=critical)
            return _changed(alarm, severity, value, at)
        if warning is self.warning and critical is self.critical:  # as nearly always
            return self
        return replace(self, warning=warning, critical=critical)

    def noted(self, before: "Alarm", at: datetime, by: str = "") -> "Alarm":
        """With when it changed and by whom, where people see a difference to what it was.

        Two changes are never of the same instant: by it each is known.
        """
        if self.visible == before.visible:
            return self
        if before.changed is not None and to_text(at) == to_text(before.changed):
            at += _APART
        return replace(self, changed=at, by=by)

    @property
    def visible(self) -> tuple[object, ...]:
        """What of it people see."""
        return self.state, self.severity, self.since, self.until

    def acknowledged(self) -> "Alarm":
        """Somebody has seen it."""
        if self.state is AlarmState.UNACKNOWLEDGED:
            return replace(self, state=AlarmState.ACKNOWLEDGED)
        if self.state is AlarmState.RETURNED:
            return replace(self, state=AlarmState.NORMAL)
        return self

    def shelved(self, until: datetime) -> "Alarm":
        """Put aside until then."""
        return replace(self, state=AlarmState.SHELVED, until=until)

    def out_of_service(self) -> "Alarm":
        """Put aside until `in_service`."""
        return replace(self, state=AlarmState.OUT_OF_SERVICE, until=None)

    def in_service(self) -> "Alarm":
        """Back from the shelf or from out of service; if it is active it asks for attention."""
        if self.state not in _ASIDE:
            return self
        state = AlarmState.UNACKNOWLEDGED if self.active else AlarmState.NORMAL
        return replace(self, state=state, until=None)

    @property
    def _rests(self) -> bool:
        """Whether a figure within its limit changes nothing: nearly always, so it costs little."""
        return not (
            self.warning.passed or self.warning.polls or self.critical.passed or self.critical.polls
        )


def _changed(alarm: Alarm, severity: Severity, value: float, at: datetime) -> Alarm:
    """The alarm with another severity, and the state that follows from it."""
    begins_or_ends = Severity.NONE in {severity, alarm.severity}
    changed = replace(
        alarm, severity=severity, value=value, since=at if begins_or_ends else alarm.since
    )
    if alarm.state in _ASIDE:
        return changed
    if _RANK[severity] > _RANK[alarm.severity]:
        return replace(changed, state=AlarmState.UNACKNOWLEDGED)
    if severity is Severity.NONE:
        seen = alarm.state is AlarmState.ACKNOWLEDGED
        return replace(changed, state=AlarmState.NORMAL if seen else AlarmState.RETURNED)
    return changed


def _severity(warning: Threshold, critical: Threshold) -> Severity:
    if critical.passed:
        return Severity.CRITICAL
    return Severity.WARNING if warning.passed else Severity.NONE
