"""Issued bills: rows are added and never changed."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, delete, insert, select

from bcm_mqtt.domain.bill.bill import Bill, PastMonth
from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.money.money import money
from bcm_mqtt.domain.money.rounding import WATT_HOUR
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.ledger.entries import lock
from bcm_mqtt.store.tables import bill as bill_table
from bcm_mqtt.store.tables import bill_determinant, bill_line, setting
from bcm_mqtt.store.types import decimal_text

_END_SETTING: Final = "last_bill"
"""Number and hash of the last bill, so that one that is deleted is missed."""
Cells = tuple[object, ...]
"""A row's values as they are read: decimals as texts, None for what is not there."""


@dataclass(frozen=True, slots=True)
class BillEntry:
    """A stored bill.

    Attributes:
        number: Of the site's bills, from 1.
        month: Which.
        customer: Its id.
        revision: 0 of the first of a customer's month.
        previous_sha256: Of the bill before it, "" of the first.
        sha256: Of that and of the document, hexadecimal.
        document: The whole bill as JSON.
        superseded: Whether a later revision has taken its place.
    """

    number: int
    month: Month
    customer: str
    revision: int
    previous_sha256: str
    sha256: str
    document: str
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class NewBill:
    """A bill that is being issued; `bill.issue` says how."""

    bill: Bill
    previous_sha256: str
    document: str


@dataclass(frozen=True, slots=True)
class BillRows:
    """What the tables have of a bill beside its document."""

    head: Cells
    lines: tuple[Cells, ...]
    determinants: tuple[Cells, ...]


ChainEnd = tuple[int, str]
"""Number and hash of the last bill; 0 and "" before the first."""
Issue = Callable[[ChainEnd, Sequence[BillEntry]], Sequence[NewBill]]
"""Makes bills to be issued, given the end of the chain and the month's issued ones."""


def issue_bills(connection: Connection, month: Month, issue: Issue) -> None:
    """Stores what `issue` makes, while nobody else issues anything."""
    lock(connection, bill_table)
    last = _last(connection)
    if last != (noted := last_issued(connection)):
        message = f"bill {noted[0]} was issued last, but bill {last[0]} is the last that is stored"
        raise WorkError(f"{message}: see bcm-mqtt bill verify")
    made = issue(last, list(read_bills(connection, month)))
    for new in made:
        record = _record(new.bill)
        rows = rows_of(new.bill)
        _insert(connection, bill_table, _HEAD, [rows.head], **_hashes(new, record))
        number = {"bill": record.number}
        _insert(connection, bill_line, _LINE, rows.lines, **number)
        _insert(connection, bill_determinant, _DETERMINANT, rows.determinants, **number)
        last = record.number, record.sha256
    if made:
        connection.execute(delete(setting).where(setting.c.name == _END_SETTING))
        value = " ".join(map(str, last))
        connection.execute(insert(setting), {"name": _END_SETTING, "value": value})


def read_bills(connection: Connection, month: Month | None = None) -> Iterator[BillEntry]:
    """The bills of a month or all, by number."""
    later = bill_table.alias()
    columns = bill_table.c
    superseded = select(later.c.number).where(later.c.supersedes == columns.number).exists()
    query = select(
        columns.number,
        columns.month,
        columns.customer,
        columns.revision,
        columns.previous_sha256,
        columns.sha256,
        columns.document,
        superseded,
    ).order_by(columns.number)
    if month is not None:
        query = query.where(columns.month == str(month))
    for number, text, *others in connection.execute(query.execution_options(yield_per=50)):
        yield BillEntry(number, Month.parse(text), *others)


def last_issued(connection: Connection) -> ChainEnd:
    """What was the last bill when one was issued last."""
    query = select(setting.c.value).where(setting.c.name == _END_SETTING)
    number, _, digest = (connection.execute(query).scalar() or "0 ").partition(" ")
    return int(number), digest


def rows_of(bill: Bill) -> BillRows:
    """What the tables should have of an issued bill."""
    record = _record(bill)
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
    )


def read_rows(connection: Connection) -> Mapping[int, BillRows]:
    """What the tables have of each bill, by number."""
    lines = _by_bill(connection, bill_line, _LINE)
    determinants = _by_bill(connection, bill_determinant, _DETERMINANT)
    heads = {
        row[0]: tuple(row)
        for row in connection.execute(select(*(bill_table.c[name] for name in _HEAD)))
    }
    numbers = heads.keys() | lines.keys() | determinants.keys()
    return {
        number: BillRows(heads.get(number, ()), tuple(lines[number]), tuple(determinants[number]))
        for number in numbers
    }


