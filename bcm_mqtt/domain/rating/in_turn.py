"""Tariffs in turn: one after the other within a month, as a customer's terms change.

Rating reads one as a single tariff whose rate changes where a part begins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.site.customer import TermsPart
from bcm_mqtt.domain.tariff.rate import RateVersion
from bcm_mqtt.domain.tariff.tariff import RatePeriod, Tariff
from bcm_mqtt.domain.usage.cut import PricedTime


@dataclass(frozen=True, slots=True)
class TariffPart:
    """A tariff and the time for which it prices: start <= t < end, UTC.

    Attributes:
        tariff: Whose rates.
        start: UTC.
        end: UTC.
        committed_kw: In place of that of its rates; None leaves theirs.
    """

    tariff: Tariff
    start: datetime
    end: datetime
    committed_kw: Decimal | None = None

    def rate(self, rate: RateVersion) -> RateVersion:
        """A rate of the tariff with the power that is committed in this part."""
        if self.committed_kw is None or rate.committed is None:
            return rate
        return replace(rate, committed=replace(rate.committed, kw=self.committed_kw))


@dataclass(frozen=True, slots=True)
class TariffsInTurn(Tariff):
    """Tariffs of one currency, each for its part of a time; `versions` are those of the last.

    Attributes:
        parts: At least one, in order, without a gap.
    """

    parts: tuple[TariffPart, ...] = ()

    @classmethod
    def of(cls, parts: Sequence[TariffPart]) -> "TariffsInTurn":
        """Of parts; its id names each tariff once.

        Raises:
            ValueError: they are of several currencies.
        """
        last = parts[-1].tariff
        if len(currencies := {part.tariff.currency for part in parts}) > 1:
            raise ValueError(f"expected tariffs of one currency: {', '.join(sorted(currencies))}")
        name = ", ".join(dict.fromkeys(part.tariff.id for part in parts))
        return cls(name, last.currency, last.zone, last.versions, last.holidays, tuple(parts))

    @property
    def each(self) -> tuple[Tariff, ...]:
        """Those of all parts."""
        return tuple(part.tariff for part in self.parts)

    def periods(self, start: datetime, end: datetime) -> Iterator[RatePeriod]:
        """As of a tariff; a part that begins is a rate that begins."""
        for part, begins, ends in self._within(start, end):
            for period in part.tariff.periods(begins, ends):
                yield replace(period, rate=part.rate(period.rate))

    def priced(self, start: datetime, end: datetime, slots: Slots) -> list[PricedTime]:
        """As of a tariff."""
        return [
            priced
            for part, begins, ends in self._within(start, end)
            for priced in part.tariff.priced(begins, ends, slots)
        ]

    def _within(
        self, start: datetime, end: datetime
    ) -> Iterator[tuple[TariffPart, datetime, datetime]]:
        for part in self.parts:
            begins, ends = max(start, part.start), min(end, part.end)
            if begins < ends:
                yield part, begins, ends


def parts_in_turn(
    parts: Sequence[TermsPart], start: datetime, end: datetime
) -> Iterator[tuple[TermsPart, datetime, datetime]]:
    """Parts of a month as rates have them: from one to the next, together all of it."""
    starts = [start, *(part.start for part in parts[1:]), end]
    for part, (begins, ends) in zip(parts, pairwise(starts), strict=False):
        yield part, begins, ends
