"""A stored bill: its document, and what the tables have of it and should have by that."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Table, select

from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store.ledger.prices import UsedPrices
from bcm_mqtt.store.types import decimal_text

Cells = tuple[object, ...]
"""A row's values as they are read: decimals as texts, None for what is not there."""
HEAD: Final = (
    *("number", "month", "customer", "revision", "issued", "supersedes"),
    *("kwh", "amount", "currency", "site", "seller"),
)
LINE: Final = (
    *("position", "kind", "label", "quantity", "unit", "price", "amount", "determinant"),
)
NUMBER: Final = ("text", "kind", "year")
DETERMINANT: Final = ("position", "name", "quantity", "unit", "since", "until", "basis")


@dataclass(frozen=True, slots=True)
class BillEntry:
    """A stored bill.

    Attributes:
        number: Of the seller's bills, from 1.
        month: The month that is billed.
        customer: Its id.
        revision: 0 of the first of a customer's month.
        previous_sha256: Of the bill before it, "" of the first.
        sha256: Of that and of the document, hexadecimal.
        document: The whole bill as JSON.
        superseded: Whether a later revision replaces it.
        signature: By the site's key, base64; "" of bills from before there was one.
        site: Id of the site in a ledger of several, or "".
        text: Its number as it is printed; "" where that is `number`.
    """

    number: int
    month: Month
    customer: str
    revision: int
    previous_sha256: str
    sha256: str
    document: str
    superseded: bool = False
    signature: str = ""
    site: str = ""
    text: str = ""

    @property
    def printed(self) -> str:
        """Its number as it is printed."""
        return self.text or str(self.number)


@dataclass(frozen=True, slots=True)
class NewBill:
    """A bill that is being issued; `bill.issue` says how, and has its signature.

    `prices` are those of series that it was made with.
    """

    bill: Bill
    previous_sha256: str
    document: str
    prices: Sequence[UsedPrices] = ()


@dataclass(frozen=True, slots=True)
class BillRows:
    """What the tables have of a bill apart from its document."""

    head: Cells
    lines: tuple[Cells, ...]
    determinants: tuple[Cells, ...]
    numbers: tuple[Cells, ...] = ()


def rows_of(bill: Bill) -> BillRows:
    """What the tables should have of an issued bill."""
    record = record_of(bill)
    return BillRows(
        head=(
            record.number,
            str(bill.month),
            bill.customer.id,
            record.revision,
            record.issued,
            record.supersedes,
            decimal_text(bill.kwh),
            decimal_text(bill.amount) if bill.priced else None,
            bill.currency,
            record.site,
            record.seller,
        ),
        lines=tuple(
            (
                position,
                line.kind.value,
                line.label,
                decimal_text(line.quantity),
                line.unit,
                decimal_text(line.price),
                decimal_text(line.amount),
                line.determinant,
            )
            for position, line in enumerate(bill.lines, start=1)
        ),
        determinants=tuple(
            (
                position,
                one.name,
                decimal_text(one.quantity),
                one.unit,
                one.start,
                one.end,
                one.basis,
            )
            for position, one in enumerate(bill.determinants, start=1)
        ),
        numbers=tuple(sorted((one.text, one.kind.value, one.year) for one in record.numbers)),
    )


def record_of(bill: Bill) -> IssueRecord:
    """How a bill was issued; raises ValueError if it was not."""
    if bill.issue is None:
        raise ValueError(f"the bill of {bill.customer.id} was not issued")
    return bill.issue


def row_differences(stored: BillRows, expected: BillRows) -> Iterator[str]:
    """Where the tables are not as they should be."""
    pairs = (
        ("bill", HEAD, [stored.head], [expected.head]),
        ("bill_line", LINE, stored.lines, expected.lines),
        ("bill_determinant", DETERMINANT, stored.determinants, expected.determinants),
        ("bill_number", NUMBER, stored.numbers, expected.numbers),
    )
    for table, names, rows, expected_rows in pairs:
        if len(rows) != len(expected_rows):
            yield f"{table} has {len(rows)} rows of it, expected {len(expected_rows)}"
        for row, right in zip(rows, expected_rows, strict=False):
            for name, value, should in zip(names, row, right, strict=True):
                if value != should:
                    yield f"{table}.{name} is {value}, but its document says {should}"


def cells_by_bill(
    connection: Connection, table: Table, names: Sequence[str], seller: str
) -> defaultdict[int, list[Cells]]:
    """What a table has of each of a seller's bills, by number, in the order of its key."""
    columns = table.c
    query = select(columns.bill, *(columns[name] for name in names))
    query = query.where(columns.seller == seller)
    cells = defaultdict[int, list[Cells]](list)
    for number, *row in connection.execute(query.order_by(columns.bill, columns[names[0]])):
        cells[number].append(tuple(row))
    return cells
