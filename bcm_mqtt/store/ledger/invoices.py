"""Invoices of suppliers as they were entered: revisions are added, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Connection, Row, func, insert, select

from bcm_mqtt.domain.allocation.entered import EnteredInvoice, Entry, newest
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.domain.time import whole_ms
from bcm_mqtt.errors import InputError
from bcm_mqtt.store.database import Repository, lock
from bcm_mqtt.store.tables import supplier_invoice, supplier_invoice_component


class Invoices(Repository):
    """Invoices for the supply of a site; they are where what was measured is."""

    def enter(self, invoices: Sequence[Invoice], entry: Entry) -> list[EnteredInvoice]:
        """Stores invoices, all or none; returns those that were not there as they are.

        Raises:
            InputError: one says something else than its last revision, and the entry no reason.
        """
        made = replace(entry, made=whole_ms(entry.made))
        with self._database.writing() as connection:
            lock(connection, supplier_invoice)
            last = {one.key: one for one in newest(_read(connection))}
            number = connection.execute(select(func.max(supplier_invoice.c.id))).scalar() or 0
            new = []
            for invoice in invoices:
                before = last.get((invoice.supplier, invoice.number))
                if before and before.invoice == invoice:
                    continue  # whoever got no answer may repeat it
                if before and not entry.reason:
                    message = f"{_named(invoice)} was entered otherwise: expected a reason"
                    raise InputError.of(f"{message} for a revision")
                one = EnteredInvoice(invoice, before.revision + 1 if before else 1, made)
                new.append(one)
                last[one.key] = one
                _insert(connection, number + len(new), one)
        return new

    def all(self) -> list[EnteredInvoice]:
        """All revisions in the order of their coming."""
        with self._database.reading_one_moment() as connection:
            return _read(connection)


def _named(invoice: Invoice) -> str:
    return f"invoice {invoice.number} of {invoice.supplier}"


def _insert(connection: Connection, number: int, one: EnteredInvoice) -> None:
    invoice, entry = one.invoice, one.entry
    row = {
        "id": number,
        "supplier": invoice.supplier,
        "number": invoice.number,
        "revision": one.revision,
        "first_day": invoice.start.isoformat(),
        "last_day": invoice.last_day.isoformat(),
        "currency": invoice.currency,
        "kwh": invoice.kwh,
        "kw": invoice.kw,
        "tax": invoice.tax,
        "author": entry.author,
        "reason": entry.reason,
        "made": entry.made,
    }
    connection.execute(insert(supplier_invoice), row)
    components = [
        {
            "invoice": number,
            "position": position,
            "name": part.name,
            "amount": part.amount,
            "kwh": part.kwh,
            "kw": part.kw,
        }
        for position, part in enumerate(invoice.components)
    ]
    connection.execute(insert(supplier_invoice_component), components)


def _read(connection: Connection) -> list[EnteredInvoice]:
    table = supplier_invoice_component
    parts = dict[int, list[InvoiceComponent]]()
    for row in connection.execute(select(table).order_by(table.c.invoice, table.c.position)):
        part = InvoiceComponent(row.name, Decimal(row.amount), _decimal(row.kwh), _decimal(row.kw))
        parts.setdefault(row.invoice, []).append(part)
    rows = connection.execute(select(supplier_invoice).order_by(supplier_invoice.c.id))
    return [_entered(row, parts[row.id]) for row in rows]


def _entered(row: Row[tuple[object, ...]], parts: list[InvoiceComponent]) -> EnteredInvoice:
    invoice = Invoice(
        supplier=row.supplier,
        number=row.number,
        start=date.fromisoformat(row.first_day),
        end=date.fromisoformat(row.last_day) + timedelta(days=1),
        currency=row.currency,
        components=tuple(parts),
        tax=Decimal(row.tax),
        kwh=_decimal(row.kwh),
        kw=_decimal(row.kw),
    )
    return EnteredInvoice(invoice, row.revision, Entry(row.author, row.reason, row.made))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
