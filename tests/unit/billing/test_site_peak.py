"""Demand at the peak of the site: found from all circuits, each once, and explained."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.explaining.explained import explained
from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.tariff import DemandCharge, RateVersion, Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.issue.site import TERMS
from unit.builders import NEW_YORK, circuit, directory, polled
from unit.builders import panel as panel_of
from unit.domain.test_rating_charges import bill as rated_bill
from unit.domain.test_rating_charges import load, rate

FEBRUARY = Month(2026, 2)
START = FEBRUARY.bounds(NEW_YORK)[0]
AS_OF = START + timedelta(days=2)
NOON, NIGHT = START + timedelta(hours=12), START + timedelta(hours=20)
QUARTER = timedelta(minutes=15)
ONE = Decimal(1)
PEAK = DemandCharge(ONE, site_peak=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as store:
        store.database.ensure_schema()
        yield store


def measured(panel: str, base: list[int], **quarters: list[int]) -> list[Snapshot]:
    """Amps by pole, with those of some quarter hours."""
    times = {"noon": NOON, "night": NIGHT}
    found = {one.time: one for one in polled(START, AS_OF, [1000 * amps for amps in base])}
    for name, amps in quarters.items():
        at = times[name]
        current = tuple(1000 * one for one in amps)
        found[at] = replace(found[at], current=current)
    return [replace(one, panel=panel) for one in found.values()]


def filled(store: Store, snapshots: dict[str, list[Snapshot]], names: dict[str, list[str]]) -> None:
    for panel, listed in snapshots.items():
        store.arrivals.add(listed)
        circuits = [circuit((at,), name) for at, name in enumerate(names[panel], start=1)]
        item = directory(*(replace(one, rating_amps=400) for one in circuits), of=panel_of(panel))
        store.directories.add(item, encode_directory(item), AS_OF)
    while store.roll_up.intervals():
        pass


def terms_of(*charges: DemandCharge) -> BillingTerms:
    tariff = Tariff(
        "standard", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), ONE, demand=charges),)
    )
    return replace(TERMS, tariffs={"standard": tariff}, default_tariff="standard", customers={})


def bills(store: Store, terms: BillingTerms) -> dict[str, Bill]:
    found = bill_month(store, terms, FEBRUARY, AS_OF).bills
    return {bill.customer.id: bill for bill in found}


def kw(bill: Bill, name: str = "site-peak-demand") -> tuple[str, str]:
    (found,) = [one for one in bill.determinants if one.name == name]
    return str(found.quantity), found.basis


def at(time: datetime) -> str:
    return f"mean of the 15 minutes from {time.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"


def test_all_pay_for_what_they_draw_at_the_peak_of_the_site(store: Store) -> None:
    # 10 + 10 + 10 A; at noon 100 + 20 + 60 unallocated, at night 20 + 110 + 10: the site's is noon
    filled(
        store,
        {"rpp-1a": measured("rpp-1a", [10, 10, 10], noon=[100, 20, 60], night=[20, 110, 10])},
        {"rpp-1a": ["Customer1-A-1", "Customer2-A-1", "spare"]},
    )
    terms = terms_of(PEAK, DemandCharge(ONE))
    found = bills(store, terms)
    assert kw(found["Customer1"]) == ("12.000", at(NOON))
    assert kw(found["Customer2"]) == ("2.400", at(NOON))
    assert kw(found["Customer2"], "demand") == ("13.200", at(NIGHT))
    lines = [line.label for line in found["Customer2"].lines]
    assert lines == ["Energy", "Demand, at the site's peak", "Demand"]
    sections = list(explained(store, terms, found["Customer2"], AS_OF, FigureQuery(line=2), {}))
    assert sections[-1].title == "15 minutes from 2026-02-01 12:00 EST"
    assert str(sections[-1].steps[-1].amount) == "2.400"


def test_a_feeder_has_all_that_is_below_it_and_counts_once(store: Store) -> None:
    # The main has 30 A, also of what no circuit below measures: 130 at night. Circuits of rpp-1a
    # are in it: at noon they come to 120 of its 122.
    filled(
        store,
        {
            "msb-1": measured("msb-1", [30, 5], noon=[122, 5], night=[130, 5]),
            "rpp-1a": measured("rpp-1a", [10, 10], noon=[100, 20], night=[20, 20]),
        },
        {"msb-1": ["feeds rpp-1a", "Customer3-A-1"], "rpp-1a": ["Customer1-A-1", "Customer2-A-1"]},
    )
    terms = replace(terms_of(PEAK), feeders={"rpp-1a": Feeder("msb-1", 1)})
    found = bills(store, terms)
    assert kw(found["Customer1"]) == ("2.400", at(NIGHT))
    assert kw(found["Customer2"]) == ("2.400", at(NIGHT))
    assert kw(found["Customer3"]) == ("0.600", at(NIGHT))


def test_where_nobody_looked_at_the_site_the_bill_is_held() -> None:
    found = rated_bill(rate(demand=(PEAK,)), load=load(10))
    (finding,) = found.findings
    assert finding.flag is Flag.TARIFF_UNKNOWN
    assert finding.detail == "the peak of the site in 2026-03 is not known"
    assert kw(found) == ("0.000", "no load")
