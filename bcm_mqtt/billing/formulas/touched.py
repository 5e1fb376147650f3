"""Issued bills that other formulas would have made different: those of whom a formula bills."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from bcm_mqtt.billing.issue import IssuedBill
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, Members
from bcm_mqtt.domain.site.formula.spans import FormulaSpan, formula_spans
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.store import BillingStore


class _Billed(NamedTuple):
    """Who pays for what: start <= t < end."""

    customer: str
    terms: Members
    start: datetime
    end: datetime


class _Touched(NamedTuple):
    """Whose bills a change may alter in some time."""

    customers: frozenset[str]
    start: datetime
    end: datetime


def bills_of_formulas(
    store: BillingStore, terms: BillingTerms, formulas: tuple[FormulaVersion, ...], now: datetime
) -> Iterator[IssuedBill]:
    """The bills issued last that differ by other formulas than those of the terms, by number.

    Args:
        store: With the bills.
        terms: Of the site, with its formulas as they are.
        formulas: As they would be.
        now: The present, until which energy is billed.
    """
    touched = list(_touched(terms, formulas, now))
    for month, billed in sorted(store.bills.customers().items()) if touched else ():
        payers = {
            customer
            for one in touched
            for customer in one.customers & billed
            if (period := terms.period_of(customer, month)).start < one.end
            and one.start < period.end
        }
        for entry in store.bills.issued(month) if payers else ():
            if entry.customer in payers and not entry.superseded:
                yield IssuedBill(entry.number, month, entry.customer)


def _touched(
    terms: BillingTerms, formulas: tuple[FormulaVersion, ...], now: datetime
) -> Iterator[_Touched]:
    old, new = (
        list(formula_spans(versions, BEGINNING, now)) for versions in (terms.formulas, formulas)
    )
    for key in sorted({one.version.key for one in (*old, *new)}):
        was, will = (list(_billed(terms, spans, key)) for spans in (old, new))
        edges = {edge for one in (*was, *will) for edge in (one.start, one.end)}
        for start, end in pairwise(sorted(edges)):
            before, after = _at(was, start), _at(will, start)
            if before != after:
                payers = frozenset(each[0] for each in (before, after) if each) - {""}
                yield _Touched(payers, start, end)


def _billed(
    terms: BillingTerms, spans: Iterable[FormulaSpan], key: tuple[str, str]
) -> Iterator[_Billed]:
    for span in spans:
        if span.version.key == key:
            customer = terms.rule.customer_of(span.version.circuit)
            yield _Billed(customer, span.terms, span.start, span.end)


def _at(billed: Iterable[_Billed], at: datetime) -> tuple[str, frozenset[object]] | None:
    """Who pays for which circuits at an instant; None where it is no circuit."""
    return next(
        ((one.customer, frozenset(one.terms)) for one in billed if one.start <= at < one.end), None
    )
