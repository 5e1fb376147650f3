"""Bills of customers with tariffs by group: issued, verified, explained, in every format."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bcm_mqtt.billing.evidence.visible import shown_by
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.billing.issue import bills_by_terms, issued_site
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.rehearsing.comparing import Question, compare
from bcm_mqtt.billing.reports.folder import month_files
from bcm_mqtt.billing.reports.formats import MonthReports
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.month_to_date import month_to_date
from bcm_mqtt.domain.bill.terms import BillingTerms, Issuer
from bcm_mqtt.domain.site.customer import TermsVersion
from bcm_mqtt.domain.site.customer_item import CustomerItem, InvoicedTax, ItemKind
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup
from bcm_mqtt.domain.tariff import DemandCharge, Tariff, Tax
from bcm_mqtt.store import Store
from unit.billing.issue.site import (
    AT,
    CUSTOMER,
    MARCH,
    TARIFF,
    TERMS,
    issue,
    measured,
    verified,
)
from unit.builders import NEW_YORK

RATE = TARIFF.versions[0]
VAT = Tax("VAT", Decimal(10))
TARIFFS = {
    "standard": replace(TARIFF, versions=(replace(RATE, taxes=(VAT,)),)),
    "cooling": Tariff(
        *("cooling", "USD", TARIFF.zone),
        (replace(RATE, energy=Decimal("0.09"), demand=(DemandCharge(Decimal(4)),), taxes=(VAT,)),),
    ),
}
COOLING = TariffGroup("Cooling", "cooling", panels=("rpp-1b",))


def grouped(*groups: TariffGroup, **more: object) -> BillingTerms:
    customer = replace(CUSTOMER, groups=groups)
    return replace(
        TERMS,
        customers={CUSTOMER.id: customer},
        tariffs=TARIFFS,
        **more,  # type: ignore[arg-type]
    )


BY_GROUP = grouped(COOLING)


@pytest.fixture
def site(store: Store) -> Store:
    """With the bills of March: 10 A on rpp-1a, and 4 A on rpp-1b, which is the group."""
    measured(store)
    assert len(issue(store, BY_GROUP).issued) == 2
    return store


def issued(store: Store) -> Bill:
    drafts = bill_month(store, BY_GROUP, MARCH, AT)
    (bill,) = [one for one in issued_site(store, drafts).bills if one.customer.id == CUSTOMER.id]
    assert bill.issue
    return bill


def test_it_is_issued_and_verified_by_the_tariff_of_each_group(site: Store) -> None:
    bill = issued(site)
    assert {one.label: one.amount for one in bill.lines} == {
        "Energy": Decimal("105.65"),  # 1.2 kW x 743 h x 0.1185
        "Cooling: Energy": Decimal("32.10"),  # 0.48 x 743 x 0.09 = 32.0976
        "Cooling: Demand": Decimal("1.92"),
        "VAT 10 %": Decimal("13.97"),  # of 139.67
    }
    assert bill.customer.groups == (COOLING,)
    assert [one.changed for one in verified(site, BY_GROUP).bills] == [(), ()]
    assert month_to_date(bill, AT).cost == bill.amount == Decimal("153.64")


@pytest.mark.parametrize(
    ("terms", "changed"),
    [
        (grouped(), {"customer terms", "tariff"}),
        (grouped(replace(COOLING, panels=("rpp-1a",))), {"customer terms"}),
        (grouped(replace(COOLING, name="Chillers")), {"customer terms", "tariff"}),
    ],
)
def test_another_group_makes_it_differ_and_names_what_changed(
    site: Store, terms: BillingTerms, changed: set[str]
) -> None:
    found = {one.customer: set(one.changed) for one in verified(site, terms).bills if one.changed}
    assert found == {CUSTOMER.id: changed}
    assert [one.customer for one in bills_by_terms(site, BY_GROUP, terms)] == [CUSTOMER.id]


def test_another_rate_of_a_group_makes_it_differ(site: Store) -> None:
    cheaper = replace(TARIFFS["cooling"].versions[0], energy=Decimal("0.08"))
    tariffs = {**TARIFFS, "cooling": replace(TARIFFS["cooling"], versions=(cheaper,))}
    found = verified(site, replace(BY_GROUP, tariffs=tariffs)).bills
    assert {one.customer: one.changed for one in found if one.changed} == {CUSTOMER.id: ("tariff",)}


def test_a_group_that_is_dated_after_it_changes_nothing(site: Store) -> None:
    later = replace(CUSTOMER, groups=())
    versions = (
        TermsVersion(None, BY_GROUP.customers[CUSTOMER.id]),
        TermsVersion(date(2026, 4, 1), later),
    )
    after = grouped(dated={CUSTOMER.id: versions})
    assert [one.changed for one in verified(site, after).bills] == [(), ()]
    assert list(bills_by_terms(site, BY_GROUP, after)) == []


def test_a_line_of_a_group_is_explained_by_the_rows_of_the_group(site: Store) -> None:
    bill = issued(site)
    for number, total in ((2, "356.640"), (3, None)):
        sections = list(explained(site, BY_GROUP, bill, AT, FigureQuery(line=number), {}))
        text = "\n".join(f"{one.title}: {step}" for one in sections for step in one.steps)
        assert "rpp-1b" in text
        assert "rpp-1a:1" not in text
        assert total is None or total in text
    sections = list(explained(site, BY_GROUP, bill, AT, FigureQuery(line=4), {}))
    taxed = [step.what for one in sections for step in one.steps]
    assert [one for one in taxed if one.startswith(("1.", "2.", "3."))] == [
        "1. Energy",
        "2. Cooling: Energy",
        "3. Cooling: Demand",
    ]


def test_its_lines_are_in_every_report_format(site: Store) -> None:
    drafts = bill_month(site, BY_GROUP, MARCH, AT)
    shown = replace(issued_site(site, drafts), bills=(issued(site),))
    reports = MonthReports(shown, Issuer("DC1", NEW_YORK), AT, whole=False)
    for form in ("html", "pdf", "csv", "xlsx", "json"):
        for _name, content in month_files(reports, [form]):
            words = " ".join(word for said in shown_by(content).words.values() for word in said)
            assert "Cooling: Energy" in words or b"Cooling: Energy" in content, form


def test_compared_with_one_tariff_it_has_no_groups(site: Store) -> None:
    (month,) = compare(site, BY_GROUP, Question((MARCH,), ("standard",), CUSTOMER.id), AT)
    assert month.own.amount == Decimal("153.64")
    assert month.own.tariff == "standard, cooling"
    # (1.2 + 0.48) kW x 743 h x 0.1185 = 147.91644, and 10 %
    assert month.others[0].amount == Decimal("162.71")


def test_a_deposit_and_an_advance_are_issued_verified_and_explained(site: Store) -> None:
    once = date(2026, 3, 5), date(2026, 3, 5)
    deposit = CustomerItem(
        *("Cage", Decimal(500), *once), taxed=False, by="A. Smith", note="4", kind=ItemKind.DEPOSIT
    )
    advance = CustomerItem(
        *("Spring", Decimal(50), *once),
        taxed=False,
        by="A. Smith",
        kind=ItemKind.ADVANCE,
        reference="A-12",
        taxes=(InvoicedTax("VAT", Decimal(8)),),
    )
    terms = replace(BY_GROUP, items={CUSTOMER.id: (deposit, advance)})
    assert [one.customer for one in bills_by_terms(site, BY_GROUP, terms)] == [CUSTOMER.id]
    assert len(issue(site, terms, revise=True).issued) == 1
    assert {one.changed for one in verified(site, terms).bills} == {()}
    drafts = bill_month(site, terms, MARCH, AT)
    (bill,) = [one for one in issued_site(site, drafts).bills if one.customer.id == CUSTOMER.id]
    assert [str(line.amount) for line in bill.lines[3:]] == ["-50.00", "13.97", "-4.00", "500.00"]
    assert bill.amount == Decimal("153.64") - 54 + 500
    for number, expected in ((4, "entered by A. Smith"), (6, "4. Less advance"), (7, "A. Smith")):
        sections = list(explained(site, terms, bill, AT, FigureQuery(line=number), {}))
        assert any(expected in step.what for one in sections for step in one.steps), number
    reports = MonthReports(replace(drafts, bills=(bill,)), Issuer("DC1", NEW_YORK), AT, whole=False)
    ((_name, content),) = month_files(reports, ["html"])
    _before, words = " ".join(content.decode().split()).split("Before taxes")
    assert words.index("VAT 10 %") < words.index("Spring: VAT") < words.index("Deposit, not taxed")
    assert "USD 89.67" in words  # 139.67 less the advance, before taxes
