"""A month before it is over, as the weeks before it were."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bcm_mqtt.billing.rehearsing.moved import MovedStore
from bcm_mqtt.billing.rehearsing.rehearsed import rehearse
from bcm_mqtt.domain.tariff import DemandCharge, RateVersion, Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store
from unit.billing.issue.site import TERMS
from unit.billing.rehearsing.two_months import AT, MARCH, two_months
from unit.builders import NEW_YORK

APRIL = Month(2026, 4)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with closing(two_months(tmp_path_factory.mktemp("rehearsed") / "bcm.db")) as made:
        yield made


def test_each_day_is_as_the_same_weekday_whole_weeks_before(store: Store) -> None:
    """April ends on 2026-05-01 04:00 UTC, 30 d 4 h after the last whole day: 5 weeks back.

    From 25 February 04:00 UTC there are 97 h until March begins in New York, of 2.4 kW, and
    623 h of 1.2 kW.
    """
    found = rehearse(store, TERMS, APRIL, AT)
    assert found.weeks == 5
    first, second = found.site.bills
    assert first.kwh == Decimal("980.400")  # 232.8 + 747.6
    assert first.amount == Decimal("116.18")  # x 0.1185 = 116.1774
    assert second.kwh == Decimal("345.600")  # 0.48 kW x 720 h
    assert not first.holds
    assert (first.month, first.start) == (APRIL, APRIL.bounds(NEW_YORK)[0])


def test_rates_are_those_of_the_month_itself(store: Store) -> None:
    rates = (
        RateVersion(date(2026, 1, 1), Decimal("0.10")),
        RateVersion(date(2026, 4, 1), Decimal("0.20"), demand=(DemandCharge(Decimal(10)),)),
    )
    terms = replace(TERMS, tariffs={"standard": Tariff("standard", "USD", NEW_YORK, rates)})
    (first, _) = rehearse(store, terms, APRIL, AT).site.bills
    assert [line.amount for line in first.lines] == [Decimal("196.08"), Decimal("24.00")]


def test_a_tariff_without_a_rate_for_it_prices_nothing_and_is_named(store: Store) -> None:
    rates = (RateVersion(date(2026, 1, 1), Decimal("0.10"), valid_until=date(2026, 3, 31)),)
    terms = replace(TERMS, tariffs={"standard": Tariff("standard", "USD", NEW_YORK, rates)})
    found = rehearse(store, terms, APRIL, AT)
    assert found.unrated == {"standard": "tariff standard has no rate from 2026-04-01 00:00 on"}
    assert not found.site.bills[0].priced


def test_a_month_that_is_over_is_no_rehearsal(store: Store) -> None:
    with pytest.raises(InputError, match="2026-03 is over: expected bcm-mqtt bill 2026-03"):
        rehearse(store, TERMS, MARCH, AT)


def test_nothing_but_what_was_measured_moves(store: Store) -> None:
    by = timedelta(days=35)
    with store.at_one_moment() as moment:
        moved = MovedStore(moment, by)
        start = datetime(2026, 4, 1, tzinfo=UTC)
        later = moved.intervals.load_profile("rpp-1a", start, start + timedelta(days=2))
        was = moment.intervals.load_profile("rpp-1a", start - by, start - by + timedelta(days=2))
        assert (later.milliamp_ms == was.milliamp_ms).all()
        assert later.slots.at(0) == was.slots.at(0) + by
        firsts = (
            moved.intervals.first_intervals("rpp-1a"),
            moment.intervals.first_intervals("rpp-1a"),
        )
        assert firsts[0] == {pole: at + by for pole, at in firsts[1].items()}
        assert moved.directories.all() == moment.directories.all()
