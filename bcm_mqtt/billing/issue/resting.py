"""Issued bills that rest on some time of some poles, or on terms: a change differs from them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from bcm_mqtt.billing.issue.issued import readable_bill
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Exchange, Instrument, exchanges, in_force
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.store import BillingStore

_QUARTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class IssuedBill:
    """A bill that was issued last for a customer's month."""

    number: int
    month: Month
    customer: str


@dataclass(frozen=True, slots=True)
class PoleTime:
    """Time of some poles whose energy a change may alter."""

    panel: str
    poles: frozenset[int]
    start: datetime
    end: datetime

    def has(self, row: Usage) -> bool:
        """Whether a row of a bill rests on it."""
        within = self.start < row.end and row.start < self.end
        return within and any(
            panel == self.panel and self.poles & set(circuit.poles)
            for panel, circuit in row.measured_circuits
        )


def corrected_times(
    directories: Mapping[str, Directory], proposed: Mapping[str, Directory], now: datetime
) -> Iterator[PoleTime]:
    """The time in which rows change what readings say; a class or an approval changes none."""
    for panel, directory in directories.items():
        old, new = directory.instruments, proposed[panel].instruments
        changed = {*old} ^ {*new}
        for pole in sorted({pole for row in changed for pole in row.poles}):
            times = sorted({row.valid_from for row in (*old, *new) if row.valid_from < now})
            for since, until in pairwise([*times, now]):
                if _ratio(in_force(old, pole, since)) != _ratio(in_force(new, pole, since)):
                    yield PoleTime(panel, frozenset({pole}), since, until)
            was, will = ({_readings(one) for one in exchanges(rows, pole)} for rows in (old, new))
            for at, *_ in was ^ will:
                yield PoleTime(panel, frozenset({pole}), at, at + _QUARTER)


def _ratio(row: Instrument | None) -> tuple[object, ...]:
    return (row.multiplier, row.sign) if row else (1, 1)


def _readings(one: Exchange) -> tuple[datetime, Decimal | None, Decimal | None]:
    return one.time, one.last_reading_kwh, one.first_reading_kwh


def edited_times(entries: Iterable[IntervalEdit]) -> Iterator[PoleTime]:
    """The time whose energy entries change; accepting changes none."""
    for one in entries:
        if one.action in {EditAction.SET, EditAction.DISCARD}:
            yield PoleTime(one.panel, frozenset({one.first_pole}), one.start, one.end)


def bills_by_terms(
    store: BillingStore, before: BillingTerms, after: BillingTerms
) -> Iterator[IssuedBill]:
    """The bills whose customer would have had other terms at their time, by number.

    Args:
        store: With the issued bills.
        before: As they are.
        after: As they would be.
    """
    ids = before.customers.keys() | after.customers.keys()
    others = {one for one in ids if _versions(before, one) != _versions(after, one)}
    for month, customers in sorted(store.bills.customers().items()):
        touched = {
            one
            for one in others & customers
            if _charged(before, one, month) != _charged(after, one, month)
        }
        for entry in store.bills.issued(month) if touched else ():
            if not entry.superseded and entry.customer in touched:
                yield IssuedBill(entry.number, month, entry.customer)


def bills_of_other_terms(store: BillingStore, terms: BillingTerms) -> Iterator[IssuedBill]:
    """The bills of customers with dated terms or items that rest on others, by number."""
    dated = terms.dated.keys() | terms.items.keys()
    for month, customers in sorted(store.bills.customers().items()):
        for entry in store.bills.issued(month) if customers & dated else ():
            if entry.superseded or entry.customer not in dated:
                continue
            bill = readable_bill(entry)
            was = bill.start, bill.end, bill.whole, _payer(bill.customer, terms)
            if was != _charged(terms, entry.customer, month):
                yield IssuedBill(entry.number, month, entry.customer)


def _versions(terms: BillingTerms, customer: str) -> object:
    written = terms.dated.get(customer) or terms.customer(customer)
    return written, terms.items.get(customer)


def _charged(terms: BillingTerms, customer: str, month: Month) -> tuple[object, ...]:
    """By what a customer's bill of a month is charged."""
    period = terms.period_of(customer, month)
    payer = _payer(terms.customer_of(customer, *period.bounds), terms)
    return *period.bounds, period.whole, payer


def _payer(customer: Customer, terms: BillingTerms) -> Customer:
    """A customer without what a bill is not charged by."""
    tariff = customer.tariff or terms.default_tariff
    return replace(customer, name="", address=(), email=(), language="", tariff=tariff)


def bills_resting_on(
    store: BillingStore, terms: BillingTerms, spans: Sequence[PoleTime]
) -> Iterator[IssuedBill]:
    """The bills that rest on the time of spans, by number."""
    for month in sorted(store.bills.customers()):
        start = month.bounds(terms.zone)[0]
        end = terms.latest_end(month)
        if not any(one.start < end and start < one.end for one in spans):
            continue
        for entry in store.bills.issued(month):
            if entry.superseded:
                continue
            rows = readable_bill(entry).usage
            if any(span.has(row) for row in rows for span in spans):
                yield IssuedBill(entry.number, month, entry.customer)
