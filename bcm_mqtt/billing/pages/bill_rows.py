"""The rows of a bill as texts: charges, differences, determinants, energy by source, findings."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.pages.chart import Chart, day_chart
from bcm_mqtt.billing.pages.circuit_tables import CircuitTables, circuit_tables
from bcm_mqtt.billing.pages.words import (
    Hours,
    finding_text,
    is_below_taxes,
    line_price,
    money,
    number,
    percent,
    share,
    signed,
    spaced_percent,
    tariff_text,
)
from bcm_mqtt.billing.wording.lines import basis
from bcm_mqtt.billing.wording.lines import label as words
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import DeltaLine
from bcm_mqtt.domain.bill.joint import lines_of, parts_of
from bcm_mqtt.domain.money import in_full
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.languages import N_, _, translated
from bcm_mqtt.languages import number as decimal

_MOST_FINDINGS: Final = 40
_TAX: Final = re.compile(r"(.+) (\d+(?:\.\d+)?) %")
_ONE: Final = {
    "circuits": N_("circuit"),
    "days": N_("day"),
    "items": N_("item"),
    "months": N_("month"),
}
_MANY: Final = (N_("circuits"), N_("days"), N_("items"), N_("months"))
"""One of them, where the unit of the quantity is a plural."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the bill; `timed` where it is made of circuit-hours.

    `line` is its number from 1; `price` is a number, of a `share` of other lines in percent; `rate`
    says what it is for; `cost` is the amount with its currency; `site` is the id of the site that
    it is of, on a bill over several.
    """

    line: int
    label: str
    quantity: str
    unit: str
    price: str
    rate: str
    amount: str
    cost: str
    tax: bool
    share: bool
    timed: bool
    hours: Hours
    site: str


@dataclass(frozen=True, slots=True)
class SitePart:
    """What a bill over several sites has of one.

    Attributes:
        id: Of the site, as charges have it.
        name: Of the site.
        note: Customer, tariff and time zone there.
        sum_label: What the sum of its charges is called.
        kwh: Of its circuits.
        amount: Of its charges, before taxes.
        cost: The same with the currency.
        hours: Of its circuits.
        chart: By day there; None without a load.
        measures: What its tariff prices.
        circuits: As the site names its panels.
    """

    id: str
    name: str
    note: str
    sum_label: str
    kwh: str
    amount: str
    cost: str
    hours: Hours
    chart: Chart | None
    measures: tuple["Measure", ...]
    circuits: CircuitTables


@dataclass(frozen=True, slots=True)
class Delta:
    """A line of a revision: as issued, as it is now, and the difference with its sign."""

    label: str
    before: str
    after: str
    difference: str

    @classmethod
    def of(cls, line: DeltaLine) -> Self:
        """As text."""
        return cls(
            words(line.label), number(line.before), number(line.after), signed(line.difference)
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Energy and time by how they came about.

    `share` is of the time, with two digits; `percent` has one, and is 100 % of all of it alone.
    """

    label: str
    hours: str
    kwh: str
    share: str
    percent: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A determinant; `line` is the number of the first line that prices it, None without any.

    `name` is that of the program, `label` what people call it.
    """

    name: str
    label: str
    quantity: str
    unit: str
    basis: str
    line: int | None


@dataclass(frozen=True, slots=True)
class FindingRow:
    """What validation found; `pole` is the circuit's first, None where it is of the panel."""

    text: str
    panel: str
    pole: int | None


def charges(bill: Bill) -> Iterator[Charge]:
    """The lines of a bill; on one over several sites without the id of the site."""
    of_sites = {id(line): site.id for site in bill.sites for line in lines_of(bill, site)}
    for at, line in enumerate(bill.lines, 1):
        site = of_sites.get(id(line), "")
        tax = is_below_taxes(bill, line)
        price = line_price(line, bill.currency)
        per = _ONE.get(line.unit, line.unit)
        yield Charge(
            line=at,
            label=line_label(line, site),
            quantity=number(line.quantity),
            unit=translated(per if line.quantity == 1 else line.unit),
            price=price,
            rate=price if line.is_share else _rate(line, bill.currency, per),
            amount=number(line.amount),
            cost=money(line.amount, bill.currency),
            tax=tax,
            share=line.is_share,
            timed=bool(line.coverage.hours),
            hours=Hours.of(line.coverage),
            site=site,
        )


