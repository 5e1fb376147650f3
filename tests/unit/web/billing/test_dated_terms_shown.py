"""The page of customers and tariffs: the terms of today, and what is other from a day on."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from bcm_mqtt.domain.site.customer import TermsVersion
from bcm_mqtt.web.billing.terms_view import CustomerTerms, terms_view
from unit.billing.issue.site import CUSTOMER, TERMS


def shown(today: date) -> CustomerTerms:
    first = TermsVersion(None, CUSTOMER, contract_start=date(2026, 1, 15))
    later = replace(CUSTOMER, committed_kw=Decimal(30), tax_exempt=True, address=("2 Side Street",))
    versions = first, TermsVersion(date(2026, 4, 1), later, contract_start=date(2026, 1, 15))
    terms = replace(TERMS, customers={CUSTOMER.id: later}, dated={CUSTOMER.id: versions})
    (row,) = terms_view("Site", terms, [CUSTOMER.id], today).customers
    return row


def test_what_holds_today_comes_first_and_then_each_version() -> None:
    dated = "from 2026-04-01: 30 kW committed, no taxes, another name, address or language"
    before, after = shown(date(2026, 3, 31)), shown(date(2026, 4, 1))
    assert before.address == "1 Main Street, Zürich"
    assert before.more == ("contract from 2026-01-15", dated)
    assert after.address == "2 Side Street"
    assert after.more == ("30 kW committed", "no taxes", "contract from 2026-01-15", dated)


def test_own_use_has_no_tariff() -> None:
    house = replace(CUSTOMER, own_use=True)
    terms = replace(TERMS, customers={house.id: house})
    (row,) = terms_view("Site", terms, [], date(2026, 3, 1)).customers
    assert (row.tariff, row.more) == ("none", ("own use, not billed",))
