"""The tariffs that are shipped as examples: each is good, and bills what a calculator says."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from bcm_mqtt.config.tariffs.table import read_tariffs
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.tariff import SeriesPrices
from bcm_mqtt.domain.time import Month, to_ms
from unit.billing.worked_page import PAGES, SITE, bill_from, read_page
from unit.domain.examples import NEW_YORK, full, panel

CONFIG = Path(__file__).parents[3] / "config"
TARIFFS, _, PROBLEMS = read_tariffs(CONFIG / "tariffs-examples.yaml", SITE)
JULY = Month(2026, 7)
# 100 A at 120 V through the 744 hours of July 2026: 12 kW, 8928 kWh, on one circuit of 20 A.
BILLED = {
    "flat": ["1057.97"],
    "price-changes": ["1160.64"],
    "tiered": ["100.00", "180.00", "964.20"],
    # 23 weekdays, of which Friday the 3rd is a holiday: 22 x 8 h on-peak, 568 h off-peak
    "time-of-use": ["453.02", "39.75", "555.81"],
    "seasonal": ["1249.92"],
    # the minimum of 20 kW, then 12 kW on-peak and of the circuit on its own
    "demand": ["803.52", "290.00", "60.00", "24.00"],
    # 0.75 x 16.5 kW of last August are 12.375, rounded up to 13: 10 x 12 and 3 x 9.5; then 12 kW
    # at the peak time and over half an hour, and the minimum of 30 kW
    "demand-windows": ["803.52", "120.00", "28.50", "38.40", "49.20", "22.50"],
    # 15 kW at least: 3,000 kWh, 3,000 kWh, and 2,928 of 8,928
    "hours-use": ["360.00", "300.00", "234.24", "120.00"],
    # its meter measures current alone: test_reactive_billed has one that measures kvar
    "reactive": ["803.52"],
    # 744 hours of use, 379 beyond 365: 4,548 kWh; at least 100.00; 21.93 % of 13.08 + 20.00
    "large-power": [
        *("259.80", "-22.74", "45.48", "54.52", "13.08", "150.00", "20.00", "7.25"),
        *("100.20", "0.01"),
    ],
    # 8 h critical, 23 x 8 - 4 on-peak, 556 off-peak
    "critical-peak": ["72.00", "432.00", "600.48"],
    "committed": ["1651.68", "200.00"],
    # 12945.6 kWh with overhead; fees; the minimum is reached; taxes on 1521.29 and 1359.29
    "colocation": ["1359.29", "50.00", "100.00", "12.00", "135.01", "33.98"],
    # at 80.00 EUR per MWh in all quarter hours: 8928 x (0.08 x 1.03 + 0.0145)
    "spot": ["865.12"],
    # duty, credit, 31 days, 20 A, 12.50 for 5 % of 1419.00; taxes on 1383.84 and 1431.50 + 83.03
    "regulated": [
        *("1267.78", "133.92", "-17.86", "11.16", "24.00", "12.50"),
        *("83.03", "302.91"),
    ],
}


_FIRST, _LAST = map(to_ms, JULY.bounds(NEW_YORK))
_QUARTERS_MS = np.arange(_FIRST, _LAST, 900_000, dtype=np.int64)
EIGHTY = SeriesPrices(
    _QUARTERS_MS, _QUARTERS_MS + 900_000, np.full(_QUARTERS_MS.size, 80_000_000, np.int64)
)
"""EUR per MWh."""


def test_the_examples_are_good() -> None:
    assert not PROBLEMS
    assert not read_tariffs(CONFIG / "tariffs.yaml", SITE)[2]


def test_every_example_is_billed_here() -> None:
    assert TARIFFS.keys() == BILLED.keys()


@pytest.mark.parametrize("name", sorted(BILLED))
def test_a_month_with_an_example_costs_what_a_calculator_says(name: str) -> None:
    circuit = CircuitVersion((1,), "Customer1-A-1", rating_amps=20)
    currents = {1: full(*JULY.bounds(NEW_YORK), milliamps=100_000)}
    terms = BillingTerms(NEW_YORK, "USD", {}, TARIFFS, name, CustomerRule())
    directory = Directory(panel(), (circuit,))
    bill = bill_from(terms, "Customer1", JULY, directory, currents, {}, {"day-ahead": EIGHTY})
    assert [str(line.amount) for line in bill.lines] == BILLED[name]
    assert bill.amount == sum(map(Decimal, BILLED[name]))
    assert bill.currency == TARIFFS[name].currency


PUBLISHED, _, PUBLISHED_PROBLEMS = read_tariffs(CONFIG / "tariffs-published.yaml", SITE)


def test_each_published_tariff_is_worked_out_on_a_page_of_its_own(tmp_path: Path) -> None:
    assert not PUBLISHED_PROBLEMS
    assert len(PUBLISHED) >= 8
    pages = [read_page(file, tmp_path) for file in sorted(PAGES.glob("published-*.md"))]
    assert {page.tariff.id: page.tariff for page in pages} == PUBLISHED
    assert len(pages) == len(PUBLISHED)
    countries = {name.partition("-")[0] for name in PUBLISHED}
    assert len(countries) >= 6
