"""A month against the one before it: worked numbers, by hand."""

from decimal import Decimal

import pytest

from bcm_mqtt.domain.bill.months.month_on_month import Change, MonthSum, compared, on_month


def a_month(
    kwh: str, amount: str | None = None, days: str = "30", currency: str = "EUR"
) -> MonthSum:
    return MonthSum(
        Decimal(kwh), None if amount is None else Decimal(amount), currency, Decimal(days)
    )


@pytest.mark.parametrize(
    ("now", "before", "share", "change"),
    [
        # 100 kWh a day in both: March has three days more, which is no change.
        (a_month("3100", days="31"), a_month("2800", days="28"), "0", Change.USUAL),
        # 10 a day, then 13: 30 % and 3 kWh a day are both reached.
        (a_month("390"), a_month("300"), "0.3", Change.JUMP),
        (a_month("389.9"), a_month("300"), "0.2997", Change.USUAL),
        # Twice as much of a small customer: 2 kWh a day, then 4.
        (a_month("120"), a_month("60"), "1", Change.USUAL),
        # 29 kWh a day more of a large one: 29 %.
        (a_month("3870"), a_month("3000"), "0.29", Change.USUAL),
        # Half of 20 a day is gone.
        (a_month("300"), a_month("600"), "-0.5", Change.JUMP),
        # Moved in on the 21st: 10 days of 10 kWh, and now 30 of them.
        (a_month("300"), a_month("100", days="10"), "0", Change.USUAL),
        # Nothing, then 3 a day: there is no percentage of nothing.
        (a_month("90"), a_month("0"), None, Change.JUMP),
        (a_month("0"), a_month("0"), None, Change.USUAL),
    ],
)
def test_energy_is_compared_by_day_of_supply(
    now: MonthSum, before: MonthSum, share: str | None, change: Change
) -> None:
    found = compared(now, before, supplied_before=True)
    assert found.change is change
    assert found.before == before
    if share is None:
        assert found.kwh_share is None
    else:
        assert found.kwh_share is not None
        assert round(found.kwh_share, 4) == Decimal(share)


@pytest.mark.parametrize(
    ("now", "before", "share", "jumps"),
    [
        # 300 kWh at 0.20 and at 0.30: 10 kWh a day, the cost of 5 of them more.
        (a_month("300", "90.00"), a_month("300", "60.00"), "0.5", ("cost",)),
        # The same price: energy and cost jump together.
        (a_month("600", "120.00"), a_month("300", "60.00"), "1", ("energy", "cost")),
        # 60 kWh at twice the price: the cost of 2 kWh a day more is less than that of 3.
        (a_month("60", "24.00"), a_month("60", "12.00"), "1", ()),
        (a_month("300", "90.00"), a_month("300", "60.00", currency="USD"), None, ()),
        (a_month("300", "90.00"), a_month("300"), None, ()),
        (a_month("300"), a_month("300", "60.00"), None, ()),
    ],
)
def test_the_cost_is_compared_where_both_have_one_in_the_same_currency(
    now: MonthSum, before: MonthSum, share: str | None, jumps: tuple[str, ...]
) -> None:
    found = compared(now, before, supplied_before=True)
    assert found.jumps == jumps
    assert found.cost_share == (None if share is None else Decimal(share))


def test_who_came_and_who_went_are_named_and_do_not_jump() -> None:
    found = on_month(
        {"A": a_month("300"), "New": a_month("9000"), "Held": a_month("300")},
        {"A": a_month("300"), "Gone": a_month("9000")},
        frozenset({"A", "Gone", "Held"}),
    )
    assert {customer: one.change for customer, one in found.items()} == {
        "A": Change.USUAL,
        "Gone": Change.ENDED,
        "Held": Change.UNKNOWN,
        "New": Change.NEW,
    }
    assert found["Gone"].before == a_month("9000")


def test_without_a_month_before_nothing_is_compared() -> None:
    assert on_month({"A": a_month("300")}, {}, frozenset()) == {}
