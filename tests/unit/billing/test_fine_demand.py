"""Demand in windows finer than quarter hours, from polls to the bill; stored before polls go."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.billing.issue import IssueRequest, issue_month, verify
from bcm_mqtt.billing.issue.document import issued_of
from bcm_mqtt.billing.peaks.making import make_peaks, why_not_made
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, members_of
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup
from bcm_mqtt.domain.tariff import (
    DemandCharge,
    PeriodPrice,
    RateVersion,
    Schedule,
    ScheduleRule,
    Tariff,
)
from bcm_mqtt.domain.time import BEGINNING, Month
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.issue.site import TERMS
from unit.builders import NEW_YORK, circuit, directory, polled
from unit.builders import panel as panel_of

FEBRUARY = Month(2026, 2)
START = FEBRUARY.bounds(NEW_YORK)[0]
NOON = START + timedelta(hours=12)
AS_OF = START + timedelta(days=1, hours=4, minutes=20)
ONE = Decimal(1)
FIVE = DemandCharge(ONE, window=5)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        yield store


Steps = Sequence[tuple[datetime, int]]
"""From when on so many milliamps flow."""


def polls(
    panel: str, steps: Steps, until: datetime = AS_OF, poll_ms: int = 60_000
) -> list[Snapshot]:
    ends = [*(at for at, _ in steps[1:]), until]
    return [
        replace(one, panel=panel)
        for (at, milliamps), end in zip(steps, ends, strict=True)
        for one in polled(at, end, [milliamps, None], poll_ms=poll_ms)
    ]


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


# 1.2 kW on either panel, and 2.4 kW for five minutes: one after the other.
FIRST = [(START, 10_000), (NOON, 20_000), (NOON + minutes(5), 10_000)]
OTHER = [(START, 10_000), (NOON + minutes(5), 20_000), (NOON + minutes(10), 10_000)]


def terms_of(*charges: DemandCharge, **rate: object) -> BillingTerms:
    version = RateVersion(date(2026, 1, 1), ONE, demand=charges, **rate)  # type: ignore[arg-type]
    tariff = Tariff("standard", "USD", NEW_YORK, (version,))
    return replace(TERMS, tariffs={"standard": tariff}, default_tariff="standard", customers={})


def filled(store: Store, *snapshots: Snapshot) -> None:
    store.arrivals.add(snapshots)
    while store.roll_up.intervals():
        pass
    for panel in sorted({one.panel for one in snapshots}):
        item = directory(circuit((1,), "Customer1-A-1"), of=panel_of(panel))
        store.directories.add(item, encode_directory(item), AS_OF)


def billed(store: Store, terms: BillingTerms, month: Month = FEBRUARY) -> Bill:
    as_of = AS_OF if month == FEBRUARY else month.bounds(NEW_YORK)[0] + timedelta(days=12)
    (bill,) = bill_month(store, terms, month, as_of).bills
    return bill


def demands(bill: Bill) -> dict[str, tuple[str, str]]:
    return {
        one.name: (str(one.quantity), one.basis) for one in bill.determinants if one.unit == "kW"
    }


def unknown(bill: Bill) -> list[str]:
    return [one.detail for one in bill.findings if one.flag is Flag.TARIFF_UNKNOWN]


def test_windows_are_of_all_panels_at_once_and_finer_ones_are_never_less(store: Store) -> None:
    filled(store, *polls("rpp-1a", FIRST), *polls("rpp-1b", OTHER))
    charges = (
        FIVE,
        DemandCharge(ONE, window=10, sliding=True, step=5),
        DemandCharge(ONE, window=10),
        DemandCharge(ONE),
        DemandCharge(ONE, window=30),
    )
    found = demands(billed(store, terms_of(*charges)))
    at = "from 2026-02-01 12:00"
    assert found == {
        "demand-5min": ("3.600", f"mean of the 5 minutes {at}"),  # 2.4 + 1.2
        "demand-10min-sliding-5min": ("3.600", f"mean of the 10 minutes {at}"),
        "demand-10min": ("3.600", f"mean of the 10 minutes {at}"),
        "demand": ("3.200", f"mean of the 15 minutes {at}"),  # (3.6 x 10 + 2.4 x 5) / 15
        "demand-30min": ("2.800", f"mean of the 30 minutes {at}"),
    }


def test_a_window_slides_over_quarter_hours_and_midnight(store: Store) -> None:
    midnight = START + timedelta(days=1)
    steps = [(START, 10_000), (midnight - minutes(5), 40_000), (midnight + minutes(5), 10_000)]
    filled(store, *polls("rpp-1a", steps))
    found = demands(billed(store, terms_of(DemandCharge(ONE, window=10, sliding=True, step=5))))
    assert found["demand-10min-sliding-5min"] == (
        "4.800",
        "mean of the 10 minutes from 2026-02-01 23:55",
    )


def test_a_gap_of_polls_is_taken_for_the_mean_of_its_quarter_hour(store: Store) -> None:
    gap = [(START, 10_000), (NOON, 20_000), (NOON + minutes(5), 10_000)]
    kept = [
        one
        for one in polls("rpp-1a", gap)
        if not NOON + minutes(1) <= one.time < NOON + minutes(3)  # 30 s of 12:01 are held
    ]
    filled(store, *kept)
    bill = billed(store, terms_of(FIVE, DemandCharge(ONE)))
    found = demands(bill)
    # Nothing finer than 15 minutes is beyond what was read in it; the quarter hour stays the sum.
    assert Decimal("1.2") < Decimal(found["demand"][0]) <= Decimal(found["demand-5min"][0])
    assert Decimal(found["demand-5min"][0]) <= Decimal("2.4")
    assert not unknown(bill)


def test_the_hours_of_a_period_alone_count(store: Store) -> None:
    filled(store, *polls("rpp-1a", FIRST))
    morning = Schedule((ScheduleRule("morning", hours=((24, 48),)),), "rest")
    prices = (PeriodPrice("morning", ONE), PeriodPrice("rest", ONE))
    charge = replace(FIVE, period="morning")
    version = RateVersion(date(2026, 1, 1), prices, schedule=morning, demand=(charge,))
    tariff = Tariff("standard", "USD", NEW_YORK, (version,))
    terms = replace(terms_of(), tariffs={"standard": tariff})
    assert demands(billed(store, terms))["demand-5min/morning"] == (
        "1.200",
        "mean of the 5 minutes from 2026-02-01 06:00",
    )


def test_polls_that_are_too_rare_hold_the_bill(store: Store) -> None:
    filled(store, *polls("rpp-1a", FIRST, poll_ms=75_000))
    bill = billed(store, terms_of(FIVE, DemandCharge(ONE, window=10, sliding=True, step=5)))
    (five, sliding) = unknown(bill)
    assert five == (
        "windows of 5 minutes on 2026-02-01 and on 1 more days: polls of these days are not "
        "stored, or are not five in a step"
    )
    assert sliding.startswith("windows of 10 minutes on 2026-02-01")
    assert bill.holds


def test_a_panel_that_falls_silent_at_midnight_leaves_no_day_unknown(store: Store) -> None:
    midnight = START + timedelta(days=1)
    filled(store, *polls("rpp-1a", FIRST, midnight))  # its last reading stands 30 s into the 2nd
    bill = billed(store, terms_of(FIVE))
    assert demands(bill)["demand-5min"][0] == "2.400"
    assert not unknown(bill)


def pruned(store: Store) -> None:
    spans = [MonthSpan(FEBRUARY, START, START + timedelta(days=1))]
    assert not [step for step in store.upkeep.remove_snapshots(spans, AS_OF) if step.waits]


def test_a_day_is_stored_before_its_polls_go_and_then_billed_as_it_was(store: Store) -> None:
    filled(store, *polls("rpp-1a", FIRST), *polls("rpp-1b", OTHER))
    terms = terms_of(FIVE)
    before = billed(store, terms)
    assert make_peaks(store, terms, FEBRUARY, AS_OF) == [date(2026, 2, 1)]
    assert make_peaks(store, terms, FEBRUARY, AS_OF) == []
    pruned(store)
    after = billed(store, terms)
    assert demands(after) == demands(before)
    assert not unknown(after)
    assert why_not_made(store, terms, MonthSpan(FEBRUARY, START, AS_OF), AS_OF) == ""


def test_a_month_without_polls_and_without_stored_days_is_held(store: Store) -> None:
    filled(store, *polls("rpp-1a", FIRST))
    pruned(store)
    bill = billed(store, terms_of(FIVE))
    (said,) = unknown(bill)
    assert said.startswith("windows of 5 minutes on 2026-02-01: polls of")
    assert any(said in reason for reason in bill.holds)
    assert demands(bill)["demand-5min"][0] == "1.600"  # of even quarter hours: at least that much


def test_a_stored_day_counts_only_while_its_quarter_hours_are_the_same(store: Store) -> None:
    filled(store, *polls("rpp-1a", FIRST))
    terms = terms_of(FIVE)
    make_peaks(store, terms, FEBRUARY, AS_OF)
    pruned(store)
    assert not unknown(billed(store, terms))
    changed = directory(replace(circuit((1,), "Customer1-A-1"), power_factor=Decimal("0.5")))
    store.directories.add(changed, encode_directory(changed), AS_OF)
    (said,) = unknown(billed(store, terms))
    assert said.startswith("windows of 5 minutes on 2026-02-01: polls")


def test_a_formula_has_the_windows_of_its_members(store: Store) -> None:
    filled(store, *polls("rpp-1a", FIRST), *polls("rpp-1b", OTHER))
    for panel in ("rpp-1a", "rpp-1b"):
        item = directory(circuit((1,), "spare"), of=panel_of(panel))
        store.directories.add(item, encode_directory(item), AS_OF)
    both = members_of("rpp-1a:1 + rpp-1b:1")
    formula = FormulaVersion("rpp-1a", "f-both", both, "", "Customer1", BEGINNING)
    terms = replace(terms_of(FIVE), formulas=(formula,))
    assert demands(billed(store, terms))["demand-5min"][0] == "3.600"


@pytest.mark.parametrize(
    ("month", "first"), [(Month(2026, 3), 7), (Month(2026, 11), 1)], ids=["23 h", "25 h"]
)
def test_days_on_which_clocks_change(store: Store, month: Month, first: int) -> None:
    start = datetime(month.year, month.month, first, tzinfo=NEW_YORK).astimezone(UTC)
    change = (
        datetime(2026, 3, 8, 7, tzinfo=UTC) if first == 7 else datetime(2026, 11, 1, 6, tzinfo=UTC)
    )
    steps = [(start, 10_000), (change, 20_000), (change + minutes(5), 10_000)]
    filled(store, *polls("rpp-1a", steps, start + timedelta(days=3)))
    bill = billed(store, terms_of(FIVE), month)
    hour = "2026-03-08 03:00" if first == 7 else "2026-11-01 01:00"
    assert demands(bill)["demand-5min"] == ("2.400", f"mean of the 5 minutes from {hour}")
    assert [line.kind for line in bill.lines] == [LineKind.ENERGY, LineKind.DEMAND]


def test_explain_shows_the_quarter_hour_and_the_window_in_it(store: Store) -> None:
    filled(store, *polls("rpp-1a", FIRST), *polls("rpp-1b", OTHER))
    terms = terms_of(FIVE)
    make_peaks(store, terms, FEBRUARY, AS_OF)
    pruned(store)
    bill = billed(store, terms)
    sections = list(explained(store, terms, bill, AS_OF, FigureQuery(line=2), {}))
    last = sections[-1]
    assert last.title == "window from 2026-02-01 12:00 EST"
    assert [(one.what, str(one.amount), one.unit, one.formula) for one in last.steps] == [
        ("15 minutes from 2026-02-01 12:00 EST", "800000000", "uWh", ""),
        ("energy of the window", "300000000", "uWh", ""),
        ("mean power: the demand", "3.600", "kW", "300,000,000 uWh x 60 / 5 / 1,000,000,000"),
    ]


def test_an_issued_bill_is_verified_by_what_was_stored(store: Store) -> None:
    month = Month(2026, 2)
    start, end = month.bounds(NEW_YORK)
    constant = polled(start, end, [10_000, None], poll_ms=3_600_000)
    filled(store, *constant)
    terms = terms_of(DemandCharge(ONE, window=60, sliding=True, step=5))
    as_of = end + timedelta(hours=9)
    held = issue_month(store, terms, IssueRequest(month), as_of)
    assert not held.issued  # polled by the hour: held until somebody releases it
    store.releases.add(BillRelease(month, "Customer1", "R. Doe", "constant", as_of))
    assert issue_month(store, terms, IssueRequest(month), as_of).issued
    (entry,) = store.bills.issued(month)
    assert "windows of demand" in issued_of(entry).fingerprints
    assert not verify(store, terms, as_of).faults


def test_windows_are_of_the_circuits_of_a_group_alone(store: Store) -> None:
    filled(store, *polls("rpp-1a", FIRST), *polls("rpp-1b", OTHER))
    terms = terms_of(FIVE)
    cooling = replace(terms.tariffs["standard"], id="cooling")
    group = TariffGroup("Cooling", "cooling", ("rpp-1b",))
    customer = Customer("Customer1", "Customer One", groups=(group,))
    terms = replace(
        terms, tariffs={**terms.tariffs, "cooling": cooling}, customers={customer.id: customer}
    )
    bill = billed(store, terms)
    assert demands(bill) == {
        "demand-5min": ("2.400", "mean of the 5 minutes from 2026-02-01 12:00"),
        "Cooling: demand-5min": ("2.400", "mean of the 5 minutes from 2026-02-01 12:05"),
    }
    assert not unknown(bill)
