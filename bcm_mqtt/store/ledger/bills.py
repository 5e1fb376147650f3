"""Issued bills: rows are added and never changed."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, exists, func, insert, select

from bcm_mqtt.domain.bill.bill import PastMonth
from bcm_mqtt.domain.bill.numbering import Counted
from bcm_mqtt.domain.bill.statement import JOINT
from bcm_mqtt.domain.money import WATT_HOUR, money
from bcm_mqtt.domain.rating.rated_month import DEMAND_UNITS
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import WorkError
from bcm_mqtt.store.database import lock
from bcm_mqtt.store.ledger.bill_rows import (
    DETERMINANT,
    HEAD,
    LINE,
    NUMBER,
    BillEntry,
    BillRows,
    Cells,
    NewBill,
    cells_by_bill,
    record_of,
    rows_of,
)
from bcm_mqtt.store.ledger.part import PartRepository
from bcm_mqtt.store.ledger.prices import UsedPrices, put_used, read_used
from bcm_mqtt.store.ledger.series import (
    ChainEnd,
    add_numbers,
    bill_numbered,
    check_seller,
    count_documents,
    note_end,
    noted_end,
    stored_end,
    text_of_bill,
)
from bcm_mqtt.store.tables import bill as bill_table
from bcm_mqtt.store.tables import bill_determinant, bill_line, bill_number

_DIGITS: Final = 9
"""Of a place in the chain."""
Demands = dict[str, dict[Month, dict[str, Decimal]]]
"""In kW, by customer, month and name."""
Issue = Callable[[ChainEnd, Sequence[BillEntry], Counted], Sequence[NewBill]]
"""Makes bills to be issued, given the end of the chain, the month's issued ones and the count."""


