"""The site by panel and circuit: worked by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bcm_mqtt.billing.pages.month_rows import (
    panel_qualities,
    ranked_circuits,
    stranded,
)
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.usage.customer_load import Peak
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from unit.billing import example_bill as example
from unit.billing.example_bill import END, START
from unit.builders import panel

PANELS = {"rpp-1a": panel("rpp-1a")}


def used(
    poles: tuple[int, ...],
    kwh: str,
    *,
    rating: int | None = 20,
    peak: str | None = "1.000",
    connection: Connection | None = None,
    pf: str | None = None,
) -> Usage:
    circuit = CircuitVersion(
        poles,
        f"Acme-{poles[0]}",
        rating,
        connection or Connection.usual(len(poles)),
        power_factor=None if pf is None else Decimal(pf),
    )
    hours = Coverage(Decimal("741.00"), Decimal("1.00"), Decimal("0.75"), Decimal("0.25"))
    measured = Peak(Decimal(peak), START, measured=True) if peak else None
    return Usage("rpp-1a", circuit, "Acme", START, END, Decimal(kwh), hours, peak=measured)


def ranked(*rows: Usage) -> dict[int, tuple[Decimal | None, Decimal | None]]:
    """Usable and never used kW by first pole."""
    site = replace(example.site(), unallocated=rows)
    return {
        item.circuit.first_pole: (item.usable_kw, item.stranded_kw)
        for item in ranked_circuits(site, PANELS)
    }


@pytest.mark.parametrize(
    ("row", "usable", "left"),
    [
        # 120 V * 20 A * 80 % = 1.92 kW
        (used((1,), "1.000"), "1.920", "0.920"),
        # 208 V * 30 A * 80 % = 4.992 kW
        (used((1, 3), "1.000", rating=30), "4.992", "3.992"),
        # 208 V * sqrt(3) * 40 A * 80 % = 11.52853 kW
        (used((1, 3, 5), "1.000", rating=40), "11.529", "10.529"),
        (used((1,), "1.000", pf="0.9"), "1.728", "0.728"),
        # A breaker that carried more than 80 % strands nothing.
        (used((1,), "1.000", peak="2.100"), "1.920", "0.000"),
    ],
)
def test_stranded_power_is_what_the_breaker_may_carry_less_its_peak(
    row: Usage, usable: str, left: str
) -> None:
    assert ranked(row)[1] == (Decimal(usable), Decimal(left))


def test_what_is_not_known_is_not_stranded() -> None:
    rows = [used((1,), "1.000", rating=None), used((3,), "1.000", peak=None)]
    elsewhere = replace(used((5,), "1.000"), panel="rpp-9")
    found = ranked(*rows, elsewhere)
    assert [left for _, left in found.values()] == [None, None, None]
    site = replace(example.site(), unallocated=(*rows, elsewhere))
    assert stranded(ranked_circuits(site, PANELS)) == []


def test_a_circuits_rows_count_together_and_the_greatest_is_first() -> None:
    on_peak, off_peak = used((1,), "5.000", peak="1.500"), used((1,), "3.000", peak="0.700")
    site = replace(example.site(), unallocated=(on_peak, used((3,), "7.000"), off_peak))
    first, second = ranked_circuits(site, PANELS)
    assert (first.kwh, first.peak_kw, second.kwh) == (
        Decimal("8.000"),
        Decimal("1.500"),
        Decimal("7.000"),
    )


def test_a_panel_has_the_hours_energy_and_findings_of_its_circuits() -> None:
    bill = example.bill(4)
    site = replace(example.site(bill), unallocated=(used((41,), "2.000"),))
    one, two = panel_qualities(site)
    assert (one.panel, two.panel) == ("rpp-1a", "rpp-1b")
    assert one.kwh + two.kwh == site.kwh
    assert (one.findings, two.findings) == (1, 0)
    assert one.circuits == 3
    hours = Coverage.total([one.coverage, two.coverage]).hours
    assert hours == bill.coverage.hours + Decimal("743.00")