def row_differences(found: BillRows, expected: BillRows) -> Iterator[str]:
    """Where the tables are not as they should be."""
    pairs = (
        ("bill", _HEAD, [found.head], [expected.head]),
        ("bill_line", _LINE, found.lines, expected.lines),
        ("bill_determinant", _DETERMINANT, found.determinants, expected.determinants),
    )
    for table, names, rows, wanted in pairs:
        if len(rows) != len(wanted):
            yield f"{table} has {len(rows)} rows of it, expected {len(wanted)}"
        for row, right in zip(rows, wanted, strict=False):
            for name, value, should in zip(names, row, right, strict=True):
                if value != should:
                    yield f"{table}.{name} is {value}, but its document says {should}"


def issued_demands(
    connection: Connection, before: Month
) -> dict[str, dict[Month, dict[str, Decimal]]]:
    """Determinants in kW of all months before one, by customer, month and name."""
    determinant = bill_determinant.c
    query = (
        _current(bill_table.c.month, bill_table.c.customer, determinant.name, determinant.quantity)
        .join(bill_determinant, determinant.bill == bill_table.c.number)
        .where(determinant.unit == "kW", bill_table.c.month < str(before))
    )
    found = defaultdict[str, dict[Month, dict[str, Decimal]]](dict)
    for month, customer, name, quantity in connection.execute(query):
        found[customer].setdefault(Month.parse(month), {})[name] = Decimal(quantity)
    return dict(found)


def past_months(connection: Connection, before: Month, months: int) -> dict[str, list[PastMonth]]:
    """What was issued for so many months before one, the last first, by customer."""
    columns = bill_table.c
    query = (
        _current(columns.customer, columns.month, columns.kwh, columns.amount, columns.currency)
        .where(columns.month < str(before), columns.month >= str(before.shifted(-months)))
        .order_by(columns.month.desc())
    )
    found = defaultdict[str, list[PastMonth]](list)
    for customer, month, kwh, amount, currency in connection.execute(query):
        paid = None if amount is None else money(Decimal(amount), currency)
        energy = Decimal(kwh).quantize(WATT_HOUR)
        found[customer].append(PastMonth(Month.parse(month), energy, paid, currency))
    return dict(found)


def issued_customers(connection: Connection) -> dict[Month, frozenset[str]]:
    """Whose bills were issued, by month."""
    found = defaultdict[Month, set[str]](set)
    for month, customer in connection.execute(
        select(bill_table.c.month, bill_table.c.customer).distinct()
    ):
        found[Month.parse(month)].add(customer)
    return {month: frozenset(customers) for month, customers in found.items()}


_HEAD: Final = (
    *("number", "month", "customer", "revision", "issued", "supersedes"),
    *("kwh", "amount", "currency"),
)
_LINE: Final = (
    *("position", "kind", "label", "quantity", "unit", "price", "amount", "determinant"),
)
_DETERMINANT: Final = ("position", "name", "quantity", "unit", "since", "until", "basis")


def _current(*columns: Any) -> Select[Any]:  # noqa: ANN401 - as SQLAlchemy has it
    """Of bills that no later revision has taken the place of."""
    later = bill_table.alias()
    superseded = select(later.c.number).where(later.c.supersedes == bill_table.c.number).exists()
    return select(*columns).select_from(bill_table).where(~superseded)


def _last(connection: Connection) -> ChainEnd:
    columns = bill_table.c
    query = select(columns.number, columns.sha256).order_by(columns.number.desc()).limit(1)
    found = connection.execute(query).first()
    return (found[0], found[1]) if found else (0, "")


def _record(bill: Bill) -> IssueRecord:
    if bill.issue is None:
        raise ValueError(f"the bill of {bill.customer.id} was not issued")
    return bill.issue


def _hashes(new: NewBill, record: IssueRecord) -> dict[str, object]:
    return {
        "document": new.document,
        "previous_sha256": new.previous_sha256,
        "sha256": record.sha256,
    }


def _insert(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Sequence[Cells],
    **others: object,
) -> None:
    if rows:
        made = [{**dict(zip(names, row, strict=True)), **others} for row in rows]
        connection.execute(insert(table), made)


def _by_bill(
    connection: Connection, table: Table, names: Sequence[str]
) -> defaultdict[int, list[Cells]]:
    columns = table.c
    query = select(columns.bill, *(columns[name] for name in names))
    found = defaultdict[int, list[Cells]](list)
    for number, *row in connection.execute(query.order_by(columns.bill, columns.position)):
        found[number].append(tuple(row))
    return found
