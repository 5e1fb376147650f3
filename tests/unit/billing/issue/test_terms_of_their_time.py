"""Issued bills and dated terms: a bill rests on the terms of its own time alone."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bcm_mqtt.billing.issue import bills_by_terms, bills_of_other_terms
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.site.customer import Customer, TermsVersion
from bcm_mqtt.domain.site.customer_item import CustomerItem
from bcm_mqtt.domain.tariff import CommittedPower, Tariff, Tax
from bcm_mqtt.domain.time import midnight
from bcm_mqtt.store import Store
from unit.billing.issue.site import CUSTOMER, TARIFF, TERMS, issue, measured, verified

RATE = TARIFF.versions[0]
DEAR = Tariff(
    *("dear", "USD", TARIFF.zone),
    (
        replace(
            RATE,
            energy=Decimal("0.20"),
            committed=CommittedPower(Decimal(5), Decimal(9), kw=Decimal(1)),
            taxes=(Tax("VAT", Decimal(10)),),
        ),
    ),
)


def dated(since: date, **changes: object) -> BillingTerms:
    """The terms with others for Customer1 from a day on."""
    after = replace(CUSTOMER, **changes)  # type: ignore[arg-type]
    versions = TermsVersion(None, CUSTOMER), TermsVersion(since, after)
    return replace(
        TERMS,
        customers={CUSTOMER.id: after},
        dated={CUSTOMER.id: versions},
        tariffs={**TERMS.tariffs, "dear": DEAR},
    )


@pytest.fixture
def site(store: Store) -> Store:
    """With the bills of March."""
    measured(store)
    assert len(issue(store).issued) == 2
    return store


def differ(store: Store, terms: BillingTerms) -> dict[str, tuple[str, ...]]:
    return {one.customer: one.changed for one in verified(store, terms).bills if one.changed}


@pytest.mark.parametrize(
    "changes",
    [
        {"tariff": "dear"},
        {"committed_kw": Decimal(3)},
        {"tax_exempt": True},
        {"name": "Two", "address": ("2 Side Street",), "language": "fr"},
    ],
)
def test_what_is_dated_after_a_bill_changes_nothing_of_it(
    site: Store, changes: dict[str, object]
) -> None:
    terms = dated(date(2026, 4, 1), **changes)
    assert differ(site, terms) == {}
    assert list(bills_by_terms(site, TERMS, terms)) == []
    assert list(bills_of_other_terms(site, terms)) == []


def test_a_new_address_within_its_month_changes_no_issued_bill(site: Store) -> None:
    terms = dated(date(2026, 3, 10), address=("2 Side Street",), language="fr", name="Two")
    assert differ(site, terms) == {}
    assert list(bills_by_terms(site, TERMS, terms)) == []


def test_what_is_dated_into_it_names_it_and_differs_until_it_is_revised(site: Store) -> None:
    terms = dated(date(2026, 3, 17), tariff="dear")
    (named,) = bills_by_terms(site, TERMS, terms)
    assert (named.customer, str(named.month)) == ("Customer1", "2026-03")
    assert [one.number for one in bills_of_other_terms(site, terms)] == [named.number]
    assert differ(site, terms) == {"Customer1": ("customer terms", "tariff")}
    (revised,) = issue(site, terms, revise=True).issued
    assert [line.label for line in revised.lines] == [
        "Energy, 2026-03-01 to 2026-03-16",
        "Energy, 2026-03-17 to 2026-03-31",
        "Committed power, 2026-03-17 to 2026-03-31",
        "Power above the committed, 2026-03-17 to 2026-03-31",
        "VAT 10 %",
    ]
    assert sum(line.quantity for line in revised.lines if line.unit == "kWh") == revised.kwh
    assert revised.tariff == "standard, dear"
    assert differ(site, terms) == {}
    assert list(bills_of_other_terms(site, terms)) == []


def test_a_move_out_is_billed_to_its_last_day_and_the_rest_is_unallocated(site: Store) -> None:
    ended = TermsVersion(None, CUSTOMER, contract_end=date(2026, 3, 10))
    terms = replace(TERMS, dated={CUSTOMER.id: (ended,)})
    assert [one.customer for one in bills_by_terms(site, TERMS, terms)] == ["Customer1"]
    before = next(one for one in verified(site).bills if one.customer == "Customer1")
    (revised,) = issue(site, terms, revise=True).issued
    # 239 hours of 743: ten days, of which the 8th has 23 hours
    assert revised.kwh == (before.kwh * 239 / 743).quantize(Decimal("0.001"))
    assert {row.end for row in revised.usage} == {revised.end}
    assert revised.end == midnight(date(2026, 3, 11), TARIFF.zone)
    assert [line.label for line in revised.lines] == ["Energy"]
    assert differ(site, terms) == {}


def test_an_exemption_within_a_month_takes_the_tax_off_what_is_after_it(site: Store) -> None:
    taxed = replace(RATE, taxes=(Tax("VAT", Decimal(10)),))
    terms = dated(date(2026, 3, 17), tax_exempt=True)
    terms = replace(terms, tariffs={"standard": replace(TARIFF, versions=(taxed,))})
    (first, *_) = issue(site, terms, revise=True).issued
    before, after, tax = first.lines
    assert (before.label, after.label) == (
        "Energy, 2026-03-01 to 2026-03-16",
        "Energy, 2026-03-17 to 2026-03-31",
    )
    assert tax.kind is LineKind.TAX
    assert tax.quantity == before.amount


def test_a_customer_that_is_not_listed_any_more_had_its_terms(site: Store) -> None:
    unlisted = replace(TERMS, customers={}, default_tariff="standard")
    assert list(bills_by_terms(site, TERMS, unlisted)) == []
    listed = replace(TERMS, customers={"Customer2": Customer("Customer2", "", tax_exempt=True)})
    assert [one.customer for one in bills_by_terms(site, TERMS, listed)] == ["Customer2"]


def test_an_item_differs_from_bills_of_its_own_months_alone(site: Store) -> None:
    item = CustomerItem("Rack", Decimal(100), date(2026, 4, 1), monthly=True, by="A. Smith")
    later = replace(TERMS, items={CUSTOMER.id: (item,)})
    assert differ(site, later) == {}
    assert list(bills_by_terms(site, TERMS, later)) == []
    now = replace(TERMS, items={CUSTOMER.id: (replace(item, first=date(2026, 3, 10)),)})
    assert [one.customer for one in bills_by_terms(site, TERMS, now)] == ["Customer1"]
    assert [one.customer for one in bills_of_other_terms(site, now)] == ["Customer1"]
    assert differ(site, now) == {"Customer1": ("customer terms",)}
    (revised,) = issue(site, now, revise=True).issued
    assert str(revised.lines[-1].amount) == "71.06"
    assert revised.customer.items[0].by == "A. Smith"
    assert differ(site, now) == {}
