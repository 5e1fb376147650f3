"""A page of docs/billing-examples: its tariff, circuits and loads, and the bills it works out."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import numpy as np
import voluptuous as vol

from bcm_mqtt.billing.calibration.month import MeteredPanel
from bcm_mqtt.billing.invoices.measured import MeasuredMonth
from bcm_mqtt.billing.invoices.of_month import month_invoices
from bcm_mqtt.config import PanelSettings
from bcm_mqtt.config.calibration import CALIBRATION, calibrated_terms
from bcm_mqtt.config.customer_table import CustomerTable, read_customers
from bcm_mqtt.config.invoices import read_invoices
from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.config.tariffs.table import tariff_table
from bcm_mqtt.domain.allocation.entered import EnteredInvoice, Entry
from bcm_mqtt.domain.allocation.invoice import Invoice
from bcm_mqtt.domain.bill.account import Account, LoadsOfParts, pricing_of
from bcm_mqtt.domain.bill.bill import Bill, bill_of
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.interval import Interval
from bcm_mqtt.domain.rating.rated_month import PastDemands
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff import NANO, PriceSeries, SeriesPrices, Tariff
from bcm_mqtt.domain.time import BEGINNING, Month, instant_of, to_ms
from bcm_mqtt.domain.usage.calibration.factors import calibrated
from bcm_mqtt.domain.usage.customer_load import Load, ReactiveLoad
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.located import Document, read_yaml, validated
from unit.domain.examples import NEW_YORK, Currents, Readings, full, panel

PAGES = Path(__file__).parents[3] / "docs" / "billing-examples"
SITE = SiteSettings("dc1", "dc1", NEW_YORK, "USD")
_LOADS = ("poles", "amps")
_BILLING = vol.Schema({"billing": {vol.Optional("calibrate_to", default=dict): {str: CALIBRATION}}})
_CIRCUITS = ("poles", "description")

Row = dict[str, str]


@dataclass(frozen=True)
class Page:
    """What a page says; a section for each bill after the first, which holds what is given.

    Its first tariff is the default one.
    """

    name: str
    tariffs: dict[str, Tariff]
    customers: CustomerTable
    tables: list[list[Row]]
    bills: dict[tuple[str, Month], list[list[Row]]]
    series: dict[str, PriceSeries]
    invoices: list[Invoice]
    billing: Document

    @property
    def tariff(self) -> Tariff:
        """The first one."""
        return next(iter(self.tariffs.values()))

    def table(self, *columns: str) -> list[Row]:
        """The given table with these columns, or nothing."""
        return next((rows for rows in self.tables if rows[0].keys() >= set(columns)), [])


def read_page(path: Path, folder: Path) -> Page:
    given, *sections = re.split(r"^## Bill: ", path.read_text(), flags=re.MULTILINE)
    tariffs, customers, billing = "", "customers: {}\n", "billing: {}\n"
    for block in re.findall(r"^```yaml\n(.*?)^```", given, flags=re.MULTILINE | re.DOTALL):
        if block.startswith(("tariffs:", "series:", "allocations:")):
            tariffs = block
        elif block.startswith("invoices:"):
            (folder / "invoices.yaml").write_text(block)
        elif block.startswith("billing:"):
            billing = block
        else:
            customers = block
    (folder / "tariffs.yaml").write_text(tariffs)
    (folder / "customers.yaml").write_text(customers)
    (folder / "billing.yaml").write_text(billing)
    read = tariff_table(folder / "tariffs.yaml", SITE)
    named, more = read_customers(folder / "customers.yaml", read.ids, read.tariffs)
    assert not read.problems + more
    bills = {}
    for section in sections:
        customer, month = section.splitlines()[0].split(", ")
        bills[customer, Month.parse(month)] = list(tables_of(section))
    document = read_yaml(folder / "billing.yaml")
    entered = folder / "invoices.yaml"
    invoices = read_invoices(entered, "USD") if entered.exists() else []
    given_tables = list(tables_of(given))
    return Page(
        path.stem, read.tariffs, named, given_tables, bills, read.series, invoices, document
    )


def billed(page: Page, customer_id: str, month: Month) -> Bill:
    """The bill of a customer's month: from intervals, as the program makes it."""
    default, table = next(iter(page.tariffs)), page.customers
    terms = BillingTerms(
        *(NEW_YORK, "USD", table.customers, page.tariffs, default, CustomerRule()),
        dated=table.dated,
        items=table.items,
    )
    start, end = terms.period_of(customer_id, month).bounds
    directory = Directory(panel(), tuple(map(_version, page.table(*_CIRCUITS))))
    amps = page.table(*_LOADS)
    currents: dict[int, list[Interval]] = {}
    for row in amps:
        for pole in _poles(row["poles"]):
            own = [other for other in amps if pole in _poles(other["poles"])]
            currents[pole] = list(_intervals(pole, own, start, end))
    past: dict[Month, dict[str, Decimal]] = {}
    for row in page.table("month", "determinant", "kW"):
        past.setdefault(Month.parse(row["month"]), {})[row["determinant"]] = Decimal(row["kW"])
    default, table = next(iter(page.tariffs)), page.customers
    terms = BillingTerms(
        *(NEW_YORK, "USD", table.customers, page.tariffs, default, CustomerRule()),
        dated=table.dated,
        items=table.items,
    )
    data = validated(page.billing, _BILLING)
    terms, problems = calibrated_terms(
        page.billing, data, terms, [], {directory.panel.id: PanelSettings(directory.panel, ())}
    )
    assert not problems
    prices = {key: _prices(page, one, month) for key, one in page.series.items()}
    kvar = page.table("kvar")
    reactive = int(kvar[0]["kvar"]) if kvar else None
    of = terms, customer_id, month, directory, currents, past
    return bill_from(*of, prices, reactive, page.invoices)


