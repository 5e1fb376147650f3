"""Register histories through the store: polls, intervals, bills."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.register_histories import (
    EVENT,
    HISTORIES,
    History,
    shown_at,
    times,
    two_days_behind,
)
from unit.builders import circuit, directory, panel

NOVEMBER = Month(2026, 11)
AS_OF = datetime(2026, 12, 3, tzinfo=UTC)
TRUTH = Decimal(720)
TERMS = BillingTerms(ZoneInfo("UTC"), "EUR", {}, {}, "", CustomerRule())


def snapshots() -> Iterator[Snapshot]:
    """In the order of their coming; the last history is of a panel of its own."""
    for number, (at, period) in enumerate(times()):
        hours = (at - EVENT).total_seconds() / 3600
        ms, last = period * 1000, HISTORIES[-1].shown(hours, number)
        yield Snapshot("rpp-1a", at, number, ms, (), energy=shown_at(hours, number))
        yield Snapshot("rpp-1b", two_days_behind(at), number, ms, (), energy=(last,))


def instruments() -> Iterator[Instrument]:
    for pole, history in enumerate(HISTORIES, start=1):
        for hours, last, first in history.dated:
            at = EVENT + timedelta(hours=hours)
            readings = (Decimal(last),), (Decimal(first),)
            yield Instrument(
                (pole,), valid_from=at, last_reading_kwh=readings[0], first_reading_kwh=readings[1]
            )


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bill]]:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('registers')}/bcm.db")
    store.database.ensure_schema()
    every = list(snapshots())
    for first in range(0, len(every), 100):  # as they come in; all at once takes longer
        store.arrivals.add(every[first : first + 100])
    count = len(HISTORIES)
    circuits = [circuit((pole,), f"H{pole}-A-{pole}") for pole in range(1, count)]
    for of_panel in (
        replace(
            directory(*circuits, of=panel(service="230/400")), instruments=tuple(instruments())
        ),
        directory(circuit((1,), f"H{count}-A-1"), of=panel("rpp-1b", service="230/400")),
    ):
        store.directories.add(of_panel, encode_directory(of_panel), EVENT)
    while store.roll_up.intervals():
        pass
    site = bill_month(store, TERMS, NOVEMBER, AS_OF)
    yield {bill.customer.id: bill for bill in site.bills}
    store.close()


def registers(bill: Bill) -> list[str]:
    flags = {finding.flag.value for finding in bill.findings}
    return sorted(flag for flag in flags if flag.startswith(("register", "exchange")))


@pytest.mark.parametrize("number", range(len(HISTORIES)), ids=[one.name for one in HISTORIES])
def test_a_history_is_billed_right_or_held(bills: dict[str, Bill], number: int) -> None:
    history: History = HISTORIES[number]
    bill = bills[f"H{number + 1}"]
    right = abs(bill.kwh - TRUTH) <= TRUTH / 100
    assert right or bill.holds
    if history.legitimate:
        assert right
        assert not bill.holds


def test_the_documented_table_is_what_is_billed(bills: dict[str, Bill]) -> None:
    written = "| a register that | true kWh | billed kWh | found | held |\n|---|---|---|---|---|\n"
    for number, history in enumerate(HISTORIES, start=1):
        bill = bills[f"H{number}"]
        found = ", ".join(f"`{flag}`" for flag in registers(bill))
        held = "held" if bill.holds else ""
        written += f"| {history.name} | {TRUTH} | {bill.kwh:.1f} | {found} | {held} |\n"
    page = (Path(__file__).parents[3] / "docs" / "energy-registers.md").read_text("utf-8")
    assert page.partition("<!-- histories -->\n\n")[2] == written
