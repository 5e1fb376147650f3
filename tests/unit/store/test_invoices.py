"""Invoices of suppliers are added in revisions, and come back as they were entered."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bcm_mqtt.domain.allocation.entered import EnteredInvoice, Entry, newest
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store
from unit.builders import NOON, QUARTER
from unit.exchange.stocked import INVOICE

FIRST = Entry("A", "", NOON)
LATER = Entry("B", "the meter was read again", NOON + QUARTER)
REVISED = replace(INVOICE, tax=Decimal("190.01"))


def test_an_invoice_comes_back_as_it_was_entered(store: Store) -> None:
    entered = [EnteredInvoice(INVOICE, 1, FIRST)]
    assert store.invoices.enter([INVOICE], FIRST) == entered
    assert store.invoices.all() == entered


def test_the_same_again_is_no_revision(store: Store) -> None:
    store.invoices.enter([INVOICE], FIRST)
    assert store.invoices.enter([INVOICE], LATER) == []
    assert len(store.invoices.all()) == 1


def test_what_says_something_else_is_the_next_revision(store: Store) -> None:
    store.invoices.enter([INVOICE], FIRST)
    store.invoices.enter([REVISED], LATER)
    stored = store.invoices.all()
    assert stored == [EnteredInvoice(INVOICE, 1, FIRST), EnteredInvoice(REVISED, 2, LATER)]
    assert newest(stored) == stored[1:]


def test_a_revision_without_a_reason_is_refused_with_all_beside_it(store: Store) -> None:
    store.invoices.enter([INVOICE], FIRST)
    other = replace(INVOICE, number="4712")
    with pytest.raises(InputError, match=r"4711 .* was entered otherwise: expected a reason"):
        store.invoices.enter([other, REVISED], FIRST)
    assert len(store.invoices.all()) == 1


def test_suppliers_may_have_the_same_numbers(store: Store) -> None:
    other = replace(INVOICE, supplier="Water Co")
    assert [one.revision for one in store.invoices.enter([INVOICE, other], FIRST)] == [1, 1]
