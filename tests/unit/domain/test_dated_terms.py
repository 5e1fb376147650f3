"""Dated terms of customers: which hold when, and what of a month is billed by them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.account import pricing_of
from bcm_mqtt.domain.bill.bill import bill_of
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.customer import Customer, CustomerRule, TermsPart, TermsVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.tariff import RateVersion, Tariff, Tax
from bcm_mqtt.domain.time import Month, midnight
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.usage.usage import UNASSIGNED, total_kwh
from bcm_mqtt.errors import InputError
from unit.builders import circuit
from unit.domain.examples import NEW_YORK, Readings, full, panel

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
ALWAYS = Customer("Customer1", "One", tariff="flat")
TAX = Tax("VAT", Decimal(10))


def flat(name: str, energy: str, since: date = date(2026, 1, 1)) -> Tariff:
    return Tariff(name, "USD", NEW_YORK, (RateVersion(since, Decimal(energy), taxes=(TAX,)),))


TARIFFS = {"flat": flat("flat", "0.10"), "dear": flat("dear", "0.30")}


def terms(*versions: TermsVersion) -> BillingTerms:
    customers = {"Customer1": versions[-1].customer}
    return BillingTerms(
        *(NEW_YORK, "USD", customers, TARIFFS, "", CustomerRule()), dated={"Customer1": versions}
    )


def day(number: int) -> datetime:
    return midnight(date(2026, 3, number), NEW_YORK)


def since(number: int, **changes: object) -> TermsVersion:
    return TermsVersion(date(2026, 3, number), replace(ALWAYS, **changes))  # type: ignore[arg-type]


def contract(start: date | None, end: date | None) -> TermsVersion:
    return TermsVersion(None, ALWAYS, start, end)


def test_terms_that_hold_all_month_are_in_no_parts() -> None:
    assert terms(TermsVersion(None, ALWAYS)).customer_of("Customer1", START, END) == ALWAYS
    moved = since(17, address=("2 Side Street",), language="fr")
    found = terms(TermsVersion(None, ALWAYS), moved).customer_of("Customer1", START, END)
    assert found == moved.customer


def test_what_is_dated_after_a_month_is_not_in_it() -> None:
    later = TermsVersion(date(2026, 4, 1), replace(ALWAYS, name="Two", tariff="dear"))
    by = terms(TermsVersion(None, ALWAYS), later)
    assert by.customer_of("Customer1", START, END) == ALWAYS
    assert by.customer("Customer1").tariff == "dear"
    assert by.without_rates(MARCH) == {}


def test_a_month_has_a_part_for_what_prices_it() -> None:
    by = terms(TermsVersion(None, ALWAYS), since(9, tariff="dear"), since(20, tax_exempt=True))
    assert by.customer_of("Customer1", START, END).parts == (
        TermsPart(START, day(9), "flat"),
        TermsPart(day(9), day(20), "dear"),
        TermsPart(day(20), END, "flat", tax_exempt=True),
    )


def test_a_contract_is_from_its_first_day_to_the_end_of_its_last() -> None:
    by = terms(contract(date(2026, 3, 10), date(2026, 3, 12)))
    found = by.customer_of("Customer1", START, END)
    assert found.parts == (TermsPart(day(10), day(13), "flat"),)
    assert by.customer_of("Customer1", *MARCH.shifted(1).bounds(NEW_YORK)).parts[0].end == END
    before = by.customer_of("Customer1", *MARCH.shifted(-1).bounds(NEW_YORK))
    assert not before.is_billed_within(*MARCH.shifted(-1).bounds(NEW_YORK))


def test_a_tariff_that_has_ended_is_missed_in_the_time_of_its_terms_alone() -> None:
    by = terms(TermsVersion(None, replace(ALWAYS, tariff="old")), since(9, tariff="dear"))
    ended = replace(TARIFFS["flat"], id="old")
    rate = replace(ended.versions[0], valid_until=date(2026, 3, 8))
    by = replace(by, tariffs={**TARIFFS, "old": replace(ended, versions=(rate,))})
    by.check_rates(MARCH)
    rate = replace(rate, valid_until=date(2026, 3, 7))
    by = replace(by, tariffs={**TARIFFS, "old": replace(ended, versions=(rate,))})
    with pytest.raises(InputError, match="old has no rate from 2026-03-08"):
        by.check_rates(MARCH)


def test_tariffs_of_several_currencies_are_on_no_bill() -> None:
    by = terms(TermsVersion(None, ALWAYS), since(9, tariff="dear"))
    by = replace(by, tariffs={**TARIFFS, "dear": replace(TARIFFS["dear"], currency="EUR")})
    with pytest.raises(ValueError, match="one currency"):
        by.tariff_of(by.customer_of("Customer1", START, END), START, END)


def used(by: BillingTerms) -> list[object]:
    """The rows of a circuit of 1.2 kW that names Customer1."""
    time = BilledTime(START, END, NEW_YORK)
    directory = Directory(panel(), (circuit((1,), "Customer1-A-1"),))
    readings = Readings(START, END, {1: full(START, END, milliamps=10_000)})
    parts = panel_usage(directory, readings, CustomerRule(), pricing_of(by, time), time)
    return [row for part in parts for row in part.rows]


@given(
    st.lists(st.sampled_from(range(1, 32)), max_size=4, unique=True),
    st.data(),
)
def test_no_energy_is_billed_twice_or_lost(days: list[int], data: st.DataObject) -> None:
    """1.2 kW in 743 hours: what is not of the contract is unallocated."""
    drawn = st.builds(
        replace,
        st.just(ALWAYS),
        tariff=st.sampled_from(["flat", "dear"]),
        tax_exempt=st.booleans(),
        committed_kw=st.sampled_from([None, Decimal(2)]),
    )
    dates = st.none() | st.dates(date(2026, 2, 20), date(2026, 4, 10))
    begin, length = data.draw(dates), data.draw(st.integers(0, 40))
    end = begin + timedelta(days=length) if begin and data.draw(st.booleans()) else None
    versions = [TermsVersion(None, data.draw(drawn), begin, end)]
    versions += [
        TermsVersion(date(2026, 3, one), data.draw(drawn), begin, end) for one in sorted(days)
    ]
    by = terms(*versions)
    rows = used(by)
    assert total_kwh(rows) == Decimal("891.600")  # type: ignore[arg-type]
    own = [row for row in rows if row.customer == "Customer1"]  # type: ignore[attr-defined]
    first, last = max(begin or date.min, date(2026, 3, 1)), min(end or date.max, date(2026, 3, 31))
    billed = timedelta(0)
    if first <= last:
        billed = midnight(last + timedelta(days=1), NEW_YORK) - midnight(first, NEW_YORK)
    hours = Decimal(int(billed.total_seconds())) / 3600
    assert total_kwh(own) == Decimal("1.2") * hours  # type: ignore[arg-type]
    assert {row.customer for row in rows} <= {"Customer1", UNASSIGNED}  # type: ignore[attr-defined]
    customer = by.customer_of("Customer1", START, END)
    tariff = by.tariff_of(customer, START, END)
    bill = bill_of(customer, tariff, MARCH, (START, END), own, "USD")  # type: ignore[arg-type]
    energy = [line for line in bill.lines if line.unit == "kWh"]
    assert sum(line.quantity for line in energy) == bill.kwh
    taxed = sum(
        line.amount
        for line, part in ((line, _part(customer, bill, line.determinant)) for line in energy)
        if not part
    )
    assert bill.taxes == round(taxed * Decimal("0.10"), 2) or abs(
        bill.taxes - taxed * Decimal("0.10")
    ) <= Decimal("0.005")


def _part(customer: Customer, bill: object, name: str) -> bool:
    (found,) = [one for one in bill.determinants if one.name == name]  # type: ignore[attr-defined]
    middle = found.start + (found.end - found.start) / 2
    return customer.is_exempt_at(middle.astimezone(UTC))
