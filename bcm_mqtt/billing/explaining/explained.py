"""What of a customer's month is explained, and what the store has about it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.calibration.explaining import (
    as_measured,
    calibrated_interval,
    calibrated_row,
)
from bcm_mqtt.billing.calibration.month import CalibratedMonth
from bcm_mqtt.billing.computing.accounts import accounts_of
from bcm_mqtt.billing.explaining.bill_steps import (
    bill_sections,
    line_sections,
    traces_of,
)
from bcm_mqtt.billing.explaining.circuit_steps import (
    Evidence,
    circuit_sections,
    day_sections,
    interval_sections,
)
from bcm_mqtt.billing.explaining.formula_steps import formula_interval, member_rows
from bcm_mqtt.billing.explaining.interval_correction import IntervalCorrection
from bcm_mqtt.billing.explaining.power.demand_steps import demand_section
from bcm_mqtt.billing.explaining.price_steps import used_sections
from bcm_mqtt.billing.explaining.steps import FigureQuery, Row, Section, Step, rows_of
from bcm_mqtt.billing.formulas.month import FormulaMonth
from bcm_mqtt.billing.peaks.fine_month import FineMonth
from bcm_mqtt.billing.prices.known import known_prices
from bcm_mqtt.billing.prices.used import prices_of_bill
from bcm_mqtt.billing.readings.stored_readings import StoredReadings, readings_ahead
from bcm_mqtt.billing.wording.methods import method
from bcm_mqtt.config import PanelSettings
from bcm_mqtt.domain.bill.account import LoadsOfParts, pricing_of
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.method import method_of
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.tariff import SlotPrices
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.fine.day_peak import FineDemand
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import panel_usage
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.errors import InputError
from bcm_mqtt.languages import _, translated
from bcm_mqtt.languages.sentences import figures
from bcm_mqtt.store import BillingStore


def explained(
    store: BillingStore,
    terms: BillingTerms,
    bill: Bill,
    as_of: datetime,
    query: FigureQuery,
    panels: Mapping[str, PanelSettings],
) -> Iterator[Section]:
    """How figures of a customer's bill came about, by what is stored now.

    Args:
        store: With rolled-up intervals.
        terms: What the site bills by.
        bill: Issued, or a draft as of `as_of`.
        as_of: The present.
        query: Which figures.
        panels: By the configuration, for register addresses.

    Raises:
        InputError: there is no such line, circuit or time on the bill.
        WorkError: the database failed.
    """
    month = _Month(store, terms, bill, bill.issue.issued if bill.issue else as_of)
    rows = month.rows()
    yield from _differences(bill, rows)
    if query.line is not None:
        tariff = terms.tariff_as_billed(bill.tariff, bill.customer, bill.start, bill.end)
        prices, used = month.prices()
        fine = month.fine(rows)
        traces = traces_of(bill, tariff, rows, month.time.slots, prices, fine, month.site())
        yield from line_sections(bill, query.line, traces, rows, terms.zone)
        yield from used_sections(bill, query.line, traces, used)
    chosen = _of_circuit(rows, query.circuit) if query.circuit else rows
    if query.at is not None:
        slot = (to_ms(query.at) - month.time.slots.first_ms) // INTERVAL_MS
        if not bill.start <= query.at < bill.end:
            raise InputError.of(f"expected a time of {bill.month}")
        if not query.circuit:
            yield demand_section(rows, month.time.slots, slot, terms.zone)
        else:
            yield from month.interval(chosen, slot, panels)
    elif query.day is not None:
        yield from _day(chosen, query, bill, terms.zone, month.calibrated)
    elif query.circuit:
        for row in chosen:
            to_meter = month.calibrated.of_panel(row.usage.panel)
            yield from calibrated_row(row, to_meter, terms.zone)
        yield from circuit_sections(chosen, terms.zone)
    elif query.line is None:
        yield from bill_sections(bill, rows, terms.zone)


def _day(
    rows: list[Row], query: FigureQuery, bill: Bill, zone: ZoneInfo, calibrated: CalibratedMonth
) -> Iterator[Section]:
    if not query.circuit or query.day is None:
        raise InputError.of("expected a circuit with a day")
    sections = list(day_sections(rows, query.day, zone, calibrated))
    if not sections:
        message = f"the circuit is not that of {bill.customer.id} on {query.day}"
        raise InputError.of(message)
    yield from sections


class _Month:
    """A customer's month as it is computed of what is stored now."""

    def __init__(
        self, store: BillingStore, terms: BillingTerms, bill: Bill, as_of: datetime
    ) -> None:
        self._store, self._terms, self._bill = store, terms, bill
        self.time = BilledTime(
            bill.start, bill.end, terms.zone, over=as_of >= bill.end, present=as_of
        )
        self._directories = store.directories.all()
        self.calibrated = CalibratedMonth.of(store, self._directories, terms, self.time)
        self.time = self.calibrated.time

    def prices(self) -> tuple[Mapping[str, SlotPrices], Mapping[str, bool]]:
        """Of series, those of an issued bill as it was made with them.

        And of each of these, whether the prices that are stored now are the same.
        """
        known = known_prices(self._store, self._terms, self.time.slots)
        used = prices_of_bill(self._store, self._bill, self.time.slots)
        alike = {name: name in known and one.same(known[name]) for name, one in used.items()}
        return {**known, **used}, alike

    def rows(self) -> list[Row]:
        """Of all circuits of the customer, as on its bill."""
        panels = list(filter(self._is_on, self._directories.values()))
        time, scales = self.time, self._terms.register_scales
        ahead = readings_ahead(self._store, panels, time.start, time.end, scales)
        with ahead as each:
            measured = [row for readings in each for row in self._rows_of(readings)]
        return [*measured, *self._formulas()]

    def fine(self, rows: list[Row]) -> Mapping[str, FineDemand]:
        """The customer's demand in windows finer than quarter hours, by measure."""
        if not any(tariff.has_fine_windows for tariff in self._terms.tariffs.values()):
            return {}
        load, add = Load.none(self.time.slots), LoadsOfParts(self._terms, self.time)
        customer = self._bill.customer.id
        for part in {id(row.part): row.part for row in rows}.values():
            add(customer, load, part)
        of = FineMonth(self._store, self._directories, self._terms, self.time)
        return of.of({customer: load}, self._formula_month()).get(customer, {})

    def site(self) -> Load | None:
        """All that the site draws; None where no tariff prices demand at its peak."""
        if not any(tariff.needs_site for tariff in self._terms.tariffs.values()):
            return None
        terms, time = self._terms, self.time
        return accounts_of(
            self._store, self._directories, terms, time, lambda _done, _of: None, 1
        ).site

    def _formula_month(self) -> FormulaMonth | None:
        if not self._terms.formulas:
            return None
        return FormulaMonth.of(self._store, self._directories, self._terms, self.time)

    def _formulas(self) -> list[Row]:
        """Of the customer's formulas."""
        whose, customer = self._terms.rule.customer_of, self._bill.customer.id
        if customer not in {whose(one.circuit) for one in self._terms.formulas}:
            return []
        month = FormulaMonth.of(self._store, self._directories, self._terms, self.time)
        return rows_of([part for part in month.usage if part.owner.customer == customer])

    def _is_on(self, directory: Directory) -> bool:
        spans = directory.spans(self.time.start, self.time.end)
        customers = {self._terms.rule.customer_of(span.version) for span in spans}
        return self._bill.customer.id in customers

    def _rows_of(self, readings: StoredReadings) -> list[Row]:
        directory, edits = self._directories[readings.panel], readings.edits()
        pricing, rule = pricing_of(self._terms, self.time), self._terms.rule
        parts = panel_usage(directory, readings, rule, pricing, self.time, edits)
        return rows_of([part for part in parts if part.owner.customer == self._bill.customer.id])

    def interval(
        self, rows: list[Row], slot: int, panels: Mapping[str, PanelSettings]
    ) -> Iterator[Section]:
        """The rows of a circuit that have any of an interval."""
        start = self.time.slots.at(slot)
        having = [row for row in rows if row.cut.has(slot)]
        if not having:
            message = f"the circuit is not that of {self._bill.customer.id} then"
            raise InputError.of(message)
        for row in having:
            if row.part.members:
                yield formula_interval(row, slot, self._terms.zone)
            for one in member_rows(row):
                to_meter = self.calibrated.of_panel(one.usage.panel)
                yield from calibrated_interval(one, slot, to_meter, self._terms.zone)
                evidence = self._evidence(one, start, panels)
                yield from interval_sections(as_measured(one), slot, evidence)

    def _evidence(self, row: Row, start: datetime, panels: Mapping[str, PanelSettings]) -> Evidence:
        """What is stored about an interval of a row's circuit, which was measured."""
        panel = row.usage.panel
        edits = [
            edit
            for edit in self._store.entries.in_force(panel, self.time.start, self.time.end)
            if edit.first_pole == row.usage.circuit.first_pole
        ]
        directory, zone = self._directories[panel], self._terms.zone
        return Evidence(
            directory.panel,
            self._store.readings.standing_snapshots(panel, start),
            edits,
            panels.get(panel),
            zone,
            self.time.end.astimezone(zone).toordinal(),
            IntervalCorrection.read(self._store.intervals, directory, start, zone),
        )