def site_parts(bill: Bill) -> Iterator[SitePart]:
    """What a bill over several sites has of each."""
    for site, part in zip(bill.sites, parts_of(bill), strict=True):
        zone = ZoneInfo(site.zone)
        yield SitePart(
            id=site.id,
            name=site.name,
            note=_(
                "customer %(customer)s, tariff %(tariff)s, %(zone)s",
                customer=site.customer,
                tariff=tariff_text(part),
                zone=site.zone,
            ),
            sum_label=_("Sum of %(name)s", name=site.name),
            kwh=number(part.kwh),
            amount=number(part.amount),
            cost=money(part.amount, bill.currency),
            hours=Hours.of(part.coverage),
            chart=day_chart(part.load, zone),
            measures=tuple(measures(part)),
            circuits=circuit_tables(part.usage, part, zone, _("All panels")),
        )


def _rate(line: BillLine, currency: str, per: str) -> str:
    price = money(in_full(line.price, currency), currency)
    return _("%(price)s per %(unit)s", price=price, unit=translated(per))


def line_label(line: BillLine, site: str = "") -> str:
    """What a line is; names of fees and taxes are those of the tariff.

    Args:
        line: Of a bill.
        site: Id of the site that it is of, which is left out.
    """
    if line.is_share and (found := _TAX.fullmatch(line.label)):
        return f"{found[1]} {spaced_percent(Decimal(found[2]))}"
    return words(line.label.removeprefix(f"{site}: ") if site else line.label)


def parts(bill: Bill) -> Iterator[Part]:
    """Measured, estimated, edited and missing, with the energy of each."""
    coverage, hours = bill.coverage, bill.coverage.hours
    for label, of, kwh in (
        (_("Measured"), coverage.measured_hours, bill.measured_kwh),
        (_("Estimated"), coverage.estimated_hours, bill.estimated_kwh),
        (_("Entered by hand"), coverage.edited_hours, bill.edited_kwh),
        (_("Missing, not billed"), coverage.missing_hours, None),
    ):
        yield Part(
            label,
            decimal(of, 2),
            "" if kwh is None else number(kwh),
            share(of / hours) if hours else "",
            percent(of, hours),
        )


def measures(bill: Bill) -> Iterator[Measure]:
    """What the tariff prices."""
    for item in bill.determinants:
        lines = (at for at, line in enumerate(bill.lines, 1) if line.determinant == item.name)
        line = next(lines, None)
        yield Measure(
            item.name,
            _measure_label(item.name),
            number(item.quantity),
            translated(item.unit),
            basis(item.basis),
            line,
        )


def _measure_label(name: str) -> str:
    """What people call a determinant, in words as lines have them."""
    text = name.replace("/", ", ")
    return words(f"{text[:1].upper()}{text[1:]}")


def findings(
    items: Sequence[Finding], zone: ZoneInfo, of: Bill | None = None
) -> tuple[tuple[FindingRow, ...], int]:
    """The first of what validation found, and how many more there are.

    Args:
        items: What was found.
        zone: For local times.
        of: The bill, for the names of its panels and the zones of its sites; None of a site.
    """
    zones = {site.id: ZoneInfo(site.zone) for site in (of.sites if of else ())}
    rows = (
        FindingRow(
            finding_text(
                item,
                zones.get(item.panel.partition("/")[0], zone),
                of.panel_name(item.panel) if of else "",
            ),
            item.panel,
            item.poles[0] if item.poles else None,
        )
        for item in items[:_MOST_FINDINGS]
    )
    return tuple(rows), max(0, len(items) - _MOST_FINDINGS)
