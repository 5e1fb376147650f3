"""An invoice is divided to the minor unit, whatever the rule."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.allocation.allocating import (
    INPUT_TAX,
    Allocation,
    AllocationRules,
    InputTax,
    allocated,
    capped,
)
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.domain.allocation.largest_remainder import LANDLORD, divided
from bcm_mqtt.domain.allocation.rules import (
    ByArea,
    ByDemand,
    ByEnergy,
    ByFixedShare,
    DatedArea,
    Measured,
    Mix,
    Rule,
)
from bcm_mqtt.domain.money import minor_digits

D = Decimal
MEASURED = Measured(
    kwh={
        "": {"a": D(5000), "b": D(3000), LANDLORD: D(1000)},
        "peak": {"a": D(1000), "b": D(1000)},  # of the landlord it is not known
    },
    at_peak={"a": D(10), "b": D(20), LANDLORD: D(5)},
    own_peaks={"a": D(30), "b": D(20), LANDLORD: D(10)},
)
"""10 000 kWh and 40 kW of the invoice below, of which 1000 kWh and 5 kW no meter has."""


def invoice(*components: InvoiceComponent, currency: str = "EUR", tax: str = "0") -> Invoice:
    return Invoice(
        supplier="Grid Co",
        number="4711",
        start=date(2026, 3, 1),
        end=date(2026, 4, 1),
        currency=currency,
        components=components,
        tax=D(tax),
        kwh=D(10000),
        kw=D(40),
    )


def parts(rule: Rule, amount: str = "1000.00") -> dict[str, Decimal]:
    one = invoice(InvoiceComponent("energy", D(amount)))
    return dict(allocated(one, AllocationRules({"energy": rule}), MEASURED).components[0].parts)


def of(landlord: str, a: str, b: str) -> dict[str, Decimal]:
    return {LANDLORD: D(landlord), "a": D(a), "b": D(b)}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # of 10 000 kWh; the landlord has 1000 common and 1000 unmonitored
        (ByEnergy(), of("200.00", "500.00", "300.00")),
        # of 9000 kWh that are a's, b's and unmonitored: 555.556 333.333 111.111
        (ByEnergy(common=True), of("111.11", "555.56", "333.33")),
        # of 9000 kWh that are a's, b's and common
        (ByEnergy(unmonitored=True), of("111.11", "555.56", "333.33")),
        # of 8000 kWh
        (ByEnergy(common=True, unmonitored=True), of("0.00", "625.00", "375.00")),
        (
            ByEnergy("peak", common=True, unmonitored=True),
            {LANDLORD: D("0.00"), "a": D("500.00"), "b": D("500.00")},
        ),
        # of 40 kW
        (ByDemand(), of("250.00", "250.00", "500.00")),
        # of 30 + 20 + 10 kW: 166.667 500 333.333
        (ByDemand(own_peaks=True), of("166.67", "500.00", "333.33")),
        (ByFixedShare({"a": D("0.25"), "b": D("0.125")}), of("625.00", "250.00", "125.00")),
        # half by 500 300 200, half by 250 125 625
        (
            Mix(
                (
                    (D("0.5"), ByEnergy()),
                    (D("0.5"), ByFixedShare({"a": D("0.25"), "b": D("0.125")})),
                )
            ),
            of("412.50", "375.00", "212.50"),
        ),
    ],
)
def test_each_rule_divides_as_worked_by_hand(rule: Rule, expected: dict[str, Decimal]) -> None:
    assert parts(rule) == expected


def test_area_counts_by_its_days_of_the_invoice() -> None:
    """200 m2 for 31 days, 100 m2 for 10 of them, of 400 m2: 6200, 1000 and 5200 of 12 400."""
    rule = ByArea(
        {
            "a": (DatedArea(date(2020, 1, 1), D(200)),),
            "b": (DatedArea(date(2026, 3, 22), D(100)),),
        },
        whole=D(400),
    )
    assert parts(rule) == of("419.35", "500.00", "80.65")  # 419.3548.. 80.6452..


def test_an_area_that_ended_before_the_invoice_counts_no_more() -> None:
    left = (DatedArea(date(2020, 1, 1), D(200)), DatedArea(date(2026, 3, 1), D(0)))
    rule = ByArea({"a": left, "b": (DatedArea(date(2020, 1, 1), D(50)),)})
    assert parts(rule) == of("0.00", "0.00", "1000.00")


def test_the_odd_cent_of_a_tie_is_the_landlords_then_the_first_customers() -> None:
    third = dict.fromkeys((LANDLORD, "a", "b"), Fraction(1, 3))
    assert divided(D("0.10"), third, "EUR") == of("0.04", "0.03", "0.03")
    assert divided(D("0.11"), third, "EUR") == of("0.04", "0.04", "0.03")
    assert divided(D("-0.11"), third, "EUR") == of("-0.04", "-0.04", "-0.03")


def test_meters_that_measured_more_than_the_invoice_leave_nothing_unmonitored() -> None:
    more = Measured({"": {"a": D(9000), "b": D(3000)}}, {}, {})
    one = invoice(InvoiceComponent("energy", D("1000.00")))
    found = allocated(one, AllocationRules({}, other=ByEnergy()), more)
    assert found.components[0].parts == of("0.00", "750.00", "250.00")


def test_a_component_has_its_own_energy() -> None:
    """1000 and 1000 of 2500 kWh of its period; the rest is unmonitored."""
    one = invoice(InvoiceComponent("peak", D("500.00"), kwh=D(2500)))
    found = allocated(one, AllocationRules({"peak": ByEnergy("peak")}), MEASURED)
    assert found.components[0].parts == of("100.00", "200.00", "200.00")


def test_tax_as_a_cost_is_divided_as_the_net_amounts_are() -> None:
    """Net 500 + 250, 300 + 500 and 200 + 250 of 2000; the tax is 19 % of it."""
    components = InvoiceComponent("energy", D("1000.00")), InvoiceComponent("kw", D("1000.00"))
    rules = AllocationRules({"energy": ByEnergy(), "kw": ByDemand()}, input_tax=InputTax.COST)
    found = allocated(invoice(*components, tax="380.00"), rules, MEASURED)
    assert found.components[-1].name == INPUT_TAX
    assert found.components[-1].parts == of("85.50", "142.50", "152.00")
    assert (found.of("a"), found.of("b"), found.of(LANDLORD)) == (
        D("892.50"),
        D("952.00"),
        D("535.50"),
    )
    assert found.total == found.invoice.gross == D("2380.00")


def test_tax_that_is_deducted_is_no_ones_part() -> None:
    rules = AllocationRules({"energy": ByEnergy()})
    found = allocated(invoice(InvoiceComponent("energy", D("1.00")), tax="0.19"), rules, MEASURED)
    assert found.total == D("1.00")


def test_the_average_cost_is_the_net_amount_by_the_kwh() -> None:
    assert invoice(InvoiceComponent("energy", D("1234.00"))).average == Fraction("0.1234")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (
            ByEnergy("peak"),
            (
                "component 'energy': what no customer has was not measured: expected the quantity "
                "on the invoice, or a rule by which customers share that, too"
            ),
        ),
        (ByEnergy("night"), "component 'energy': unknown period 'night': expected one of peak"),
        (
            ByFixedShare({"a": D("0.7"), "b": D("0.4")}),
            (
                "component 'energy': shares of customers are 110 % of the whole: "
                "expected at most 100 %"
            ),
        ),
        (ByFixedShare({"a": D("-0.1")}), "component 'energy': expected shares of 0 or more"),
        (
            Mix(((D("0.5"), ByEnergy()),)),
            "component 'energy': expected weights whose sum is 100 %, not 50 %",
        ),
        (ByArea({}), "component 'energy': expected an area above 0 in the invoice's period"),
    ],
)
def test_a_rule_that_gives_no_shares_says_why(rule: Rule, message: str) -> None:
    with pytest.raises(ValueError, match="component") as raised:
        parts(rule)
    assert str(raised.value) == message


def test_a_component_without_a_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="component 'energy' has no rule"):
        allocated(invoice(InvoiceComponent("energy", D(1))), AllocationRules({}), MEASURED)


def test_nothing_measured_gives_no_shares() -> None:
    nothing = Measured({"": {}}, {}, {LANDLORD: D(0)})
    rule = AllocationRules({"energy": ByDemand(own_peaks=True)})
    with pytest.raises(ValueError, match="nothing was measured"):
        allocated(invoice(InvoiceComponent("energy", D(1))), rule, nothing)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"end": date(2026, 3, 1)}, "expected a period that ends after 2026-03-01"),
        ({"components": ()}, "expected at least one component"),
        ({"tax": D("0.001")}, "tax: expected an amount in steps of 0.01 EUR, not 0.001"),
        ({"kwh": D(-1)}, "kwh: expected 0 or more, not -1"),
        (
            {"components": (InvoiceComponent("e", D(1)), InvoiceComponent("e", D(2)))},
            "component 'e' is there twice",
        ),
    ],
)
def test_what_is_no_invoice_is_refused(change: dict[str, object], message: str) -> None:
    said: dict[str, object] = {
        "supplier": "Grid Co",
        "number": "1",
        "start": date(2026, 3, 1),
        "end": date(2026, 4, 1),
        "currency": "EUR",
        "components": (InvoiceComponent("e", D(1)),),
    }
    with pytest.raises(ValueError, match="expected") as raised:
        Invoice(**{**said, **change})  # type: ignore[arg-type]
    assert message in str(raised.value) or "twice" in str(raised.value)


QUANTITIES = st.dictionaries(
    st.sampled_from([LANDLORD, *"abcdefgh"]),
    st.decimals(min_value=0, max_value=10**6, places=3),
    min_size=1,
)
CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD"])


def _amount(units: int, currency: str) -> Decimal:
    return D(units).scaleb(-minor_digits(currency))


@given(QUANTITIES, CURRENCIES, st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=4))
def test_the_parts_are_the_invoice_for_any_shares(
    kwh: dict[str, Decimal], currency: str, units: list[int]
) -> None:
    components = [
        InvoiceComponent(f"c{index}", _amount(one, currency)) for index, one in enumerate(units)
    ]
    one = invoice(*components, currency=currency)
    found = allocated(one, AllocationRules({}, other=ByEnergy()), Measured({"": kwh}, {}, {}))
    for component in found.components:
        assert sum(component.parts.values()) == component.amount
        unit = _amount(1, currency)
        for who, part in component.parts.items():
            exact = component.shares[who] * Fraction(component.amount)
            assert abs(Fraction(part) - exact) < Fraction(unit)
    _is_whole(found, one.net)


@given(QUANTITIES, CURRENCIES, st.integers(1, 10**9), st.integers(0, 10**9))
def test_with_tax_as_a_cost_they_are_the_gross_amount(
    kwh: dict[str, Decimal], currency: str, net: int, tax: int
) -> None:
    components = (InvoiceComponent("c", _amount(net, currency)),)
    one = invoice(*components, currency=currency, tax=str(_amount(tax, currency)))
    rules = AllocationRules({}, other=ByEnergy(common=True), input_tax=InputTax.COST)
    _is_whole(allocated(one, rules, Measured({"": kwh}, {}, {})), one.gross)


def _is_whole(found: Allocation, total: Decimal) -> None:
    assert found.total == total
    assert sum(map(found.of, [LANDLORD, *found.customers])) == total


@given(
    QUANTITIES,
    st.integers(-(10**6), 10**6),
    st.dictionaries(st.sampled_from("abcdefgh"), st.decimals(-100, 10**4, places=2)),
)
def test_capped_parts_are_the_invoice_too(
    kwh: dict[str, Decimal], units: int, caps: dict[str, Decimal]
) -> None:
    one = invoice(InvoiceComponent("c", _amount(units, "EUR")))
    rules = AllocationRules({}, other=ByEnergy(common=True))
    found = capped(allocated(one, rules, Measured({"": kwh}, {}, {})), caps)
    _is_whole(found, one.net)
    assert all(found.of(who) <= max(cap, D(0)) for who, cap in caps.items())


@given(QUANTITIES, st.integers(-(10**6), 10**6), st.randoms())
def test_the_order_of_customers_does_not_matter(
    kwh: dict[str, Decimal], units: int, random: Random
) -> None:
    one = invoice(InvoiceComponent("c", _amount(units, "EUR")))
    rules = AllocationRules(MappingProxyType({}), other=ByEnergy(common=True))
    items = list(kwh.items())
    random.shuffle(items)
    first = allocated(one, rules, Measured({"": kwh}, {}, {})).components[0].parts
    other = allocated(one, rules, Measured({"": dict(items)}, {}, {})).components[0].parts
    assert first == other
