"""Several tariffs of one customer by group of circuits: each kWh is priced once, by its group."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.account import LoadsOfParts, pricing_of
from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.by_hour import by_hour
from bcm_mqtt.domain.bill.joint import SiteDraft, joint_bill, parts_of
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.rated_month import PastDemands
from bcm_mqtt.domain.site.customer import Customer, CustomerRule, TermsVersion
from bcm_mqtt.domain.site.customer_item import CustomerItem
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup, group_of
from bcm_mqtt.domain.tariff import DemandCharge, Fee, Ratchet, RateVersion, Tariff, Tax
from bcm_mqtt.domain.time import Month, midnight
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.usage.usage import total_kwh
from unit.builders import circuit
from unit.domain.examples import NEW_YORK, Readings, full, panel

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
JANUARY = date(2026, 1, 1)
VAT, CITY = Tax("VAT", Decimal(10)), Tax("City", Decimal(2), on_taxes=frozenset({"VAT"}))
CIRCUITS = tuple(
    circuit((pole,), f"Customer1-{name}")
    for pole, name in enumerate(("office", "CRAC-1", "CRAC-2", "UPS"), start=1)
)
AMPS = {1: 10, 2: 5, 3: 4, 4: 15}
"""120 V: 1.2, 0.6, 0.48 and 1.8 kW."""


def tariff(name: str, energy: str, **more: object) -> Tariff:
    rate = RateVersion(JANUARY, Decimal(energy), **more)  # type: ignore[arg-type]
    return Tariff(name, "USD", NEW_YORK, (rate,))


RATCHET = Ratchet(Decimal("0.8"), 11)
TARIFFS = {
    one.id: one
    for one in (
        tariff("rest", "0.12", fees=(Fee("Service", Decimal(25)),), taxes=(VAT,)),
        tariff(
            "cooling",
            "0.09",
            demand=(DemandCharge(Decimal(4), ratchet=RATCHET),),
            fees=(Fee("Meter", Decimal(2), per_circuit=True),),
            taxes=(VAT,),
        ),
        tariff("ups", "0.15", taxes=(VAT, CITY)),
    )
}
COOLING = TariffGroup("Cooling", "cooling", pattern="CRAC")
UPS = TariffGroup("UPS", "ups", circuits=("rpp-1a:4",))
ALWAYS = Customer("Customer1", "One", tariff="rest")


def terms(*versions: Customer, days: Sequence[int] = ()) -> BillingTerms:
    """Of customers that hold from days of March on; the first one always."""
    later = [
        TermsVersion(date(2026, 3, day), one) for day, one in zip(days, versions[1:], strict=True)
    ]
    dated = (TermsVersion(None, versions[0]), *later)
    by = BillingTerms(
        *(NEW_YORK, "USD", {"Customer1": versions[-1]}, TARIFFS, "", CustomerRule()),
        dated={"Customer1": dated} if days else {},
    )
    by.check_rates(MARCH)
    return by


def billed(by: BillingTerms, past: PastDemands | None = None) -> Bill:
    time = BilledTime(START, END, NEW_YORK)
    currents = {
        pole: full(START, END, pole=pole, milliamps=amps * 1000) for pole, amps in AMPS.items()
    }
    readings, load, add = Readings(START, END, currents), Load.none(time.slots), None
    parts = list(
        panel_usage(
            Directory(panel(), CIRCUITS), readings, CustomerRule(), pricing_of(by, time), time
        )
    )
    add = LoadsOfParts(by, time)
    for part in parts:
        if part.owner.customer:
            add("Customer1", load, part)
    customer = by.customer_of("Customer1", START, END)
    usage = [row for part in parts for row in part.rows if row.customer]
    return bill_of(
        *(customer, by.tariff_of(customer, START, END), MARCH, (START, END)),
        *(usage, "USD", load, past or {}),
    )


def lines(bill: Bill) -> dict[str, Decimal]:
    return {line.label: line.amount for line in bill.lines}


def test_each_group_is_rated_by_its_own_tariff() -> None:
    bill = billed(terms(replace(ALWAYS, groups=(COOLING, UPS))))
    assert lines(bill) == {
        "Energy": Decimal("106.99"),  # 1.2 kW x 743 h x 0.12 = 106.992
        "Service": Decimal("25.00"),
        "Cooling: Energy": Decimal("72.22"),  # 1.08 x 743 x 0.09 = 72.2196
        "Cooling: Demand": Decimal("4.32"),  # 0.6 + 0.48 kW
        "Cooling: Meter": Decimal("4.00"),  # two circuits
        "UPS: Energy": Decimal("200.61"),  # 1.8 x 743 x 0.15
        "VAT 10 %": Decimal("41.31"),  # of 413.14
        "City 2 %": Decimal("4.41"),  # 200.61 and the VAT of it, 20.06: 220.67 x 0.02 = 4.4134
    }
    assert bill.tariff == "rest, cooling, ups"
    assert bill.amount == sum(lines(bill).values())
    assert [one.name for one in bill.determinants if "demand" in one.name] == [
        "Cooling: demand",
        "Cooling: billed-demand",
    ]


def test_a_tax_on_a_named_charge_finds_it_in_a_group() -> None:
    levy = Tax("Levy", Decimal(50), on_lines=frozenset({"Meter"}))
    rate = replace(TARIFFS["cooling"].versions[0], taxes=(levy,))
    by = terms(replace(ALWAYS, groups=(COOLING,)))
    cooling = replace(TARIFFS["cooling"], versions=(rate,))
    bill = billed(replace(by, tariffs={**TARIFFS, "cooling": cooling}))
    assert lines(bill)["Levy 50 %"] == Decimal("2.00")  # of 4.00


def test_a_ratchet_looks_at_the_demand_of_its_group() -> None:
    past = {Month(2026, 2): {"demand": Decimal(50), "Cooling: demand": Decimal(2)}}
    bill = billed(terms(replace(ALWAYS, groups=(COOLING,))), past)
    assert lines(bill)["Cooling: Demand"] == Decimal("6.40")  # 0.8 x 2 kW x 4


def test_items_are_charged_once_and_taxed_as_the_rest() -> None:
    by = terms(replace(ALWAYS, groups=(COOLING, UPS)))
    rack = CustomerItem("Rack", Decimal(200), JANUARY, monthly=True, by="A")
    bill = billed(replace(by, items={"Customer1": (rack,)}))
    assert lines(bill)["Rack"] == Decimal("200.00")
    assert lines(bill)["VAT 10 %"] == Decimal("61.31")  # of 613.14
    assert len([line for line in bill.lines if "Rack" in line.label]) == 1


def test_a_customer_all_of_whose_circuits_are_in_groups_has_no_rest() -> None:
    everything = TariffGroup("All", "ups", panels=("rpp-1a",))
    bill = billed(terms(replace(ALWAYS, groups=(everything,))))
    assert list(lines(bill)) == ["All: Energy", "VAT 10 %", "City 2 %"]
    assert lines(bill)["All: Energy"] == Decimal("454.72")  # 4.08 x 743 x 0.15 = 454.716


def test_a_group_from_a_day_on_names_its_days() -> None:
    by = terms(ALWAYS, replace(ALWAYS, groups=(COOLING,)), days=[17])
    bill = billed(by)
    # 383 hours until the 16th, of which one is lost by the change of clocks, and 360 after them
    assert lines(bill) | {"Service": Decimal(25)} == {
        "Energy": lines(bill)["Energy"],
        "Service": Decimal("25.00"),
        "Cooling: Energy, 2026-03-17 to 2026-03-31": Decimal("34.99"),  # 1.08 x 360 x 0.09
        "Cooling: Demand, 2026-03-17 to 2026-03-31": lines(bill)[
            "Cooling: Demand, 2026-03-17 to 2026-03-31"
        ],
        "Cooling: Meter, 2026-03-17 to 2026-03-31": Decimal("1.94"),  # 4 x 360 / 743
        "VAT 10 %": lines(bill)["VAT 10 %"],
    }
    # All circuits for 383 h, and what is not cooling for 360 h
    kwh = Decimal("4.08") * 383 + Decimal("3.00") * 360
    assert lines(bill)["Energy"] == money(kwh * Decimal("0.12"), "USD")


def test_hours_add_up_to_the_bill_at_the_prices_of_their_groups() -> None:
    by = terms(replace(ALWAYS, groups=(COOLING, UPS)))
    bill = billed(by)
    chosen = by.tariff_of(bill.customer, START, END)
    hours = by_hour(bill, chosen, END)
    assert hours is not None
    assert hours.cost is not None
    assert sum(hours.cost) == bill.amount
    so_far = by_hour(bill, chosen, START + timedelta(days=10))
    assert so_far is not None
    assert so_far.cost is not None
    # (1.2 x 0.12 + 1.08 x 0.09 + 1.8 x 0.15 x 1.022) x 1.1 an hour of energy, 33.32 spread
    energy = Fraction("1.2") * Fraction("0.12") + Fraction("1.08") * Fraction("0.09")
    energy = energy * Fraction("1.1") + Fraction("0.27") * Fraction("1.122")
    rest = (Fraction("25") + Fraction("8.32")) * Fraction("1.1") / 743
    assert abs(Fraction(so_far.cost[5]) - energy - rest) < Fraction(1, 5_000)


NAMES = st.sampled_from(["office", "CRAC", "CRAC-1", "UPS", "Customer1", ""])
POLES = st.lists(st.sampled_from([f"rpp-1a:{pole}" for pole in AMPS]), max_size=3).map(tuple)
GROUPS = st.lists(
    st.builds(
        TariffGroup,
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(sorted(TARIFFS)),
        st.sampled_from([(), ("rpp-1a",), ("rpp-9",)]),
        NAMES,
        POLES,
    ),
    max_size=3,
    unique_by=lambda group: group.name,
).map(tuple)


@settings(max_examples=60, deadline=None)
@given(st.lists(GROUPS, min_size=1, max_size=3), st.data())
def test_no_energy_is_priced_twice_or_not_at_all(
    groups: list[tuple[TariffGroup, ...]], data: st.DataObject
) -> None:
    days = sorted(
        data.draw(
            st.lists(
                st.integers(2, 31), min_size=len(groups) - 1, max_size=len(groups) - 1, unique=True
            )
        )
    )
    exempt = [data.draw(st.booleans()) for _ in groups]
    versions = [
        replace(ALWAYS, groups=one, tax_exempt=of) for one, of in zip(groups, exempt, strict=True)
    ]
    bill = billed(terms(*versions, days=days))
    assert bill.amount == sum(line.amount for line in bill.lines)
    energy = [line for line in bill.lines if line.kind is LineKind.ENERGY]
    assert sum(line.quantity for line in energy) == bill.kwh == total_kwh(bill.usage)
    assert bill.kwh == Decimal("4.08") * 743
    assert len({one.name for one in bill.determinants}) == len(bill.determinants)
    assert priced_apart(groups, days) == {name: kwh for name, kwh in by_name(energy).items() if kwh}
    for line in bill.lines:
        if line.kind is LineKind.TAX:
            assert line.amount == money(line.quantity * line.price, "USD")
    vat = [line for line in bill.lines if line.label.startswith("VAT")]
    assert len(vat) <= 1
    if vat and not any(exempt):
        charged = [line for line in bill.lines if line.kind is not LineKind.TAX]
        assert vat[0].quantity == sum(line.amount for line in charged)


def by_name(energy: Sequence[object]) -> dict[str, Decimal]:
    found = defaultdict[str, Decimal](Decimal)
    for line in energy:
        name = line.label.partition(":")[0] if ":" in line.label else ""  # type: ignore[attr-defined]
        found[name] += line.quantity  # type: ignore[attr-defined]
    return dict(found)


def priced_apart(groups: list[tuple[TariffGroup, ...]], days: list[int]) -> dict[str, Decimal]:
    """The kWh of each group by hours and kW, circuit after circuit."""
    edges = [START, *(midnight(date(2026, 3, day), NEW_YORK) for day in days), END]
    found = defaultdict[str, Decimal](Decimal)
    for own, start, end in zip(groups, edges[:-1], edges[1:], strict=True):
        hours = Decimal(int((end - start).total_seconds())) / 3600
        for one in CIRCUITS:
            name = group_of(own, "rpp-1a", one)
            found[name] += Decimal(AMPS[one.first_pole]) * 120 / 1000 * hours
    return {name: kwh for name, kwh in found.items() if kwh}


def test_a_circuit_is_in_the_first_group_that_has_it() -> None:
    office, crac, _, ups = CIRCUITS
    on_panel = TariffGroup("P", "ups", panels=("rpp-1a",), pattern="CRAC")
    assert on_panel.has("rpp-1a", crac)
    assert not on_panel.has("rpp-1b", crac)
    assert not on_panel.has("rpp-1a", office)
    assert not TariffGroup("N", "ups").has("rpp-1a", office)
    assert group_of((COOLING, on_panel), "rpp-1a", crac) == "Cooling"
    assert group_of((UPS,), "rpp-1a", ups) == "UPS"
    assert group_of((UPS,), "rpp-1b", ups) == ""
    made = replace(office, poles=(), formula="f-rest")
    assert TariffGroup("F", "ups", circuits=("rpp-1a:f-rest",)).has("rpp-1a", made)


def test_a_group_of_another_month_is_in_none_of_this_one() -> None:
    later = replace(ALWAYS, groups=(COOLING,))
    versions = TermsVersion(None, ALWAYS), TermsVersion(date(2026, 4, 1), later)
    by = replace(terms(later), dated={"Customer1": versions})
    assert by.customer_of("Customer1", START, END) == ALWAYS
    assert by.customer_of("Customer1", START, END).group_of("rpp-1a", CIRCUITS[1], _NOON) == ""


_NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_contracts_and_groups_are_on_one_bill_over_several_sites() -> None:
    """One site's contract ends on the 9th, the other's begins on the 10th and has groups."""
    first = TermsVersion(None, ALWAYS, None, date(2026, 3, 9))
    second = TermsVersion(None, replace(ALWAYS, groups=(COOLING,)), date(2026, 3, 10))
    bills = [
        billed(replace(terms(one.customer), dated={"Customer1": (one,)})) for one in (first, second)
    ]
    drafts = [
        SiteDraft(site, site, NEW_YORK, "", "", bill)
        for site, bill in zip(("dc1", "dc2"), bills, strict=True)
    ]
    joint = joint_bill("acme", drafts)
    assert joint.amount == sum(line.amount for line in joint.lines)
    assert "dc2: Cooling: Energy, 2026-03-10 to 2026-03-31" in lines(joint)
    energy = [line for line in joint.lines if line.kind is LineKind.ENERGY]
    # 4.08 kW of 215 h in one site and of 528 h in the other
    assert sum(line.quantity for line in energy) == Decimal("4.08") * 743 == joint.kwh
    vat = [line for line in joint.lines if line.kind is LineKind.TAX]
    charged = sum(line.amount for line in joint.lines if line.kind is not LineKind.TAX)
    assert [line.quantity for line in vat] == [charged]
    parts = list(parts_of(joint))
    assert [one.kwh for one in parts] == [Decimal("4.08") * 215, Decimal("4.08") * 528]
    assert "Cooling: Energy, 2026-03-10 to 2026-03-31" in lines(parts[1])
