"""The units of a line: the health of each, and when a silent one gets a request again.

A silent unit costs a timeout, which the living ones must wait for. So it gets a request ever
more rarely, and of all silent units of a line only one at a time: after a probe in vain
the others stand back for a multiple of what it cost. When one answers again, whatever
made the line silent may be over: the others get a request at once, each for as long as
the one before it answered, too.
"""

from dataclasses import dataclass
from typing import Final

from bcm_mqtt.domain.reading.polled.line_health import UnitHealth

_PAUSES_S: Final = (0.25, 2.0, 10.0, 30.0, 60.0)
"""After the first, second, ... silence: quick to forgive one lost reply, slow in the long run."""
_PAUSE_ALONE_S: Final = 1.0
"""At most, where no unit of the line answers: a request slows no other unit."""
_REST: Final = 9
"""Of the line's time, at least nine tenths belong to the units that answer."""
_REST_ALONE: Final = 0.5
_SMOOTHING: Final = 0.1


@dataclass(slots=True)
class Unit:
    """A unit's state; times are seconds of the event loop's clock."""

    id: int
    silent: int = 0
    failures: int = 0
    round_trip: float = 0.0
    answered_at: float | None = None
    last_error: str = ""
    asked_at: float = 0.0
    until: float = 0.0
    waiting: bool = False
    stood_back_at: int = -1

    def health(self, now: float) -> UnitHealth:
        """As of now."""
        answered = self.answered_at is not None
        return UnitHealth(
            unit=self.id,
            round_trip_s=self.round_trip if answered else None,
            failures=self.failures,
            silent_in_a_row=self.silent,
            answered_ago_s=None if self.answered_at is None else now - self.answered_at,
            last_error=self.last_error,
        )


class Units:
    """All units of a line that ever got a request."""

    def __init__(self) -> None:
        """None yet."""
        self._units: dict[int, Unit] = {}
        self._rest_until = 0.0
        self._probes = 0

    def __getitem__(self, unit_id: int) -> Unit:
        """A unit by its id; it is made at its first request."""
        unit = self._units.get(unit_id)
        if unit is None:
            unit = self._units[unit_id] = Unit(unit_id)
        return unit

    def silent(self) -> list[int]:
        """Ids of the units that did not answer their last request."""
        return sorted(unit.id for unit in self._units.values() if unit.silent)

    def health(self, now: float) -> tuple[UnitHealth, ...]:
        """Of every unit, by id."""
        return tuple(unit.health(now) for _, unit in sorted(self._units.items()))

    def may_ask(self, unit: Unit, now: float) -> bool:
        """Whether a silent unit may get a request now."""
        if now < unit.until:
            return False
        if now < self._rest_until or self._lets_pass(unit):
            unit.waiting = True
            return False
        return True

    def answered(self, unit: Unit, now: float, took: float) -> None:
        """It answered: it, and for now all others, may get requests."""
        if unit.answered_at is None:
            unit.round_trip = took
        else:
            unit.round_trip += (took - unit.round_trip) * _SMOOTHING
        unit.answered_at = now
        if unit.silent:
            unit.silent, unit.waiting = 0, False
            self._rest_until = 0.0
            for other in self._units.values():
                other.until = 0.0

    def fell_silent(self, unit: Unit, now: float, cost: float) -> None:
        """It cost some seconds and did not answer.

        A unit's first silence takes no rest from the others: whether more than this one is
        gone is only known by asking them.
        """
        alone = not any(other.answered_at and not other.silent for other in self._units.values())
        if unit.silent:
            self._rest_until = now + cost * (_REST_ALONE if alone else _REST)
            self._probes += 1
        pause = _PAUSES_S[min(unit.silent, len(_PAUSES_S) - 1)]
        # Not before its reply to this request has had as long again to come too late.
        unit.until = now + max(cost, min(pause, _PAUSE_ALONE_S) if alone else pause)
        unit.silent += 1
        unit.asked_at, unit.waiting = now, False

    def _lets_pass(self, unit: Unit) -> bool:
        """Whether one that waits longer goes first; once, lest that one never comes."""
        if unit.stood_back_at == self._probes:
            return False
        if any(other.waiting and other.asked_at < unit.asked_at for other in self._units.values()):
            unit.stood_back_at = self._probes
            return True
        return False