class Bills(PartRepository):
    """The bills of a site, and the chain of its seller's, by number from 1."""

    def issue(self, month: Month, issue: Issue) -> None:
        """Stores what `issue` makes, all or none of it, while no other process issues anything.

        Raises:
            WorkError: the last bill is not the one that was issued last, other bills of the
                site are those of another seller, or a number was given before.
        """
        seller = self.part.seller
        with self._database.writing() as connection:
            lock(connection, bill_table)
            last = stored_end(connection, seller)
            if last != (noted := noted_end(connection, seller)):
                raise WorkError(
                    f"bill {noted[0]} was issued last, but bill {last[0]} is the last that is "
                    "stored: see bcm-mqtt bill verify"
                )
            check_seller(connection, self.part, month, is_first=not last[0])
            counted = partial(count_documents, connection, seller)
            made = issue(last, list(_read(connection, self._ours(month))), counted)
            for new in made:
                last = _store(connection, new)
            if made:
                note_end(connection, seller, last)

    def issued(self, month: Month | None = None, after: int = 0) -> Iterator[BillEntry]:
        """The site's issued bills of a month or all, superseded ones as well, by number.

        Args:
            month: None is all.
            after: Only those with a higher number.
        """
        with self._database.reading() as connection:
            yield from _read(connection, self._ours(month) & (bill_table.c.number > after))

    def issued_since(self, at: datetime) -> Iterator[BillEntry]:
        """The site's bills that were issued since an instant, by number."""
        with self._database.reading() as connection:
            yield from _read(connection, self._ours() & (bill_table.c.issued >= at))

    def chain(self) -> Iterator[BillEntry]:
        """All bills of the seller, of all its sites, by number."""
        with self._database.reading() as connection:
            yield from _read(connection, self._sellers())

    def entry(self, number: int) -> BillEntry | None:
        """The site's bill of a number."""
        with self._database.reading() as connection:
            return next(_read(connection, self._ours() & (bill_table.c.number == number)), None)

    def numbered(self, text: str) -> BillEntry | None:
        """The site's bill that has a number as it is printed."""
        with self._database.reading() as connection:
            number = bill_numbered(connection, self.part.seller, text)
        if number is None and text.isdecimal() and len(text) <= _DIGITS:
            number = int(text)
        return self.entry(number) if number is not None else None

    def of_seller(self, number: int) -> BillEntry | None:
        """The seller's bill of a number, of whichever site."""
        with self._database.reading() as connection:
            return next(_read(connection, self._sellers() & (bill_table.c.number == number)), None)

    def joint(self, month: Month) -> Iterator[BillEntry]:
        """The seller's bills of a month over several sites, as of `issued`."""
        which = self._sellers() & (bill_table.c.month == str(month))
        with self._database.reading() as connection:
            yield from _read(connection, which & bill_table.c.site.startswith(JOINT))

    def joint_months(self) -> frozenset[Month]:
        """Months of which the seller has bills over several sites."""
        columns = bill_table.c
        query = select(columns.month).where(self._sellers(), columns.site.startswith(JOINT))
        with self._database.reading() as connection:
            return frozenset(map(Month.parse, connection.execute(query.distinct()).scalars()))

    def last_of(self, month: Month) -> BillEntry | None:
        """The seller's bill of a month that was issued last."""
        last = select(func.max(bill_table.c.number)).where(
            self._sellers(), bill_table.c.month == str(month)
        )
        with self._database.reading() as connection:
            number = connection.execute(last).scalar()
            which = self._sellers() & (bill_table.c.number == number)
            return next(_read(connection, which), None) if number else None

    def used_prices(self, hashes: Collection[str]) -> dict[str, UsedPrices]:
        """Prices that bills were made with, by their fingerprints, as far as they are stored."""
        with self._database.reading() as connection:
            return read_used(connection, hashes)

    def is_signed(self) -> bool:
        """Whether any bill of the site has a signature."""
        with self._database.reading() as connection:
            signed = exists().where(self._ours(), bill_table.c.signature.is_not(None))
            return bool(connection.execute(select(signed)).scalar())

    def rows(self) -> Mapping[int, BillRows]:
        """What the tables have of each of the seller's bills apart from its document, by number."""
        head = select(*(bill_table.c[name] for name in HEAD)).where(self._sellers())
        with self._database.reading() as connection:
            lines = cells_by_bill(connection, bill_line, LINE, self.part.seller)
            determinants = cells_by_bill(
                connection, bill_determinant, DETERMINANT, self.part.seller
            )
            numbers = cells_by_bill(connection, bill_number, NUMBER, self.part.seller)
            others = lines, determinants, numbers
            heads = {row[0]: tuple(row) for row in connection.execute(head)}
        return {
            number: BillRows(heads.get(number, ()), *(tuple(each[number]) for each in others))
            for number in set(heads).union(*others)
        }

    def last_issued(self) -> ChainEnd:
        """Number and hash of the seller's bill that was issued last, even if it is gone."""
        with self._database.reading() as connection:
            return noted_end(connection, self.part.seller)

    def demands(self, before: Month) -> Demands:
        """Determinants in kW of all months before one, by customer, month and name."""
        columns, determinant = bill_table.c, bill_determinant.c
        query = (
            _current(columns.month, columns.customer, determinant.name, determinant.quantity)
            .join(
                bill_determinant,
                (determinant.seller == columns.seller) & (determinant.bill == columns.number),
            )
            .where(self._ours(), determinant.unit.in_(DEMAND_UNITS), columns.month < str(before))
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
            .where(
                self._ours(),
                columns.month < str(before),
                columns.month >= str(before.shifted(-months)),
            )
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
        """The site's customers whose bills were issued, by month."""
        columns = bill_table.c
        query = select(columns.month, columns.customer).where(self._ours()).distinct()
        customers = defaultdict[Month, set[str]](set)
        with self._database.reading() as connection:
            for month, customer in connection.execute(query):
                customers[Month.parse(month)].add(customer)
        return {month: frozenset(ids) for month, ids in customers.items()}

    def sellers(self) -> list[str]:
        """The number series in which any bill was issued."""
        with self._database.reading() as connection:
            return sorted(connection.execute(select(bill_table.c.seller).distinct()).scalars())

    def _sellers(self) -> ColumnElement[bool]:
        return bill_table.c.seller == self.part.seller

    def _ours(self, month: Month | None = None) -> ColumnElement[bool]:
        ours = self._sellers() & (bill_table.c.site == self.part.site)
        return ours if month is None else ours & (bill_table.c.month == str(month))


def _store(connection: Connection, new: NewBill) -> ChainEnd:
    """Stores a bill; returns the new end of the chain."""
    put_used(connection, new.prices)
    record, rows = record_of(new.bill), rows_of(new.bill)
    number = {"seller": record.seller, "bill": record.number}
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
    add_numbers(connection, record)
    return record.number, record.sha256


def _read(connection: Connection, which: ColumnElement[bool]) -> Iterator[BillEntry]:
    columns = bill_table.c
    query = select(
        columns.number,
        columns.month,
        columns.customer,
        columns.revision,
        columns.previous_sha256,
        columns.sha256,
        columns.document,
        _is_superseded(),
        func.coalesce(columns.signature, ""),
        columns.site,
        func.coalesce(text_of_bill(), ""),
    )
    query = query.where(which).order_by(columns.number).execution_options(yield_per=50)
    with connection.execute(query) as found:  # whoever reads the first alone leaves no cursor open
        for number, text, *others in found:
            yield BillEntry(number, Month.parse(text), *others)


def _current(*columns: Any) -> Select[Any]:  # noqa: ANN401 - as SQLAlchemy has it
    """Of bills that no later revision replaces."""
    return select(*columns).select_from(bill_table).where(~_is_superseded())


def _is_superseded() -> ColumnElement[bool]:
    columns, later = bill_table.c, bill_table.alias().c
    replaces = (later.seller == columns.seller) & (later.supersedes == columns.number)
    return select(later.number).where(replaces).exists()


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
