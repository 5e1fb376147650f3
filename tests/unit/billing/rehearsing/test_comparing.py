"""Past months under other tariffs, worked by hand."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bcm_mqtt.billing.rehearsing.comparing import ComparedMonth, Question, compare, summed
from bcm_mqtt.billing.rehearsing.site_rehearsal import months_between
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.customer import Customer, TermsVersion
from bcm_mqtt.domain.tariff import DemandCharge, Ratchet, RateVersion, Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store
from unit.billing.issue.site import TERMS
from unit.billing.rehearsing.two_months import AT, FEBRUARY, MARCH, two_months
from unit.builders import NEW_YORK

_FROM = date(2026, 1, 1)
DEMAND = Tariff(
    "demand",
    "USD",
    NEW_YORK,
    (
        RateVersion(
            _FROM,
            Decimal("0.10"),
            demand=(DemandCharge(Decimal(10), ratchet=Ratchet(Decimal("0.8"), 11)),),
        ),
    ),
)
DEARER = Tariff(
    "dearer",
    "USD",
    NEW_YORK,
    (RateVersion(_FROM, Decimal("0.10")), RateVersion(date(2027, 1, 1), Decimal("0.15"))),
)
LATE = Tariff("late", "EUR", NEW_YORK, (RateVersion(date(2026, 3, 1), Decimal("0.30")),))
COMPARED = replace(
    TERMS, tariffs={**TERMS.tariffs, **{one.id: one for one in (DEMAND, DEARER, LATE)}}
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with closing(two_months(tmp_path_factory.mktemp("compared") / "bcm.db")) as made:
        yield made


def compared(
    store: Store,
    *tariffs: str,
    months: tuple[Month, ...] = (FEBRUARY, MARCH),
    customer: str = "Customer1",
    rates_of: Month | None = None,
    terms: BillingTerms = COMPARED,
) -> list[ComparedMonth]:
    return compare(store, terms, Question(months, tariffs, customer, rates_of), AT)


def amounts(of: ComparedMonth) -> list[str]:
    return [f"{cost.amount}" for cost in (of.own, *of.others)]


def test_each_month_costs_what_it_would_under_each_tariff(store: Store) -> None:
    february, march = compared(store, "dearer")
    # 20 A x 120 V x 672 h, and 10 A x 120 V x 743 h
    assert (february.kwh, march.kwh) == (Decimal("1612.800"), Decimal("891.600"))
    assert (february.own.tariff, february.others[0].tariff) == ("standard", "dearer")
    assert amounts(february) == ["191.12", "161.28"]  # x 0.1185 = 191.1168, x 0.10
    assert amounts(march) == ["105.65", "89.16"]  # x 0.1185 = 105.6546


def test_a_ratchet_sees_the_months_before_as_they_were_under_the_same_tariff(store: Store) -> None:
    february, march = compared(store, "demand")
    # 161.28 + 10 x 2.4 kW; 89.16 + 10 x max(1.2, 0.8 x 2.4 kW)
    assert (amounts(february)[1], amounts(march)[1]) == ("185.28", "108.36")
    (alone,) = compared(store, "demand", months=(MARCH,))
    assert amounts(alone)[1] == "101.16"  # no month before is known: 89.16 + 10 x 1.2


def test_the_rates_of_another_month_price_every_month(store: Store) -> None:
    february, march = compared(store, "dearer", rates_of=Month(2027, 1))
    assert amounts(february) == ["191.12", "241.92"]  # the own tariff as it was
    assert amounts(march) == ["105.65", "133.74"]


def test_months_are_summed_in_one_currency_only(store: Store) -> None:
    found = compared(store, "demand", "dearer")
    (total,) = summed(found)
    assert total.kwh == Decimal("2504.400")
    assert amounts(total) == ["296.77", "293.64", "250.44"]
    (late,) = summed(compared(store, "late", months=(MARCH,)))
    assert (late.others[0].amount, late.others[0].currency) == (Decimal("267.48"), "EUR")


def test_a_month_without_a_rate_has_no_amount_and_says_why(store: Store) -> None:
    found = compared(store, "late")
    assert [one.others[0].amount for one in found] == [None, Decimal("267.48")]
    assert found[0].others[0].without == "tariff late has no rate from 2026-02-01 00:00 on"
    (total,) = summed(found)
    assert (total.own.amount, total.others[0].amount) == (Decimal("296.77"), None)
    (never,) = compared(store, "late", months=(MARCH,), rates_of=Month(2026, 1))
    assert never.others[0].amount is None
    assert "tariff late has no rate" in never.others[0].without


def test_all_customers_are_compared_where_none_is_named(store: Store) -> None:
    found = compared(store, "dearer", customer="", months=(MARCH,))
    assert [one.customer for one in found] == ["Customer1", "Customer2"]
    assert amounts(found[1]) == ["42.26", "35.66"]  # 4 A x 120 V x 743 h = 356.64 kWh


def test_a_customer_that_names_a_tariff_is_priced_under_the_others(store: Store) -> None:
    own = Customer("Customer1", "Customer1", tariff="dearer")
    terms = replace(COMPARED, customers={own.id: own})
    (march,) = compared(store, "standard", months=(MARCH,), terms=terms)
    assert (march.own.tariff, amounts(march)) == ("dearer", ["89.16", "105.65"])


def test_a_customer_whose_tariff_changed_is_priced_under_one(store: Store) -> None:
    before, after = (Customer("Customer1", "Customer1", tariff=one) for one in ("dearer", "demand"))
    versions = (TermsVersion(None, before), TermsVersion(date(2026, 3, 1), after))
    terms = replace(COMPARED, customers={after.id: after}, dated={after.id: versions})
    february, march = compared(store, "standard", terms=terms)
    assert (february.own.tariff, march.own.tariff) == ("dearer", "demand")
    assert [amounts(one)[1] for one in (february, march)] == ["191.12", "105.65"]


def test_what_cannot_be_compared_is_said(store: Store) -> None:
    with pytest.raises(InputError, match="there is no tariff 'x': expected one of dearer, demand"):
        compared(store, "x")
    with pytest.raises(InputError, match="2026-04 is not over: expected months up to 2026-03"):
        compared(store, "dearer", months=(Month(2026, 4),))
    with pytest.raises(InputError, match="customer 'Nowhere' has no circuit in these months"):
        compared(store, "dearer", customer="Nowhere")
    with pytest.raises(InputError, match="2026-02 is before 2026-03: expected the first"):
        months_between(MARCH, FEBRUARY)
    with pytest.raises(InputError, match="expected at most 60 months"):
        months_between(Month(2000, 1), FEBRUARY)
    assert months_between(FEBRUARY, MARCH) == (FEBRUARY, MARCH)
