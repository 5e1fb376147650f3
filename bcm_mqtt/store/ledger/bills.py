"""Issued bills: rows are added and never changed."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, delete, exists, func, insert, select

from bcm_mqtt.domain.bill.bill import Bill, PastMonth
from bcm_mqtt.domain.money import WATT_HOUR, money
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.database import Repository, lock
from bcm_mqtt.store.ledger.bill_rows import (
    DETERMINANT,
    HEAD,
    LINE,
    BillRows,
    Cells,
    record_of,
    rows_of,
)
from bcm_mqtt.store.tables import bill as bill_table
from bcm_mqtt.store.tables import bill_determinant, bill_line, setting

_END_SETTING: Final = "last_bill"
"""Number and hash of the last bill, so that one that is deleted is missed."""


@dataclass(frozen=True, slots=True)
class BillEntry:
    """A stored bill.

    Attributes:
        number: Of the site's bills, from 1.
        month: The month that is billed.
        customer: Its id.
        revision: 0 of the first of a customer's month.
        previous_sha256: Of the bill before it, "" of the first.
        sha256: Of that and of the document, hexadecimal.
        document: The whole bill as JSON.
        superseded: Whether a later revision replaces it.
        signature: By the site's key, base64; "" of bills from before there was one.
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


@dataclass(frozen=True, slots=True)
class NewBill:
    """A bill that is being issued; `bill.issue` says how, and has its signature."""

    bill: Bill
    previous_sha256: str
    document: str


ChainEnd = tuple[int, str]
"""Number and hash of the last bill; 0 and "" before the first."""
Issue = Callable[[ChainEnd, Sequence[BillEntry]], Sequence[NewBill]]
"""Makes bills to be issued, given the end of the chain and the month's issued ones."""


class Bills(Repository):
    """The site's bills, by number from 1."""

    def issue(self, month: Month, issue: Issue) -> None:
        """Stores what `issue` makes, all or none of it, while no other process issues anything.

        Raises:
            WorkError: the last bill is not the one that was issued last.
        """
        with self._database.writing() as connection:
            lock(connection, bill_table)
            last = _last(connection)
            if last != (noted := _noted_end(connection)):
                raise WorkError(
                    f"bill {noted[0]} was issued last, but bill {last[0]} is the last that is "
                    "stored: see bcm-mqtt bill verify"
                )
            made = issue(last, list(_read(connection, month)))
            for new in made:
                last = _store(connection, new)
            if made:
                connection.execute(delete(setting).where(setting.c.name == _END_SETTING))
                value = " ".join(map(str, last))
                connection.execute(insert(setting), {"name": _END_SETTING, "value": value})

    def issued(self, month: Month | None = None) -> Iterator[BillEntry]:
        """The issued bills of a month or all, superseded ones as well, by number."""
        with self._database.reading() as connection:
            yield from _read(connection, month)

    def entry(self, number: int) -> BillEntry | None:
        """The bill of a number."""
        with self._database.reading() as connection:
            return next(_read(connection, number=number), None)

    def last_of(self, month: Month) -> BillEntry | None:
        """The bill of a month that was issued last."""
        last = select(func.max(bill_table.c.number)).where(bill_table.c.month == str(month))
        with self._database.reading() as connection:
            number = connection.execute(last).scalar()
            return next(_read(connection, number=number), None) if number else None

    def is_signed(self) -> bool:
        """Whether any bill has a signature."""
        with self._database.reading() as connection:
            signed = exists().where(bill_table.c.signature.is_not(None))
            return bool(connection.execute(select(signed)).scalar())

    def rows(self) -> Mapping[int, BillRows]:
        """What the tables have of each bill apart from its document, by number."""
        with self._database.reading() as connection:
            lines = _by_bill(connection, bill_line, LINE)
            determinants = _by_bill(connection, bill_determinant, DETERMINANT)
            heads = {
                row[0]: tuple(row)
                for row in connection.execute(select(*(bill_table.c[name] for name in HEAD)))
            }
        return {
            number: BillRows(
                heads.get(number, ()), tuple(lines[number]), tuple(determinants[number])
            )
            for number in heads.keys() | lines.keys() | determinants.keys()
        }

    def last_issued(self) -> ChainEnd:
        """Number and hash of the bill that was issued last, even if it is gone."""
        with self._database.reading() as connection:
            return _noted_end(connection)

    def demands(self, before: Month) -> dict[str, dict[Month, dict[str, Decimal]]]:
        """Determinants in kW of all months before one, by customer, month and name."""
        columns, determinant = bill_table.c, bill_determinant.c
        query = (
            _current(columns.month, columns.customer, determinant.name, determinant.quantity)
            .join(bill_determinant, determinant.bill == columns.number)
            .where(determinant.unit == "kW", columns.month < str(before))
        )
        demands = defaultdict[str, dict[Month, dict[str, Decimal]]](dict)
        with self._database.reading() as connection:
            for month, customer, name, quantity in connection.execute(query):
                of_month = demands[customer].setdefault(Month.parse(month), {})
                of_month[name] = Decimal(quantity)
        return dict(demands)

    def past_months(self, before: Month, months: int = 3) -> dict[str, list[PastMonth]]:
        """What was issued for so many months before one, the last first, by customer."""
        columns = bill_table.c
        query = (
            _current(columns.customer, columns.month, columns.kwh, columns.amount, columns.currency)
            .where(columns.month < str(before), columns.month >= str(before.shifted(-months)))
            .order_by(columns.month.desc())
        )
        past = defaultdict[str, list[PastMonth]](list)
        with self._database.reading() as connection:
            for customer, month, kwh, amount, currency in connection.execute(query):
                paid = None if amount is None else money(Decimal(amount), currency)
                energy = Decimal(kwh).quantize(WATT_HOUR)
                past[customer].append(PastMonth(Month.parse(month), energy, paid, currency))
        return dict(past)

    def customers(self) -> dict[Month, frozenset[str]]:
        """The customers whose bills were issued, by month."""
        query = select(bill_table.c.month, bill_table.c.customer).distinct()
        customers = defaultdict[Month, set[str]](set)
        with self._database.reading() as connection:
            for month, customer in connection.execute(query):
                customers[Month.parse(month)].add(customer)
        return {month: frozenset(ids) for month, ids in customers.items()}


