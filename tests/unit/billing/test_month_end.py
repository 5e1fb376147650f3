"""How far the end of last month is at a site: issued, held, open."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.billing.months_to_date import LastMonthsBills
from bcm_mqtt.billing.portfolio import month_end
from bcm_mqtt.billing.portfolio.month_end import LastMonthsEnd, MonthEnd
from bcm_mqtt.cli import main
from bcm_mqtt.cli.stored import site_store
from bcm_mqtt.config.portfolio import load_portfolio
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, SetClock
from unit.cli.portfolio.measured_portfolio import write_measured_portfolio

MARCH = Month(2026, 3)
APRIL = MARCH.bounds(NEW_YORK)[1] + timedelta(days=9)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_measured_portfolio(tmp_path_factory.mktemp("office") / "portfolio")


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    with closing(site_store(load_portfolio(file).sites["dc1"].settings)) as opened:
        yield opened


def test_bills_are_open_then_held_then_issued(
    file: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms, clock = load_portfolio(file).sites["dc1"].settings.terms, SetClock(APRIL)
    end = LastMonthsEnd(store, lambda: terms, clock, clock.monotonic)
    assert end() == MonthEnd(MARCH, 0, 0, 2)
    later = SetClock(APRIL + timedelta(days=31))
    april = LastMonthsEnd(store, lambda: terms, later, later.monotonic)()
    assert (april.month, april.issued, april.open) == (Month(2026, 4), 0, 0)
    assert april.held == 2  # nothing was measured
    assert main(["bill", "2026-03", "--portfolio", str(file), "--site", "dc1", "--issue"]) == 0
    monkeypatch.setattr(LastMonthsBills, "bills", None)  # nothing is calculated any more
    assert end() == MonthEnd(MARCH, 2, 0, 0)


def test_while_another_sites_drafts_are_made_held_bills_are_not_known(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(month_end, "_TURN_S", 0.01)
    settings = load_portfolio(file).sites["dc3"].settings
    clock = SetClock(APRIL)
    with (
        closing(site_store(settings)) as other,
        month_end._ONE_AT_A_TIME,
    ):
        end = LastMonthsEnd(other, lambda: settings.terms, clock, clock.monotonic)
        assert end() == MonthEnd(MARCH, 0, None, 2)
