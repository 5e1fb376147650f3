"""A bill with everything on it, made by hand: what the tests of reports and the docs print."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import sqrt

import numpy as np

from bcm_mqtt.billing.reports import Issuer
from bcm_mqtt.domain.bill.bill import Bill, BillStatus, PastMonth
from bcm_mqtt.domain.bill.issued import DeltaLine, IssueRecord
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.interval.slots import Integers, Slots
from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Determinant
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.site.panel import Connection, Service
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.usage.customer_load import Load, Peak, kwh_of
from bcm_mqtt.domain.usage.reconciliation import Reconciliation
from bcm_mqtt.domain.usage.uncertainty.accuracy import NOTHING_STATED, nominal_voltage
from bcm_mqtt.domain.usage.uncertainty.budget import Cause, Component, Relative, standard
from bcm_mqtt.domain.usage.usage import Coverage, Usage
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.quality import Finding, Flag, Quality
from unit.builders import NEW_YORK

MARCH = Month(2026, 3)
START, END = MARCH.bounds(NEW_YORK)
MADE = datetime(2026, 4, 1, 13, 12, tzinfo=UTC)
ISSUER = Issuer(
    name="Harbor Data Center",
    zone=NEW_YORK,
    address=("12 Harbor Road", "Newark, NJ 07102"),
    tax_id="12-3456789",
    footer=("Payable within 30 days to account 0012 3456, Harbor Bank, by bill number.",),
    id="dc1",
)
ACME = Customer(
    "Acme", "Acme Hosting LLC", ("1 Cypress Creek", "Albany, NY 12207"), "standard", "98-7654321"
)
_PERIODS = (("on-peak", Decimal("0.1842")), ("off-peak", Decimal("0.0977")))
_GAP = slice(96 * 11 + 40, 96 * 11 + 60)
"""Slots of a gap that was estimated."""


def load(circuits: int, *, seed: int = 1) -> tuple[Load, Integers]:
    """A load that works by day, with an estimated gap; also uWh by circuit and slot."""
    slots = Slots.between(START, END)
    random = np.random.default_rng(seed)
    local = slots.local(NEW_YORK)
    by_day = 1 + 0.45 * np.exp(-(((local.quarters - 58) / 18.0) ** 2))
    weekend = np.where((local.days - 1) % 7 >= 5, 0.72, 1.0)
    base = random.uniform(60e6, 420e6, circuits)[:, None]
    noise = random.uniform(0.9, 1.1, (circuits, slots.count))
    rows = np.rint(base * by_day * weekend * noise).astype(np.int64)
    total = rows.sum(axis=0)
    estimated = np.zeros_like(total)
    estimated[_GAP] = total[_GAP]
    missing = np.zeros_like(total)
    missing[96 * 20 : 96 * 20 + 1] = 900_000
    return Load(slots, total, estimated, missing), rows


def version(index: int, customer: str) -> CircuitVersion:
    """The circuits of both panels, none on another's poles."""
    count = (1, 1, 2, 1, 3, 1)[index // 2 % 6]
    first = 1 + 6 * (index // 4) + index // 2 % 2
    return CircuitVersion(
        tuple(range(first, first + 2 * count, 2)),
        f"{customer}-R{101 + index // 2}-PDU{index % 2 + 1}",
        20 if count == 1 else 30,
        Connection.usual(count),
    )


def uncertain(kwh: float, estimated: float, circuit: str) -> tuple[Component, ...]:
    """A budget such as a site of stated power factors has, with an outage of the whole panel."""
    return (
        Component(Cause.SAMPLING, 0.1),
        Component(Cause.ESTIMATES, standard(0.1 * estimated), key="outage"),
        Component(Cause.RESOLUTION, 0.2, key=circuit),
        *Relative(NOTHING_STATED.share(), NOTHING_STATED.basis, "meters").of(Cause.ACCURACY, kwh),
        *nominal_voltage(Service.parse("120/208")).of(Cause.VOLTAGE, kwh),
        *Relative(0.05 / sqrt(3), "stated power factor: 5 %", circuit).of(Cause.POWER_FACTOR, kwh),
    )


def usage(circuits: int, rows: Integers, customer: str, row_of_panels: int) -> tuple[Usage, ...]:
    """Two periods for each circuit, on-peak the slots of the day."""
    slots = Slots.between(START, END)
    local = slots.local(NEW_YORK)
    day = (local.quarters >= 32) & (local.quarters < 80)
    found = []
    for index in range(circuits):
        for (period, _), where in zip(_PERIODS, (day, ~day), strict=True):
            energy = np.where(where, rows[index], 0)
            slot = int(energy.argmax())
            hours = Decimal(int(where.sum())) / 4
            gap = Decimal(int(where[_GAP].sum())) / 4
            missing = Decimal("0.25") if period == "off-peak" and index == 0 else Decimal(0)
            found.append(
                Usage(
                    panel=f"rpp-{row_of_panels}{'ab'[index % 2]}",
                    circuit=version(index, customer),
                    customer=customer,
                    start=START,
                    end=END,
                    kwh=kwh_of(int(energy.sum())),
                    coverage=Coverage(
                        *(
                            hours_.quantize(Decimal("0.01"))
                            for hours_ in (hours - gap - missing, missing, gap)
                        )
                    ),
                    sources=frozenset({EnergySource.CURRENT}),
                    period=period,
                    estimated_kwh=kwh_of(int(energy[_GAP].sum())),
                    peak=Peak(
                        (Decimal(int(energy.max())) * 4 / 10**9).quantize(Decimal("0.001")),
                        slots.at(slot),
                        measured=True,
                    ),
                    qualities=frozenset({Quality.DERIVED, Quality.LIKE_DAY}),
                    components=uncertain(
                        float(energy.sum()) / 1e9, float(energy[_GAP].sum()) / 1e9, str(index)
                    ),
                )
            )
    return tuple(found)


def lines(rows: tuple[Usage, ...], demand: Decimal) -> tuple[BillLine, ...]:
    made = []
    for period, price in _PERIODS:
        of = [row for row in rows if row.period == period]
        kwh = sum((row.kwh for row in of), Decimal("0.000"))
        coverage = Coverage.total(row.coverage for row in of)
        amount = money(kwh * price, "USD")
        made.append(
            BillLine(
                f"Energy, {period}",
                kwh,
                "kWh",
                price,
                amount,
                coverage,
                determinant=f"energy/{period}",
            )
        )
    for label, quantity, unit, price, kind in (
        ("Demand", demand, "kW", Decimal("9.50"), LineKind.DEMAND),
        ("Circuits", Decimal(len(rows) // 2), "circuits", Decimal(12), LineKind.FEE),
        ("Metering service", Decimal(1), "months", Decimal("45.00"), LineKind.FEE),
    ):
        amount = money(quantity * price, "USD")
        made.append(BillLine(label, quantity, unit, price, amount, kind=kind))
    base = sum((line.amount for line in made), Decimal(0))
    tax = money(base * Decimal("0.06625"), "USD")
    made.append(
        BillLine("Sales tax 6.625 %", base, "USD", Decimal("0.06625"), tax, kind=LineKind.TAX)
    )
    return tuple(made)


def bill(circuits: int = 12, customer: Customer = ACME, *, seed: int = 1) -> Bill:
    """A draft with tariff periods, demand, fees, tax, an estimated gap and findings.

    Its circuits are on the panels `rpp-<seed>a` and `rpp-<seed>b`.
    """
    total, rows = load(circuits, seed=seed)
    used = usage(circuits, rows, customer.id, seed)
    peak = total.peak()
    assert peak
    when = peak.at.astimezone(NEW_YORK)
    return Bill(
        customer=customer,
        month=MARCH,
        start=START,
        end=END,
        currency="USD",
        tariff="standard",
        lines=lines(used, peak.kw),
        usage=used,
        determinants=(
            *(
                Determinant(
                    f"energy/{period}",
                    sum((row.kwh for row in used if row.period == period), Decimal("0.000")),
                    "kWh",
                    START,
                    END,
                    f"Sum of the {circuits} circuits in {period} hours",
                )
                for period, _ in _PERIODS
            ),
            Determinant(
                "demand",
                peak.kw,
                "kW",
                START,
                END,
                f"Greatest 15-minute interval of all circuits together, {when:%Y-%m-%d %H:%M %Z}",
            ),
        ),
        load=total,
        findings=(
            Finding(
                Flag.FLAT,
                f"rpp-{seed}a",
                (1,),
                START + timedelta(days=4),
                START + timedelta(days=5),
                "4.2 A in all of 5,760 readings",
            ),
        ),
        past=(
            PastMonth(Month(2026, 2), Decimal("9120.118"), Decimal("1791.44"), "USD"),
            PastMonth(Month(2026, 1), Decimal("9411.900"), Decimal("1849.09"), "USD"),
            PastMonth(Month(2025, 12), Decimal("8890.004"), Decimal("1746.71"), "USD"),
        ),
    )


KEY, SIGNATURE = f"{'Xl9f' * 10}Xl8=", f"{'pqcx' * 21}pg=="
"""As long as those of Ed25519 in base64."""


def issued(of: Bill) -> Bill:
    record = IssueRecord(17, 0, MADE, None, "5f" * 32, public_key=KEY, signature=SIGNATURE)
    return replace(of, status=BillStatus.ISSUED, issue=record)


def revised(of: Bill) -> Bill:
    """Bill 18, which takes the place of 17."""
    deltas = (
        DeltaLine("Energy, on-peak", Decimal("1482.10"), Decimal("1463.37")),
        DeltaLine("Sales tax 6.625 %", Decimal("190.02"), Decimal("188.78")),
    )
    record = IssueRecord(18, 1, MADE + timedelta(days=9), 17, "a7" * 32, deltas)
    return replace(of, status=BillStatus.ISSUED, issue=record)


def site(*bills: Bill) -> SiteMonth:
    """A month with these bills and a pole of nobody's."""
    spare = Usage(
        panel="rpp-1b",
        circuit=CircuitVersion((41,)),
        customer="",
        start=START,
        end=END,
        kwh=Decimal("8.399"),
        coverage=Coverage(Decimal("743.00"), Decimal("0.00")),
        sources=frozenset({EnergySource.CURRENT}),
    )
    rows = (row for bill in bills for row in bill.usage if row.panel == "rpp-1a")
    kwh = sum((row.kwh for row in rows), Decimal("0.000"))
    fed = Reconciliation("rpp-1a", Feeder("msb-1", 5), kwh + Decimal("31.250"), kwh)
    return SiteMonth(MARCH, START, END, bills, (spare,), reconciliation=(fed,))
