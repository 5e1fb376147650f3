"""The number series of a seller: where it ends, and whose bills go on with it."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, ScalarSelect, delete, func, insert, select

from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.bill.numbering import DocumentKind
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.ledger.part import LedgerPart
from bcm_mqtt.store.tables import bill as bill_table
from bcm_mqtt.store.tables import bill_number, setting

ChainEnd = tuple[int, str]
"""Number and hash of the last bill; 0 and "" before the first."""
_END_SETTING: Final = "last_bill"
"""Number and hash of a seller's last bill, so that one that is deleted is missed."""


def stored_end(connection: Connection, seller: str) -> ChainEnd:
    """A seller's last bill that is stored."""
    columns = bill_table.c
    query = select(columns.number, columns.sha256).where(columns.seller == seller)
    row = connection.execute(query.order_by(columns.number.desc()).limit(1)).first()
    return (row[0], row[1]) if row else (0, "")


def _end_setting(seller: str) -> str:
    return f"{_END_SETTING} {seller}" if seller else _END_SETTING


def noted_end(connection: Connection, seller: str) -> ChainEnd:
    """What was a seller's last bill when one was issued last."""
    query = select(setting.c.value).where(setting.c.name == _end_setting(seller))
    number, _, digest = (connection.execute(query).scalar() or "0 ").partition(" ")
    return int(number), digest


def note_end(connection: Connection, seller: str, end: ChainEnd) -> None:
    """Notes a seller's last bill."""
    name = _end_setting(seller)
    connection.execute(delete(setting).where(setting.c.name == name))
    value = " ".join(map(str, end))
    connection.execute(insert(setting), {"name": name, "value": value})


def check_seller(connection: Connection, part: LedgerPart, month: Month, *, is_first: bool) -> None:
    """Refuses a month that another seller has billed, and a series that begins by mistake."""
    columns = bill_table.c
    others = (columns.site == part.site) & (columns.seller != part.seller)
    other = select(columns.seller, columns.number, columns.month).where(others)
    found = connection.execute(other.where(columns.month == str(month)).limit(1)).first()
    if found:
        raise WorkError(
            f"bill {found.number} of {found.month} is in the number series {found.seller!r}, and "
            f"the site's seller has {part.seller!r}: expected one series for a site's month"
        )
    if is_first and not part.may_begin:
        last = other.order_by(columns.number.desc()).limit(1)
        if found := connection.execute(last).first():
            raise WorkError(
                f"the site's bills up to bill {found.number} are in the number series "
                f"{found.seller!r}: set sellers.{part.seller}.series to {found.seller!r} to go on "
                f"with it, or to {part.seller!r} to begin another"
            )


def count_documents(
    connection: Connection,
    seller: str,
    kind: DocumentKind,
    year: int | None,
    within: tuple[datetime, datetime] | None,
) -> int:
    """How many documents of a kind a seller has.

    Args:
        connection: In the transaction in which bills are issued.
        seller: Its number series.
        kind: Of the documents.
        year: In which they were numbered; None is any.
        within: Start and end of the year, UTC, for bills from before there was a format.
    """
    numbers, bills = bill_number.c, bill_table.c
    given = (numbers.seller == seller) & (numbers.kind == kind.value)
    if year is not None:
        given &= numbers.year == year
    count = connection.execute(select(func.count()).where(given)).scalar() or 0
    if kind is not DocumentKind.BILL:
        return count
    has_number = (numbers.seller == bills.seller) & (numbers.bill == bills.number)
    others = (bills.seller == seller) & ~select(numbers.bill).where(has_number).exists()
    if within:
        others &= (bills.issued >= within[0]) & (bills.issued < within[1])
    return count + (
        connection.execute(select(func.count(bills.number)).where(others)).scalar() or 0
    )


def add_numbers(connection: Connection, record: IssueRecord) -> None:
    """Stores the numbers of a bill as they are printed.

    Raises:
        WorkError: one of them was given before.
    """
    numbers = bill_number.c
    for one in record.numbers:
        same = (numbers.seller == record.seller) & (numbers.text == one.text)
        if (bill := connection.execute(select(numbers.bill).where(same)).scalar()) is not None:
            raise WorkError(
                f"the number {one.text} was given before, to bill {bill} of the series: "
                "set another format in billing.numbers"
            )
        row = {"seller": record.seller, "bill": record.number, "text": one.text}
        row |= {"kind": one.kind.value, "year": one.year}
        connection.execute(insert(bill_number), row)


def bill_numbered(connection: Connection, seller: str, text: str) -> int | None:
    """The place in the chain of the bill that has a number as it is printed; None of none."""
    numbers = bill_number.c
    same = (numbers.seller == seller) & (numbers.text == text)
    found: int | None = connection.execute(select(numbers.bill).where(same)).scalar()
    return found


def text_of_bill() -> ScalarSelect[str]:
    """Within a query of bills: the number of each as it is printed, NULL without a format."""
    numbers, bills = bill_number.c, bill_table.c
    its = (numbers.seller == bills.seller) & (numbers.bill == bills.number)
    return select(numbers.text).where(its).correlate(bill_table).scalar_subquery()