def _store(connection: Connection, new: NewBill) -> ChainEnd:
    """Stores a bill; returns the new end of the chain."""
    record, rows = record_of(new.bill), rows_of(new.bill)
    number = {"bill": record.number}
    _insert(
        connection,
        bill_table,
        HEAD,
        [rows.head],
        document=new.document,
        previous_sha256=new.previous_sha256,
        sha256=record.sha256,
        signature=record.signature or None,
    )
    _insert(connection, bill_line, LINE, rows.lines, **number)
    _insert(connection, bill_determinant, DETERMINANT, rows.determinants, **number)
    return record.number, record.sha256


def _read(
    connection: Connection, month: Month | None = None, number: int | None = None
) -> Iterator[BillEntry]:
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
        func.coalesce(columns.signature, ""),
    ).order_by(columns.number)
    if month is not None:
        query = query.where(columns.month == str(month))
    if number is not None:
        query = query.where(columns.number == number)
    for found, text, *others in connection.execute(query.execution_options(yield_per=50)):
        yield BillEntry(found, Month.parse(text), *others)


def _noted_end(connection: Connection) -> ChainEnd:
    """What was the last bill when one was issued last."""
    query = select(setting.c.value).where(setting.c.name == _END_SETTING)
    number, _, digest = (connection.execute(query).scalar() or "0 ").partition(" ")
    return int(number), digest


def _current(*columns: Any) -> Select[Any]:  # noqa: ANN401 - as SQLAlchemy has it
    """Of bills that no later revision replaces."""
    later = bill_table.alias()
    superseded = select(later.c.number).where(later.c.supersedes == bill_table.c.number).exists()
    return select(*columns).select_from(bill_table).where(~superseded)


def _last(connection: Connection) -> ChainEnd:
    columns = bill_table.c
    query = select(columns.number, columns.sha256).order_by(columns.number.desc()).limit(1)
    row = connection.execute(query).first()
    return (row[0], row[1]) if row else (0, "")


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
    cells = defaultdict[int, list[Cells]](list)
    for number, *row in connection.execute(query.order_by(columns.bill, columns.position)):
        cells[number].append(tuple(row))
    return cells
