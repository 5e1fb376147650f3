"""A month billed by a divided invoice: held without it, issued, revised, explained, verified."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.billing.issue import differences, issued_site
from bcm_mqtt.billing.month_work import Basis
from bcm_mqtt.domain.allocation.allocating import AllocationRules, InputTax
from bcm_mqtt.domain.allocation.divided_invoice import billed_components
from bcm_mqtt.domain.allocation.entered import Entry
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.domain.allocation.plan import AllocationPlan
from bcm_mqtt.domain.allocation.rules import (
    ByArea,
    ByDemand,
    ByEnergy,
    ByFixedShare,
    DatedArea,
    Mix,
)
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.by_hour import by_hour
from bcm_mqtt.domain.bill.months.month_to_date import month_to_date
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.site.customer import Customer, TermsVersion
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup
from bcm_mqtt.domain.tariff import Fee, RateVersion, Tariff, Tax
from bcm_mqtt.store import Store
from unit.billing.explaining.calculator import check
from unit.billing.issue.site import AT, MARCH, TERMS, issue, measured, verified
from unit.builders import NEW_YORK

D = Decimal
ENTRY = Entry("A", "", AT)
AGAIN = Entry("B", "Grid Co corrected it", AT)
RULES = AllocationRules(
    {
        "energy": ByEnergy(),
        "demand": ByDemand(),
        "cleaning": ByArea({"Customer1": (DatedArea(date.min, D(300)),)}, D(1000)),
        "metering": ByFixedShare({"Customer1": D("0.25"), "Customer2": D("0.125")}),
    },
    other=Mix(
        (
            (D("0.5"), ByEnergy(common=True, unmonitored=True)),
            (D("0.5"), ByFixedShare({"Customer1": D("0.3"), "Customer2": D("0.7")})),
        )
    ),
)
PLAN = AllocationPlan("grid", "Grid Co", RULES)


def terms(plan: AllocationPlan = PLAN, **rate: object) -> BillingTerms:
    version = RateVersion(date(2026, 1, 1), (), allocation=plan, **rate)  # type: ignore[arg-type]
    tariff = Tariff("standard", "USD", NEW_YORK, (version,))
    flat = Tariff("flat", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), D("0.10")),))
    return replace(TERMS, tariffs={"standard": tariff, "flat": flat})


CHARGED = terms()


def invoice(number: str = "0047", energy: str = "700.01", **changes: object) -> Invoice:
    found = Invoice(
        supplier="Grid Co",
        number=number,
        start=date(2026, 3, 1),
        end=date(2026, 4, 1),
        currency="USD",
        components=(
            InvoiceComponent("energy", D(energy)),
            InvoiceComponent("demand", D("100.00")),
            InvoiceComponent("cleaning", D("80.00")),
            InvoiceComponent("metering", D("0.10")),
            InvoiceComponent("credit", D("-10.00")),
        ),
        tax=D("87.01"),
        kwh=D(4000),
        kw=D(6),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def enter(store: Store, *invoices: Invoice, entry: Entry = ENTRY) -> None:
    store.invoices.enter(invoices, entry)


def site_of(store: Store, of: BillingTerms = CHARGED) -> SiteMonth:
    return bill_month(store, of, MARCH, AT)


def of(store: Store, terms: BillingTerms = CHARGED, customer: str = "Customer1") -> Bill:
    return next(one for one in site_of(store, terms).bills if one.customer.id == customer)


def lines(bill: Bill) -> dict[str, Decimal]:
    return {line.label: line.amount for line in bill.lines}


def landlords(site: SiteMonth) -> dict[str, Decimal]:
    """Of each component what no bill has; checks that all parts are the component."""
    (divided,) = site.divided
    parts = [(bill.customer.id, one) for bill in site.bills for one in bill.invoices]
    found = {}
    for one in billed_components(divided, parts):
        assert sum(one.billed.values()) + one.landlord == one.amount
        found[one.name] = one.landlord
    return found


def test_a_month_by_hand(store: Store) -> None:
    """1,248.24 and 1,236.352 of 4,000 kWh; 1.68 and 1.664 of 6 kW; 743 hours.

    energy: 700.01 x 0.31206 = 218.44512, x 0.309088 = 216.3647, the landlord's 265.2002: a cent is
    left and goes to the remainder of 0.51 cents. demand: 28.00 and 27.7333. The credit is half by
    1,248.24 of 2,484.592 kWh and half by 30 %: 40.1196 %.
    """
    measured(store)
    enter(store, invoice())
    site = site_of(store)
    one, other = site.bills
    assert lines(one) == {
        "energy, invoice 0047": D("218.45"),
        "demand, invoice 0047": D("28.00"),
        "cleaning, invoice 0047": D("24.00"),
        "metering, invoice 0047": D("0.03"),
        "credit, invoice 0047": D("-4.01"),
    }
    assert lines(other) == {
        "energy, invoice 0047": D("216.36"),
        "demand, invoice 0047": D("27.73"),
        "metering, invoice 0047": D("0.01"),
        "credit, invoice 0047": D("-5.99"),
    }
    assert landlords(site) == {
        "energy": D("265.20"),
        "demand": D("44.27"),
        "cleaning": D("56.00"),
        "metering": D("0.06"),
        "credit": D("0.00"),
    }
    assert [determinant.basis for determinant in one.determinants] == [
        "",
        "invoice 0047 of Grid Co: 31.2060 % of 700.01",
        "invoice 0047 of Grid Co: 28.0000 % of 100.00",
        "invoice 0047 of Grid Co: 30.0000 % of 80.00",
        "invoice 0047 of Grid Co: 25.0000 % of 0.10",
        "invoice 0047 of Grid Co: 40.1196 % of -10.00",
    ]


def test_taxes_are_on_the_net_part_and_fees_beside_it(store: Store) -> None:
    measured(store)
    enter(store, invoice())
    taxed = terms(taxes=(Tax("VAT", D(10)),), fees=(Fee("Service", D("5.00")),))
    bill = of(store, taxed)
    assert bill.amount - bill.taxes == D("271.47")  # 266.47 and the fee
    assert bill.taxes == D("27.15")


def test_where_the_tax_is_a_cost_it_is_divided_too(store: Store) -> None:
    measured(store)
    enter(store, invoice())
    cost = terms(replace(PLAN, rules=replace(RULES, input_tax=InputTax.COST)))
    site = site_of(store, cost)
    tax = [lines(bill)["input tax, invoice 0047"] for bill in site.bills]
    assert sum(tax) + landlords(site)["input tax"] == D("87.01")
    for bill in site.bills:
        found = list(explained(store, cost, bill, AT, FigureQuery(line=len(bill.lines)), {}))
        check(found)


@pytest.mark.parametrize(
    ("entered", "reason"),
    [
        ([], "no invoice of Grid Co is entered for 2026-03-01 to 2026-03-31"),
        (
            [invoice(supplier="Heat Co")],
            "no invoice of Grid Co is entered for 2026-03-01 to 2026-03-31",
        ),
        (
            [invoice(start=date(2026, 2, 15))],
            (
                "invoice 0047 of Grid Co is for 2026-02-15 to 2026-03-31, the bill for 2026-03-01 "
                "to 2026-03-31"
            ),
        ),
        (
            [invoice(currency="EUR")],
            "invoice 0047 of Grid Co is in EUR, tariff standard in USD",
        ),
        (
            [invoice(kw=None)],
            (
                "invoice 0047 of Grid Co cannot be divided: component 'demand': what no customer "
                "has was not measured: expected the quantity on the invoice, or a rule by which "
                "customers share that, too"
            ),
        ),
    ],
)
def test_a_bill_whose_invoice_is_not_known_is_held(
    store: Store, entered: Sequence[Invoice], reason: str
) -> None:
    measured(store)
    enter(store, *entered)
    bill = of(store)
    assert bill.status is BillStatus.HELD
    assert bill.holds == (f"rpp-1a: An invoice of the supplier that cannot be charged: {reason}",)
    assert not bill.lines
    store.releases.add(BillRelease(MARCH, "Customer1", "A", "it is late", AT))
    assert issue(store, CHARGED).issued == ()
    so_far = month_to_date(bill, AT)
    assert (so_far.cost, so_far.awaited) == (None, (reason,))
    tariff = CHARGED.tariffs["standard"]
    hours = by_hour(bill, tariff, AT)
    assert hours
    assert hours.cost is None


def test_what_is_charged_is_no_energy_price_of_a_part_of_the_month(store: Store) -> None:
    """Else the energy of the first half would be on the bill twice."""
    measured(store)
    enter(store, invoice())
    flat = RateVersion(date(2026, 1, 1), D("0.10"))
    later = RateVersion(date(2026, 3, 16), (), allocation=PLAN)
    mixed = Tariff("standard", "USD", NEW_YORK, (flat, later))
    bill = of(store, replace(TERMS, tariffs={"standard": mixed}))
    (reason,) = bill.holds
    assert reason.endswith("tariff standard charges by grid for a part of the month only")
    assert [line.label for line in bill.lines] == ["Energy, 2026-03-01 to 2026-03-15"]


def test_groups_of_circuits_are_held(store: Store) -> None:
    measured(store)
    enter(store, invoice())
    groups = (TariffGroup("B", "flat", panels=("rpp-1b",)),)
    grouped = replace(CHARGED.customers["Customer1"], groups=groups)
    bill = of(store, replace(CHARGED, customers={"Customer1": grouped}))
    assert bill.status is BillStatus.HELD
    assert bill.holds[0].endswith("Customer1 has groups of circuits: expected one tariff for all")
    assert [line.label for line in bill.lines] == ["B: Energy"]


def test_a_bill_by_a_reading_day_is_held(store: Store) -> None:
    """Its time is another than that of the others, in which nobody else was measured for it."""
    measured(store)
    enter(store, invoice())
    version = TermsVersion(None, CHARGED.customers["Customer1"], reading_day=10)
    read = replace(CHARGED, dated={"Customer1": (version,)})
    bill = of(store, read)
    (reason,) = (one for one in bill.holds if "calendar" in one)
    assert reason.endswith("by calendar months, the bill is for 2026-03-10 to 2026-04-09")
    assert not bill.lines
    assert list(lines(of(store, read, "Customer2"))) == list(lines(of(store, CHARGED, "Customer2")))


def test_who_left_within_the_month_has_a_part_of_its_invoice(store: Store) -> None:
    """19 of 31 days, an hour less on the 8th: 455 of 743 hours of 1.68 kW."""
    measured(store)
    enter(store, invoice())
    gone = TermsVersion(None, TERMS.customers["Customer1"], contract_end=date(2026, 3, 19))
    left = replace(CHARGED, dated={"Customer1": (gone,)})
    bill = of(store, left)
    assert (bill.status, bill.kwh) == (BillStatus.DRAFT, D("764.400"))
    # 700.01 x 764.4 / 4000 = 133.7719; the landlord has what was used after the 19th
    assert lines(bill)["energy, invoice 0047"] == D("133.77")
    site = site_of(store, left)
    assert sum(one.amount for one in site.bills) + sum(landlords(site).values()) == D("870.11")


def test_an_issued_bill_differs_after_the_invoice_was_revised(store: Store) -> None:
    measured(store)
    enter(store, invoice())
    basis = Basis.of(store, CHARGED, MARCH, AT)
    issue(store, CHARGED)
    assert [one.changed for one in verified(store, CHARGED).bills] == [(), ()]
    enter(store, invoice(energy="800.01"), entry=AGAIN)
    checks = verified(store, CHARGED).bills
    assert [one.changed for one in checks] == [("invoice 0047 of Grid Co",)] * 2
    assert (checks[0].amount, checks[0].amount_now) == (D("266.47"), D("297.67"))
    assert list(basis.changed(store, CHARGED, MARCH)) == [
        "invoice 0047 of Grid Co was entered",
    ]
    drafts = site_of(store)
    shown = issued_site(store, drafts)
    found = differences(store, CHARGED, shown, drafts)
    assert [(one.label, one.before, one.after) for one in found["Customer1"]] == [
        ("energy, invoice 0047", D("218.45"), D("249.65"))
    ]
    landlords(shown)  # what is on no bill is the landlord's until they are revised
    revised = issue(store, CHARGED, revise=True, reason="Grid Co corrected it").issued
    assert len(revised) == 2
    assert [one.changed for one in verified(store, CHARGED).bills] == [(), ()]


def test_a_second_invoice_and_other_rules_make_it_differ_too(store: Store) -> None:
    measured(store)
    enter(store, invoice())
    issue(store, CHARGED)
    by_energy = terms(replace(PLAN, rules=AllocationRules({}, ByEnergy())))
    assert verified(store, by_energy).bills[0].changed == (
        "division of invoice 0047 of Grid Co",
        "tariff",
    )
    enter(store, invoice("0048"))
    assert verified(store, CHARGED).bills[0].changed == (
        "division of invoice 0048 of Grid Co",
        "invoice 0048 of Grid Co",
    )


def test_own_use_and_other_tariffs_are_on_no_bill_of_the_invoice(store: Store) -> None:
    measured(store)
    enter(store, invoice())
    own = Customer("Customer2", "House", own_use=True)
    house = replace(CHARGED, customers={**CHARGED.customers, "Customer2": own})
    site = site_of(store, house)
    assert landlords(site)["energy"] == D("700.01") - lines(site.bills[0])["energy, invoice 0047"]
    flat = Customer("Customer2", "Two", tariff="flat")
    other = replace(CHARGED, customers={**CHARGED.customers, "Customer2": flat})
    site = site_of(store, other)
    assert lines(site.bills[0])["energy, invoice 0047"] == D("218.45")
    assert landlords(site)["energy"] == D("481.56")
    assert list(lines(site.bills[1])) == ["Energy"]


def test_no_more_than_the_utility_would_charge(store: Store) -> None:
    """At 0.10 Customer1 would pay 124.82 and Customer2 123.64, in place of 266.47 and 238.11."""
    measured(store)
    enter(store, invoice())
    site = site_of(store, terms(replace(PLAN, cap="flat")))
    one, other = site.bills
    assert lines(one)["No more than 124.82, invoice 0047"] == D("-141.65")
    assert (one.amount, other.amount) == (D("124.82"), D("123.64"))
    landlord = landlords(site)
    assert landlord["cap"] == D("256.12")
    assert sum(landlord.values()) + one.amount + other.amount == D("870.11")
    found = list(explained(store, CHARGED, one, AT, FigureQuery(line=6), {}))
    assert check(found)
    assert found[-1].steps[-1].formula == "124.82 - 266.47"


def test_a_cap_without_a_price_holds_the_bills(store: Store) -> None:
    measured(store)
    enter(store, invoice())
    capped = terms(replace(PLAN, cap="flat"))
    late = Tariff("flat", "USD", NEW_YORK, (RateVersion(date(2027, 1, 1), D("0.10")),))
    without = replace(capped, tariffs={**capped.tariffs, "flat": late})
    (reason,) = of(store, without).holds
    assert reason.endswith(
        "the cap is not known: tariff flat has no price for all of Customer1 in 2026-03"
    )
    itself = terms(replace(PLAN, cap="standard"))
    assert of(store, itself).holds[0].endswith("tariff standard has no prices of its own")


def test_two_invoices_share_one_cap(store: Store) -> None:
    measured(store)
    enter(store, invoice("1", energy="100.00"), invoice("2"))
    one, _ = site_of(store, terms(replace(PLAN, cap="flat"))).bills
    assert one.amount == D("124.82")


def test_the_average_cost_of_a_kwh(store: Store) -> None:
    """870.11 / 4,000 = 0.2175275, rounded to 0.21753; x 1,248.24 kWh = 271.5297."""
    measured(store)
    enter(store, invoice())
    average = terms(AllocationPlan("grid", "Grid Co", AllocationRules({}), average=True))
    site = site_of(store, average)
    (line,) = site.bills[0].lines
    assert (line.label, line.quantity, line.price, line.amount) == (
        "Energy at the average cost, invoice 0047",
        D("1248.240"),
        D("0.21753"),
        D("271.53"),
    )
    assert landlords(site) == {"average cost": D("329.64")}
    found = list(explained(store, average, site.bills[0], AT, FigureQuery(line=1), {}))
    assert check(found) > 3
    enter(store, invoice(kwh=None), entry=AGAIN)
    assert of(store, average).holds[0].endswith("of which the average cost is")


def test_each_line_is_explained_to_the_cent(store: Store) -> None:
    measured(store)
    enter(store, invoice())
    bill = of(store)
    for number, line in enumerate(bill.lines, 1):
        found = list(explained(store, CHARGED, bill, AT, FigureQuery(line=number), {}))
        assert check(found) >= 4
        assert found[-1].steps[-1].amount == line.amount
    first = list(explained(store, CHARGED, bill, AT, FigureQuery(line=1), {}))[-1]
    assert [(step.what, step.value, step.note) for step in first.steps[3:]] == [
        ("share", "31.206000", ""),
        ("exact part", "218.44512060", ""),
        ("cut to 0.01 USD", "218.44", ""),
        ("left over of all parts, for the largest remainders", "0.01", ""),
        ("part", "218.45", "a unit goes to this part"),
    ]
