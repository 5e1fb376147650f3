"""What is known of a home database that may be away: what a site's figures need of its ledger."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator
from decimal import Decimal
from typing import Final, TypeVar

from bcm_mqtt.domain.bill.bill import Bill, PastMonth
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.money import WATT_HOUR, money
from bcm_mqtt.domain.rating.rated_month import DEMAND_UNITS
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store.database import Database
from bcm_mqtt.store.ledger.bill_rows import BillEntry
from bcm_mqtt.store.ledger.bills import Bills, Demands
from bcm_mqtt.store.ledger.copies import BillCopies
from bcm_mqtt.store.ledger.joint import JointCustomers
from bcm_mqtt.store.ledger.part import LedgerPart
from bcm_mqtt.store.ledger.prices import UsedPrices
from bcm_mqtt.store.ledger.releases import Releases
from bcm_mqtt.store.sqlite_file import DatabaseAwayError
from bcm_mqtt.store.types import decimal_text

_Value = TypeVar("_Value")
BillOf = Callable[[BillEntry], Bill]
"""Reads the document of a stored bill."""
_MONTHS: Final = 3
"""Whose bills a bill is compared with."""


class Memory:
    """What was read last, which stands in while the database is away.

    Attributes:
        away: Why the database was not reached when something was read last; "" where it was.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.away = ""
        self._known = dict[Hashable, object]()
        self._copied = dict[Hashable, object]()

    def read(
        self, key: Hashable, read: Callable[[], _Value], copied: Callable[[], _Value]
    ) -> _Value:
        """What is read now, or else what the site has copies of, or else what was read last."""
        try:
            value = read()
        except DatabaseAwayError as error:
            self.away = str(error)
            found: _Value | None = self._copied.get(key)  # type: ignore[assignment]
            if found is None:
                self._copied[key] = found = copied()
            known: _Value = found or self._known.get(key, found)  # type: ignore[assignment]
            return known
        self.away = ""
        self._known[key] = value
        self._copied.clear()
        return value


class KnownBills(Bills):
    """Bills of a site; while the database is away, by the copies that the site has."""

    def __init__(
        self, database: Database, copies: BillCopies, bill_of: BillOf, memory: Memory
    ) -> None:
        """Takes the copies with what reads them, and what was read before."""
        super().__init__(database, copies.part)
        self._memory = memory
        self._copies = copies
        self._bill_of = bill_of

    def issued(self, month: Month | None = None, after: int = 0) -> Iterator[BillEntry]:
        """As of `Bills`."""
        try:
            entries = list(super().issued(month, after))
        except DatabaseAwayError as error:
            self._memory.away = str(error)
            entries = list(self._copies.issued(month, after))
        yield from entries

    def joint(self, month: Month) -> Iterator[BillEntry]:
        """As of `Bills`."""
        read = super().joint
        entries: list[BillEntry] = self._memory.read(
            ("joint", month), lambda: list(read(month)), list
        )
        yield from entries

    def joint_months(self) -> frozenset[Month]:
        """As of `Bills`."""
        return self._memory.read("joint months", super().joint_months, frozenset)

    def demands(self, before: Month) -> Demands:
        """As of `Bills`."""
        read = super().demands
        return self._memory.read(
            ("demands", before), lambda: read(before), lambda: self._copied_demands(before)
        )

    def past_months(self, before: Month, months: int = _MONTHS) -> dict[str, list[PastMonth]]:
        """As of `Bills`."""
        read = super().past_months
        return self._memory.read(
            ("past", before, months),
            lambda: read(before, months),
            lambda: self._copied_months(before, before.shifted(-months)),
        )

    def used_prices(self, hashes: Collection[str]) -> dict[str, UsedPrices]:
        """As of `Bills`."""
        read = super().used_prices
        return self._memory.read(("prices", *sorted(hashes)), lambda: read(hashes), dict)

    def customers(self) -> dict[Month, frozenset[str]]:
        """As of `Bills`."""
        return self._memory.read("customers", super().customers, self._copies.customers)

    def _current(self, before: Month) -> Iterator[Bill]:
        for entry in self._copies.issued():
            if entry.month < before and not entry.superseded:
                yield self._bill_of(entry)

    def _copied_demands(self, before: Month) -> Demands:
        demands = defaultdict[str, dict[Month, dict[str, Decimal]]](dict)
        for bill in self._current(before):
            kw = {
                one.name: Decimal(decimal_text(one.quantity))
                for one in bill.determinants
                if one.unit in DEMAND_UNITS
            }
            if kw:
                demands[bill.customer.id][bill.month] = kw
        return dict(demands)

    def _copied_months(self, before: Month, since: Month) -> dict[str, list[PastMonth]]:
        past = defaultdict[str, list[PastMonth]](list)
        bills = [bill for bill in self._current(before) if bill.month >= since]
        for bill in sorted(bills, key=lambda one: one.month, reverse=True):
            paid = money(bill.amount, bill.currency) if bill.priced else None
            energy = bill.kwh.quantize(WATT_HOUR)
            past[bill.customer.id].append(PastMonth(bill.month, energy, paid, bill.currency))
        return dict(past)


class KnownJoint(JointCustomers):
    """Customers of a site who are billed jointly, as they were known last."""

    def __init__(self, database: Database, part: LedgerPart, memory: Memory) -> None:
        """Takes what was read before."""
        super().__init__(database, part)
        self._memory = memory

    def all(self) -> dict[str, str]:
        """As of `JointCustomers`."""
        return self._memory.read("joint customers", super().all, dict)


class KnownReleases(Releases):
    """Releases of a site's bills, as they were known last."""

    def __init__(self, database: Database, part: LedgerPart, memory: Memory) -> None:
        """Takes what was read before."""
        super().__init__(database, part)
        self._memory = memory

    def of(self, month: Month) -> list[BillRelease]:
        """As of `Releases`."""
        read = super().of
        return self._memory.read(("releases", month), lambda: read(month), list)
