"""A whole bill run by prices of quarter hours, against a bare SUM over the same intervals.

10,000 circuits of 300 customers, 1 % of the month missing, as `bills` has them. Two of three pay a
price of a series for each of 2,976 quarter hours, with a share and a fee on top, and for their
demand; the others have their parts of a supplier's invoice, by energy and by demand at its peak.
The run is what a month's end takes: bills and CSV, which are held against the sum as those of
`bills` are, then the issue of all bills, and their check.
"""

import statistics
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.issue import IssueRequest, issue_month, verify
from bcm_mqtt.billing.reports import csv_report
from bcm_mqtt.domain.allocation.allocating import AllocationRules
from bcm_mqtt.domain.allocation.entered import Entry
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.domain.allocation.plan import AllocationPlan
from bcm_mqtt.domain.allocation.rules import ByDemand, ByEnergy
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.tariff import (
    DemandCharge,
    EnergyUnit,
    PriceEntry,
    PriceSeries,
    RateVersion,
    SeriesPrice,
    SeriesPrices,
    Tariff,
)
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.store import Store
from benchmarks.bills import (
    CUSTOMERS,
    END,
    MONTH,
    START,
    TERMS,
    ZONE,
    bare_sum,
    check,
    fill,
    megabytes,
)
from benchmarks.databases import DATABASES, database

ROUNDS, CIRCUITS, PRICES = 5, 10_000, 2_976
SERIES = PriceSeries("day-ahead", "USD", EnergyUnit.MWH, 15, ZONE)
_ENERGY, _DEMAND = Decimal("1234567.89"), Decimal("98765.43")
_ALL_KWH, _ALL_KW = Decimal(20_000_000), Decimal(40_000)
"""Of the invoice, with what is not measured: more than all circuits together."""
_BY_QUARTERS = RateVersion(
    date(2026, 1, 1),
    SeriesPrice("day-ahead", Decimal("1.03"), Decimal("0.0145")),
    demand=(DemandCharge(Decimal("12.50")),),
)
_DIVIDED = RateVersion(
    date(2026, 1, 1),
    (),
    allocation=AllocationPlan(
        *("grid", "Grid Co"), AllocationRules({"energy": ByEnergy(), "demand": ByDemand()})
    ),
)
PRICED = replace(
    TERMS,
    tariffs={
        "spot": Tariff("spot", "USD", ZONE, (_BY_QUARTERS,)),
        "divided": Tariff("divided", "USD", ZONE, (_DIVIDED,)),
    },
    default_tariff="spot",
    customers={
        name: Customer(name, name, tariff="divided")
        for name in (f"Customer{number}" for number in range(0, CUSTOMERS, 3))
    },
    series={SERIES.id: SERIES},
)


def run() -> None:
    """Prints the medians of the rounds for both databases, and one issue with its check."""
    for name in DATABASES:
        with database(name) as url:
            fill(url, name, CIRCUITS)
            enter(url)
            rounds = [asked(url) for _ in range(ROUNDS)]
            issued, verified = issue(url)
        bare, billed = (statistics.median(one[at] for one in rounds) for at in (0, 1))
        ratios = sorted(one[1] / one[0] for one in rounds)
        print(
            f"{name}, {CIRCUITS:,} circuits by {PRICES:,} prices: bare SUM {bare:.2f} s, bills and "
            f"CSV {billed:.2f} s, {statistics.median(ratios):.2f} times ({ratios[0]:.2f} to "
            f"{ratios[-1]:.2f}); issued in {issued:.1f} s, verified in {verified:.1f} s; "
            f"{max(one[2] for one in rounds):.0f} MB at most",
            flush=True,
        )


def enter(url: str) -> None:
    """A price for each quarter hour from the month's beginning, some below 0, and an invoice."""
    first = to_ms(START) + INTERVAL_MS * np.arange(PRICES, dtype=np.int64)
    nano = (np.arange(PRICES, dtype=np.int64) * 7_919 % 240_000 - 20_000) * 1_000
    with closing(Store(url)) as store:
        prices = SeriesPrices(first, first + INTERVAL_MS, nano)
        store.prices.enter(SERIES, prices, PriceEntry("benchmark", "", START))
        components = InvoiceComponent("energy", _ENERGY), InvoiceComponent("demand", _DEMAND)
        days = MONTH.first_day, MONTH.shifted(1).first_day
        invoice = Invoice("Grid Co", "1", *days, "USD", components, Decimal(0), _ALL_KWH, _ALL_KW)
        store.invoices.enter([invoice], Entry("benchmark", "", START))


def asked(url: str) -> tuple[float, float, float]:
    """Seconds of the bare sum and of the bills, and megabytes, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bill_run", url]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    bare, billed, memory = map(float, done.stdout.split())
    return bare, billed, memory


def ask(url: str) -> None:
    """Sums, bills and prints."""
    bare, poles = bare_sum(url)
    with closing(Store(url)) as store:
        begun = time.perf_counter()
        month = bill_month(store, PRICED, MONTH, END, workers=None)
        written = csv_report(month, ZONE)
        billed = time.perf_counter() - begun
    check(month, written, poles)
    print(bare, billed, megabytes())


def issue(url: str) -> tuple[float, float]:
    """Seconds of issuing all bills, the month calculated once more, and of verifying them."""
    with closing(Store(url)) as store:
        terms = replace(PRICED, review_share=Decimal(1))
        begun = time.perf_counter()
        outcome = issue_month(store, terms, IssueRequest(MONTH), END, workers=None)
        issued = time.perf_counter() - begun
        begun = time.perf_counter()
        checked = verify(store, terms, END)
        verified = time.perf_counter() - begun
    assert len(outcome.issued) == len(checked.bills)
    assert not checked.faults
    assert not any(one.changed for one in checked.bills)
    print(f"  ({len(outcome.issued)} bills issued, {len(outcome.held)} held)", flush=True)
    return issued, verified


if __name__ == "__main__":
    ask(sys.argv[1])
