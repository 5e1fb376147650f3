"""A customer's issued bills without their documents, as a list of them needs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from bcm_mqtt.domain.bill.numbering import DocumentKind
from bcm_mqtt.domain.money import WATT_HOUR, money
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store.ledger.part import PartRepository
from bcm_mqtt.store.tables import bill as bill_table
from bcm_mqtt.store.tables import bill_number


@dataclass(frozen=True, slots=True)
class BillHead:
    """An issued bill that no revision replaces.

    Attributes:
        number: Of the seller's bills.
        text: The number as it is printed.
        month: That is billed.
        issued: When its first revision was issued or, of a revision, this one, UTC.
        replaces: Number of the bill that it revises, or None.
        kwh: Of the month.
        amount: Of the month; None without a tariff.
        currency: Of the amount.
    """

    number: int
    text: str
    month: Month
    issued: datetime
    replaces: int | None
    kwh: Decimal
    amount: Decimal | None
    currency: str


class BillHeads(PartRepository):
    """Of a site's part of a ledger."""

    def newest(self, customer: str, limit: int) -> tuple[list[BillHead], int]:
        """A customer's last months first, at most so many, and how many there are."""
        columns, later = bill_table.c, bill_table.alias().c
        replaced = select(later.number).where(
            later.seller == columns.seller, later.supersedes == columns.number
        )
        own = (
            columns.seller == self.part.seller,
            columns.site == self.part.site,
            columns.customer == customer,
            ~replaced.exists(),
        )
        printed = select(bill_number.c.text).where(
            bill_number.c.seller == columns.seller,
            bill_number.c.bill == columns.number,
            bill_number.c.kind == DocumentKind.BILL.value,
        )
        heads = select(
            *(
                columns.number,
                printed.limit(1).scalar_subquery(),
                columns.month,
                columns.issued,
                columns.supersedes,
            ),
            *(columns.kwh, columns.amount, columns.currency),
        )
        newest = heads.where(*own).order_by(columns.month.desc()).limit(limit)
        with self._database.reading() as connection:
            count = connection.execute(select(func.count()).select_from(bill_table).where(*own))
            found = connection.execute(newest).all()
            return [_head(*row) for row in found], int(count.scalar_one())


def _head(
    number: int,
    printed: str | None,
    month: str,
    issued: datetime,
    replaces: int | None,
    kwh: str,
    amount: str | None,
    currency: str,
) -> BillHead:
    return BillHead(
        number,
        printed or str(number),
        Month.parse(month),
        issued,
        replaces,
        Decimal(kwh).quantize(WATT_HOUR),
        None if amount is None else money(Decimal(amount), currency),
        currency,
    )
