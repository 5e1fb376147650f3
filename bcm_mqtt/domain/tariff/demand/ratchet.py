"""Ratchets: floors under the demand that is billed, of the months before."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.tariff.terms import percent
from bcm_mqtt.domain.time import Month


@dataclass(frozen=True, slots=True)
class StartingDemand:
    """The demand of a month before the history begins, as a sheet or a contract states it.

    Attributes:
        month: Of which.
        kw: Its demand.
        customer: Whose, by id; "" for all that have none of their own.
    """

    month: Month
    kw: Decimal
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Ratchet:
    """A floor under the demand that is billed.

    Attributes:
        share: Of the greatest demand of the months before, 0 to 1.
        months: How many months back.
        of_months: Calendar months, 1 to 12, whose demand counts; empty for all.
        in_months: In which it is a floor; empty for all.
        billed: Whether what was billed in the months before counts; else what was measured.
        starting: Demands of months that have no bill.
    """

    share: Decimal
    months: int
    of_months: frozenset[int] = frozenset()
    in_months: frozenset[int] = frozenset()
    billed: bool = False
    starting: tuple[StartingDemand, ...] = ()

    def before(self, month: Month) -> Iterator[Month]:
        """The months at which it looks in one, the last first; none where it is no floor."""
        if self.in_months and month.month not in self.in_months:
            return
        for back in range(1, self.months + 1):
            earlier = month.shifted(-back)
            if not self.of_months or earlier.month in self.of_months:
                yield earlier

    def stated(self, month: Month, customer: str) -> Decimal | None:
        """The starting demand of a month: the customer's own, or that for all."""
        known = {one.customer: one.kw for one in self.starting if one.month == month}
        return known.get(customer, known.get(""))

    @property
    def term(self) -> str:
        """Its share and months, for people."""
        which = "billed" if self.billed else "measured"
        words = f"{percent(self.share)} of the greatest {which} in {self.months} months"
        for name, months in (("of", self.of_months), ("in", self.in_months)):
            if months:
                words += f", {name} months {', '.join(map(str, sorted(months)))}"
        return words
