"""Whatever is measured and however it is divided: bills and the landlord have the invoice."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.billing.invoices.measured import MeasuredMonth
from bcm_mqtt.billing.invoices.of_month import MonthInvoices, month_invoices
from bcm_mqtt.domain.allocation.allocating import AllocationRules, InputTax
from bcm_mqtt.domain.allocation.divided_invoice import billed_components
from bcm_mqtt.domain.allocation.entered import EnteredInvoice, Entry
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.domain.allocation.plan import AllocationPlan
from bcm_mqtt.domain.allocation.rules import (
    ByArea,
    ByDemand,
    ByEnergy,
    ByFixedShare,
    DatedArea,
    Mix,
    Rule,
)
from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.one_tariff import under as one_tariff
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.money import minor_digits
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.site.billing_period import BillingPeriod
from bcm_mqtt.domain.site.customer import Customer, CustomerRule
from bcm_mqtt.domain.tariff import EnergyRider, RateVersion, Tariff, Tax
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.customer_load import Load
from unit.domain.examples import NEW_YORK, UNHURRIED
from unit.domain.test_rating_charges import END, MARCH, SLOTS, START, row

NAMES = "abcdef"
PERIOD = BillingPeriod(MARCH, START, END)
WHOLE = date.min
SHARES = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 16))
"""In hundredths: six of them are less than all."""


def shared(kind: type[ByEnergy | ByDemand]) -> st.SearchStrategy[Rule]:
    return st.builds(kind, common=st.booleans(), unmonitored=st.booleans())


SIMPLE = st.one_of(
    shared(ByEnergy),
    shared(ByDemand),
    SHARES.map(
        lambda found: ByFixedShare({who: Decimal(part) / 100 for who, part in found.items()})
    ),
    SHARES.map(
        lambda found: ByArea(
            {who: (DatedArea(WHOLE, Decimal(area)),) for who, area in found.items()}, Decimal(100)
        )
    ),
)
RULES = st.one_of(
    SIMPLE,
    st.tuples(st.integers(0, 100), SIMPLE, SIMPLE).map(
        lambda of: Mix(((Decimal(of[0]) / 100, of[1]), (1 - Decimal(of[0]) / 100, of[2])))
    ),
)
PLANS = st.builds(
    AllocationPlan,
    st.just("grid"),
    st.just("Grid Co"),
    st.builds(
        AllocationRules,
        st.fixed_dictionaries({"energy": RULES, "fixed": RULES}),
        RULES,
        st.sampled_from(InputTax),
    ),
    st.frozensets(st.sampled_from(NAMES), max_size=2),
    st.booleans(),
    st.sampled_from(["", "flat"]),
)


@st.composite
def invoices(draw: st.DrawFn, currency: str) -> Invoice:
    unit = Decimal(1).scaleb(-minor_digits(currency))
    amounts = st.integers(-(10**7), 10**7).map(lambda units: units * unit)
    names = draw(st.permutations(["energy", "fixed", "credit"]))
    return Invoice(
        *("Grid Co", draw(st.sampled_from(["1", "0047"])), date(2026, 3, 1), date(2026, 4, 1)),
        currency,
        tuple(InvoiceComponent(name, draw(amounts)) for name in names),
        draw(amounts),
        Decimal(draw(st.integers(0, 10**6))),
        Decimal(draw(st.integers(0, 10**4))),
    )


def site(
    plan: AllocationPlan, currency: str, kwh: dict[str, Decimal], vacant: Decimal
) -> tuple[BillingTerms, MeasuredMonth]:
    def tariff(key: str, rate: RateVersion) -> Tariff:
        return Tariff(key, currency, NEW_YORK, (rate,))

    vat = () if plan.rules.input_tax is InputTax.COST else (Tax("VAT", Decimal(19)),)
    charged = RateVersion(date(2026, 1, 1), (), allocation=plan, taxes=vat)
    flat = RateVersion(date(2026, 1, 1), Decimal("0.1"))
    terms = BillingTerms(
        *(NEW_YORK, currency, {"f": Customer("f", "F", tariff="flat")}),
        {"standard": tariff("standard", charged), "flat": tariff("flat", flat)},
        "standard",
        CustomerRule(),
    )
    loads = {}
    for index, (who, energy) in enumerate(sorted(kwh.items())):
        loads[who] = Load.none(SLOTS)
        loads[who].microwatt_hours[:] = int(energy * 10**9) // SLOTS.count
        loads[who].microwatt_hours[index] *= 2
    usage = {who: [row(str(energy))] for who, energy in kwh.items()}
    return terms, MeasuredMonth(usage, loads, [row(str(vacant))])


def bills_of(terms: BillingTerms, measured: MeasuredMonth, found: MonthInvoices) -> list[Bill]:
    bills = []
    for who, rows in measured.usage.items():
        by = terms.customer_of(who, START, END)
        of = (by, terms.tariff_of(by, START, END), MARCH, (START, END), rows, terms.currency)
        known = found.parts.get(who, {})
        bills.append(bill_of(*of, measured.loads[who], invoices=known))
    return bills


ENERGY = st.dictionaries(
    st.sampled_from(NAMES), st.decimals(0, 10**5, places=3), min_size=1, max_size=6
)


@UNHURRIED
@given(
    PLANS, st.sampled_from(["JPY", "EUR", "KWD"]), ENERGY, st.decimals(0, 999, places=3), st.data()
)
def test_bills_and_the_landlord_have_the_invoice(
    plan: AllocationPlan,
    currency: str,
    kwh: dict[str, Decimal],
    vacant: Decimal,
    data: st.DataObject,
) -> None:
    one = data.draw(invoices(currency))
    if plan.average:
        plan = replace(plan, rules=AllocationRules({}, None, plan.rules.input_tax))
    terms, measured = site(plan, currency, kwh, vacant)
    entered = [EnteredInvoice(one, 1, Entry("A", "", END))]

    def under(tariff: str, _month: Month = MARCH) -> list[Bill]:
        return bills_of(one_tariff(terms, tariff), measured, MonthInvoices())

    found = month_invoices(entered, terms, PERIOD, measured, under)
    bills = bills_of(terms, measured, found)
    charged = [bill for bill in bills if bill.tariff == "standard"]
    if not found.divided:
        # Then each says why, and charges nothing.
        kinds = {line.kind for bill in charged for line in bill.lines}
        assert kinds <= {LineKind.TAX}
        assert all(bill.findings and not bill.amount for bill in charged)
        return
    (divided,) = found.divided
    whole = one.net if plan.rules.input_tax is InputTax.DEDUCTED else one.gross
    of_bills = sum(
        (line.amount for bill in bills for line in bill.lines if line.kind is LineKind.ALLOCATION),
        Decimal(0),
    )
    rest = Decimal(0)
    parts = [(bill.customer.id, part) for bill in bills for part in bill.invoices]
    for component in billed_components(divided, parts):
        assert sum(component.others.values()) == component.landlord
        rest += component.landlord
    assert of_bills + rest == whole
    caps = {flat.customer.id: flat.amount for flat in under("flat")}
    for bill in charged:
        assert not [line for line in bill.lines if line.kind is LineKind.ENERGY]
        assert bill.amount - bill.taxes == sum(part.part for part in bill.invoices)
        if plan.cap:
            assert bill.amount - bill.taxes <= caps[bill.customer.id]


def under_none(_tariff: str, _month: Month) -> list[Bill]:
    return []


def test_a_rider_beside_an_invoice_is_a_line_of_its_own() -> None:
    plan = AllocationPlan("grid", "Grid Co", AllocationRules({}, ByEnergy()))
    terms, measured = site(plan, "EUR", {"a": Decimal(100)}, Decimal(0))
    rate = replace(
        terms.tariffs["standard"].versions[0], riders=(EnergyRider("R", Decimal("0.01")),)
    )
    tariff = replace(terms.tariffs["standard"], versions=(rate,))
    terms = replace(terms, tariffs={"standard": tariff})
    one = Invoice(
        *("Grid Co", "1", date(2026, 3, 1), date(2026, 4, 1), "EUR"),
        (InvoiceComponent("energy", Decimal("30.00")),),
        kwh=Decimal(200),
    )
    entered = [EnteredInvoice(one, 1, Entry("A", "", END))]
    found = month_invoices(entered, terms, PERIOD, measured, under_none)
    (bill,) = bills_of(terms, measured, found)
    assert [(line.kind, line.amount) for line in bill.lines] == [
        (LineKind.ALLOCATION, Decimal("15.00")),
        (LineKind.RIDER, Decimal("1.00")),
        (LineKind.TAX, Decimal("3.04")),
    ]