def bill_from(
    terms: BillingTerms,
    customer_id: str,
    month: Month,
    directory: Directory,
    currents: Currents,
    past: PastDemands,
    prices: Mapping[str, SeriesPrices] = MappingProxyType({}),
    kvar: int | None = None,
    invoices: Sequence[Invoice] = (),
) -> Bill:
    """A bill as the program makes it of what was measured; `kvar` of the customer all month."""
    period = terms.period_of(customer_id, month)
    start, end = period.bounds
    time = BilledTime(start, end, NEW_YORK)
    customer = terms.customer_of(customer_id, start, end)
    tariff = terms.tariff_of(customer, start, end)
    readings = Readings(start, end, currents)
    for one in terms.calibrations:
        panel_ = MeteredPanel(directory, readings, time)
        sums = {directory.panel.id: panel_.sums(one)}
        made = calibrated(one, time.slots, panel_.meter(one), sums, end)
        time = replace(time, scaling=made.panels)
    accounts = dict[str, Account]()
    pricing, add = pricing_of(terms, time), LoadsOfParts(terms, time)
    for part in panel_usage(directory, readings, CustomerRule(), pricing, time):
        account = accounts.setdefault(part.owner.customer, Account(Load.none(time.slots)))
        add(part.owner.customer, account.load, part)
        account.usage += part.rows
    vacant = accounts.pop("", Account(Load.none(time.slots))).usage
    entered = [EnteredInvoice(one, 1, Entry("A", "", end)) for one in invoices]
    measured = MeasuredMonth.of_accounts(accounts, vacant)
    divided = month_invoices(entered, terms, period, measured, lambda _tariff, _month: ())
    load, usage = accounts[customer.id].load, accounts[customer.id].usage
    if kvar is not None:
        load = Load(load.slots, load.microwatt_hours, load.estimated, load.missing_ms)
        energy = np.full(time.slots.count, kvar * 250_000_000, np.int64)
        all_known = {(row.panel, str(row.circuit.id)): 0 for row in usage}
        load.reactive.add(ReactiveLoad(energy, np.zeros(time.slots.count, np.bool_), all_known))
    known = {key: one.on(time.slots) for key, one in prices.items()}
    of = (customer, tariff, month, (start, end), usage, "USD", load, past, known)
    return bill_of(*of, whole=period.whole, invoices=divided.parts.get(customer.id, {}))


def _prices(page: Page, series: PriceSeries, month: Month) -> SeriesPrices:
    """Hour by hour as clocks show them; later rows of the table take the place of earlier ones."""
    start, end = month.bounds(series.zone)
    hours = [start + timedelta(hours=one) for one in range((end - start) // timedelta(hours=1))]
    nano = list[int]()
    for at in hours:
        local = at.astimezone(series.zone)
        for row in page.table("day", "from hour", "to hour"):
            within = int(row["from hour"]) <= local.hour < int(row["to hour"])
            if within and row["day"] in {"", f"{local:%Y-%m-%d}"}:
                price = Decimal(row["USD per MWh"])
        nano.append(int(price * NANO / 1000))
    starts = np.array([to_ms(at) for at in hours], np.int64)
    return SeriesPrices(starts, starts + 3_600_000, np.array(nano, np.int64))


def value(text: str) -> Fraction:
    """What a calculator shows after a text such as `(12 + 6) x 743 / 2`."""
    assert re.fullmatch(r"[\d.,()x/+ -]+", text), text
    spelled = re.sub(r"[\d.,]+", lambda one: f"Fraction('{one[0].replace(',', '')}')", text)
    return Fraction(eval(spelled.replace("x", "*"), {"Fraction": Fraction}))


def tables_of(text: str) -> Iterator[list[Row]]:
    for block in re.findall(r"(?:^\|.*\n?)+", text, flags=re.MULTILINE):
        head, _, *rows = (_cells(line) for line in block.splitlines())
        yield [dict(zip(head, row, strict=True)) for row in rows]


def _cells(line: str) -> Sequence[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _poles(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split("+")))


def _version(row: Row) -> CircuitVersion:
    since = row.get("from", "")
    return CircuitVersion(
        poles=_poles(row["poles"]),
        description=row["description"],
        rating_amps=int(row["rating"]) if "rating" in row else None,
        connection=Connection(row["connection"]),
        valid_from=instant_of(since, NEW_YORK) if since else BEGINNING,
    )


def _intervals(pole: int, loads: Iterable[Row], start: datetime, end: datetime) -> list[Interval]:
    """The later rows of the table take the place of earlier ones in their time."""
    found: dict[datetime, Interval] = {}
    for load in loads:
        begin = _local(load["from"]) if load["from"] else start
        until = _local(load["to"]) if load["to"] else end
        if load["amps"] == "not read":
            found = {at: one for at, one in found.items() if not begin <= at < until}
            continue
        milliamps = int(Decimal(load["amps"]) * 1000)
        found |= {one.start: one for one in full(begin, until, pole=pole, milliamps=milliamps)}
    return [found[at] for at in sorted(found)]


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)