def _of_circuit(rows: list[Row], circuit: tuple[str, CircuitId]) -> list[Row]:
    panel, pole = circuit
    own = [
        row
        for row in rows
        if row.usage.panel == panel
        and pole in {*row.usage.circuit.poles, row.usage.circuit.formula}
    ]
    if not own:
        known = sorted({f"{row.usage.panel}:{row.usage.circuit.id}" for row in rows})
        message = f"circuit {panel}:{pole}: expected one of {', '.join(known) or 'none'}"
        raise InputError.of(message)
    return own


def _differences(bill: Bill, rows: list[Row]) -> Iterator[Section]:
    """How the figures are declared; and for an issued bill, whether they would be the same now."""
    status = translated(bill.status.value)
    title = _(
        "%(customer)s, %(month)s, %(status)s",
        customer=bill.customer.id,
        month=figures(str(bill.month)),
        status=status,
    )
    if bill.issue:
        title = _(
            "%(customer)s, %(month)s, %(status)s as bill %(number)s",
            customer=bill.customer.id,
            month=figures(str(bill.month)),
            status=status,
            number=bill.issue.number,
        )
    said = method(method_of(row.usage for row in rows))
    steps = [Step(_("derived figures are %(method)s", method=said))]
    if bill.issue and _figures(bill.usage) != _figures(tuple(row.usage for row in rows)):
        note = _("verify the bill; the usage and intervals below are those stored now")
        what = _("the readings stored now give other figures than were issued")
        steps.append(Step(what, note=note))
    yield Section(title, tuple(steps))


def _figures(usage: tuple[Usage, ...]) -> list[tuple[object, ...]]:
    return sorted(
        (row.panel, row.circuit.order, row.start, row.end, row.period, row.kwh) for row in usage
    )
