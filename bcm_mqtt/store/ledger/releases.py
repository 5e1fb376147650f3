"""Releases of bills that are held for review: rows are only added."""

from sqlalchemy import insert, select

from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store.database import lock
from bcm_mqtt.store.ledger.part import PartRepository
from bcm_mqtt.store.tables import bill_release


class Releases(PartRepository):
    """Who has released which bills of a site."""

    def add(self, release: BillRelease) -> None:
        """Stores that a bill may be issued though it is held for review."""
        row = {
            "site": self.part.site,
            "month": str(release.month),
            "customer": release.customer,
            "made": release.made,
            "author": release.author,
            "reason": release.reason,
        }
        column = bill_release.c
        same = (column[name] == row[name] for name in ("site", "month", "customer"))
        last = select(column.author, column.reason).where(*same).order_by(column.made.desc())
        with self._database.writing() as connection:
            lock(connection, bill_release)
            # Whoever got no answer may repeat it.
            if connection.execute(last.limit(1)).first() != (release.author, release.reason):
                connection.execute(insert(bill_release), row)

    def of(self, month: Month) -> list[BillRelease]:
        """The releases of a month's bills, in the order of their coming."""
        column = bill_release.c
        query = (
            select(column.customer, column.author, column.reason, column.made)
            .where(column.site == self.part.site, column.month == str(month))
            .order_by(column.made, column.customer)
        )
        with self._database.reading() as connection:
            return [BillRelease(month, *row) for row in connection.execute(query)]
