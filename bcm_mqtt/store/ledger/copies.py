"""Copies of a site's bills in its own database: what a home database is held against."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter

from sqlalchemy import ColumnElement, insert, select

from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.database import lock
from bcm_mqtt.store.ledger.bill_rows import BillEntry
from bcm_mqtt.store.ledger.bills import Bills
from bcm_mqtt.store.ledger.part import PartRepository
from bcm_mqtt.store.ledger.series import ChainEnd
from bcm_mqtt.store.tables import bill_copy

_COLUMNS = (
    *("number", "month", "customer", "revision", "previous_sha256", "sha256", "document"),
    "signature",
)


class BillCopies(PartRepository):
    """The site's bills in the series of its seller, as they were when they were issued.

    A home database that was restored from an earlier backup would give numbers twice: only the
    sites know of the bills that it lacks.
    """

    def follow(self, bills: Bills) -> None:
        """Adds what was issued for the site since the last copy; none is ever changed."""
        if new := list(bills.issued(after=self.last()[0])):
            self.add(new)

    def add(self, entries: Iterable[BillEntry]) -> None:
        """Adds copies of bills; one that is there stays as it is."""
        of_entry = attrgetter(*_COLUMNS)
        with self._database.writing() as connection:
            lock(connection, bill_copy)
            query = select(bill_copy.c.number).where(self._sellers())
            site = self.part.site if self.part.is_joint else None
            there = set(connection.execute(query).scalars())
            rows = [
                {
                    **dict(zip(_COLUMNS, of_entry(entry), strict=True)),
                    "month": str(entry.month),
                    "seller": self.part.seller,
                    "site": site,
                }
                for entry in entries
                if entry.number not in there
            ]
            if rows:
                connection.execute(insert(bill_copy), rows)

    def last(self) -> ChainEnd:
        """Number and hash of the last copy; 0 and "" where there is none."""
        return self._last(self._ours())

    def _last(self, which: ColumnElement[bool]) -> ChainEnd:
        columns = bill_copy.c
        query = select(columns.number, columns.sha256).where(which)
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(columns.number.desc()).limit(1)).first()
        return (row[0], row[1]) if row else (0, "")

    def issued(self, month: Month | None = None, after: int = 0) -> Iterator[BillEntry]:
        """As of `Bills`, of the copies."""
        columns = bill_copy.c
        which = self._ours() & (columns.number > after)
        if month:
            which &= columns.month == str(month)
        query = select(*(columns[name] for name in _COLUMNS)).where(which)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(columns.number)).all()
        last = {(row.month, row.customer): row.number for row in found}  # a revision comes later
        for row in found:
            is_superseded = last[row.month, row.customer] != row.number
            yield BillEntry(
                row.number,
                _month(row.number, row.month),
                row.customer,
                row.revision,
                row.previous_sha256,
                row.sha256,
                row.document,
                is_superseded,
                row.signature,
                self.part.site,
            )

    def customers(self) -> dict[Month, frozenset[str]]:
        """As of `Bills`, of the copies."""
        columns = bill_copy.c
        query = select(columns.number, columns.month, columns.customer).where(self._ours())
        customers = defaultdict[Month, set[str]](set)
        with self._database.reading() as connection:
            for number, month, customer in connection.execute(query):
                customers[_month(number, month)].add(customer)
        return {month: frozenset(ids) for month, ids in customers.items()}

    def check(self, bills: Bills) -> None:
        """Checks that the books have what was issued for the site, before more is.

        As each bill is chained to the one before it, they have all if they have the last.

        Raises:
            WorkError: they lack it, or have another under its number.
        """
        number, sha256 = self._last(self._sellers())
        if number and ((entry := bills.of_seller(number)) is None or entry.sha256 != sha256):
            of = f"of seller {self.part.seller} " if self.part.seller else ""
            raise WorkError(
                f"bill {number} {of}was issued for the site, and the "
                f"{'home ' if self.part.site else ''}database lacks it, as one that was restored "
                "from an earlier backup does: bcm-mqtt bill recover puts back what it lacks"
            )

    def check_series(self, month: Month) -> None:
        """Checks that a month was not billed in another number series.

        Raises:
            WorkError: there is a copy of such a bill.
        """
        columns = bill_copy.c
        other = select(columns.seller, columns.number).where(
            columns.month == str(month), columns.seller != self.part.seller
        )
        with self._database.reading() as connection:
            found = connection.execute(other.limit(1)).first()
        if found:
            raise WorkError(
                f"bill {found.number} of {month} is in the number series {found.seller!r}, and "
                f"the site's seller has {self.part.seller!r}: expected one series for a site's "
                "month"
            )

    def _ours(self) -> ColumnElement[bool]:
        own = bill_copy.c.site.is_(None)
        return self._sellers() & (bill_copy.c.site == self.part.site if self.part.is_joint else own)

    def _sellers(self) -> ColumnElement[bool]:
        return bill_copy.c.seller == self.part.seller


def _month(number: int, text: str) -> Month:
    """Of a copy, which anybody at the site's database may have changed; raises WorkError."""
    try:
        return Month.parse(text)
    except ValueError as error:
        raise WorkError(f"the copy of bill {number} cannot be read: {error}") from None
