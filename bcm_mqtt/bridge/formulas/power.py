"""The power of formula circuits, each from readings of all its members."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from bcm_mqtt.bridge.paced_topic import PacedTopic, Value
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.formula.spans import FormulaSpan
from bcm_mqtt.mqtt.pace import Pace
from bcm_mqtt.mqtt.topics import Topics

_QUANTITY: Final = "power"
_STANDS: Final = 1.5
"""Polls for which a reading stands, as for intervals of energy."""
_STANDS_AT_LEAST_S: Final = 5.0
"""Of a meter that is polled as fast as it goes, beside others that are not."""
_Place = tuple[str, CircuitId]


class _Held(NamedTuple):
    """A circuit's last reading.

    Attributes:
        watts: None where it was not read.
        until_s: How long it is of now.
    """

    watts: float | None
    until_s: float


class FormulaPower:
    """Says a formula's power once every member was read again, so that all are of one round."""

    def __init__(self, topics: Topics, paces: Mapping[str, Pace]) -> None:
        """Has said nothing.

        Args:
            topics: Of the site.
            paces: When a value is said again, by quantity.
        """
        self._topics, self._paces = topics, paces
        self._held: dict[_Place, _Held] = {}
        self._read_again = defaultdict[tuple[str, str], set[_Place]](set)
        self._said: dict[tuple[str, str], PacedTopic] = {}

    def forget(self) -> None:
        """Makes every value due again: whoever listens has lost them."""
        self._said.clear()

    def read(
        self,
        formulas: Sequence[FormulaSpan],
        panel: str,
        watts: Iterable[tuple[int, float | None]],
        now_s: float,
        poll: timedelta,
    ) -> list[Value]:
        """The values to publish after a panel was read.

        Args:
            formulas: In force.
            panel: Its id.
            watts: Of the circuits that were read, by first pole.
            now_s: Of a clock that is never set.
            poll: From this reading to the next.
        """
        values: list[Value] = []
        if not formulas:
            return values
        until_s = now_s + max(_STANDS * poll.total_seconds(), _STANDS_AT_LEAST_S)
        read: dict[_Place, _Held] = {(panel, pole): _Held(power, until_s) for pole, power in watts}
        self._held |= read
        for formula in formulas:
            key = formula.version.key
            members = {(term.panel, term.circuit) for term in formula.terms}
            self._read_again[key] = (self._read_again[key] | read.keys()) & members
            if self._read_again[key] == members and not members.isdisjoint(read):
                self._read_again[key].clear()
                if (total := self._total(formula, now_s)) is not None:
                    self._topic(key).say(total, now_s, values)
        return values

    def _total(self, formula: FormulaSpan, now_s: float) -> float | None:
        total = 0.0
        for term in formula.terms:
            held = self._held[term.panel, term.circuit]
            if held.watts is None or held.until_s < now_s:
                return None
            total += term.sign * held.watts
        return total

    def _topic(self, key: tuple[str, str]) -> PacedTopic:
        if key not in self._said:
            name = self._topics.circuit(*key, _QUANTITY)
            self._said[key] = PacedTopic.of(name, _QUANTITY, self._paces)
        return self._said[key]
