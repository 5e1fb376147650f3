"""What bills rest on: their inputs, with a fingerprint of each, so that a change can be named."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import sha256
from itertools import groupby

from bcm_mqtt.billing.invoices.seen import invoices_seen
from bcm_mqtt.billing.issue.document import Basis, Fingerprints
from bcm_mqtt.billing.issue.plain import canonical, essential
from bcm_mqtt.billing.issued_holidays import with_issued_holidays
from bcm_mqtt.billing.prices.known import known_prices
from bcm_mqtt.billing.prices.used import PRICES_OF, series_spans, used_prices
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.grouped.parts import IN_NAME
from bcm_mqtt.domain.rating.grouped.tariffs import TariffsByGroup
from bcm_mqtt.domain.rating.in_turn import TariffsInTurn
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.instrument import exchanges, instrument_spans
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.tariff import Tariff
from bcm_mqtt.domain.time import Month, local_days
from bcm_mqtt.domain.usage.calibration.summary import calibration_fingerprints
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.estimate import LIKE_DAY_REACH
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.store import BillingStore, UsedPrices


class Inputs:
    """The inputs of a month's bills, read once for each period that they are of."""

    def __init__(self, store: BillingStore, terms: BillingTerms, month: Month) -> None:
        """Reads nothing yet; the store stands at one moment."""
        terms = with_issued_holidays(store, terms, month)
        self._of = cache(lambda *bounds: _PeriodInputs(store, terms, month, bounds))

    def basis(self, bill: Bill, software: str) -> Basis:
        """What a draft rests on."""
        return self._of(bill.start, bill.end).basis(bill, software)

    def fingerprints(self, bill: Bill, measured: Bill) -> Fingerprints:
        """Of the inputs of a draft, but of the intervals of the poles of another one.

        They are the same bill, or the draft of now and the one that was issued: what was
        measured of its poles may have changed, and which poles are the customer's.
        """
        return self._of(bill.start, bill.end).fingerprints(bill, measured)

    def prices(self, bill: Bill) -> Sequence[UsedPrices]:
        """Those of series that a draft is made with."""
        return tuple(self._of(bill.start, bill.end).prices(bill).values())


class _PeriodInputs:
    """The inputs of bills of one period; of intervals it stores only fingerprints."""

    def __init__(
        self,
        store: BillingStore,
        terms: BillingTerms,
        month: Month,
        bounds: tuple[datetime, datetime],
    ) -> None:
        self._store = store
        self._terms = terms
        self._start, self._end = bounds
        self._slots = Slots.between(self._start, self._end)
        self._prices = known_prices(store, terms, self._slots)
        self._directories = store.directories.all()
        self._audit_sha256 = store.audit_log.head()
        self._demands = store.demands(month)
        self._releases = defaultdict[str, list[BillRelease]](list)
        for release in store.releases.of(month):
            self._releases[release.customer].append(release)
        # Customers of a tariff have the same ones.
        self._prices_used = cache(lambda name, spans: used_prices(self._prices[name], spans))
        self._intervals = cache(self._read_intervals)
        self._devices = cache(self._read_devices)
        self._supply = cache(self._read_supply)

    def basis(self, bill: Bill, software: str) -> Basis:
        names = _poles(bill)
        return Basis(
            tariff=self._tariff(bill),
            panels=tuple(
                self._directories[name].panel for name in names if name in self._directories
            ),
            edits=self._edits(bill),
            releases=tuple(self._releases[bill.customer.id]),
            fingerprints=self.fingerprints(bill, bill),
            software=software,
            audit_sha256=self._audit_sha256,
        )

    def fingerprints(self, bill: Bill, measured: Bill) -> Fingerprints:
        hashes = calibration_fingerprints(bill.calibrations)
        for panel, poles in _poles(measured).items():
            hashes[f"intervals of {panel}"] = _of_poles(self._intervals(panel), poles)
            if devices := self._devices(panel):
                hashes[f"device intervals of {panel}"] = _of_poles(devices, poles)
        for panel, circuits in _circuits(bill).items():
            directory = self._directories.get(panel)
            panel_itself = _without_companions(directory.panel) if directory else None
            seen = {"panel": panel_itself, "circuits": circuits}
            hashes[f"directory of {panel}"] = _hash(seen)
            if measured_supply := self._supply(panel):
                hashes[f"voltage and power factor of {panel}"] = measured_supply
        for panel, made in _formulas(bill).items():
            hashes[f"formulas of {panel}"] = _hash(made)
        for panel, poles in _poles(bill).items():
            if corrected := self._corrections(panel, poles):
                hashes[f"meters of {panel}"] = _hash(corrected)
        # Who a bill was written to, and in which language, stays as it was issued.
        written = measured.customer
        terms = replace(bill.customer, name=written.name, address=written.address)
        terms = replace(terms, email=(), language="")
        hashes["customer terms"] = _hash([terms, bill.whole] if bill.whole else terms)
        hashes["tariff"] = _hash(self._rates(bill))
        for name, used in self.prices(bill).items():
            hashes[f"{PRICES_OF}{name}"] = used.sha256
        hashes |= {name: _hash(seen) for name, seen in invoices_seen(bill)}
        if windows := self._fine_windows(bill):
            hashes["windows of demand"] = _hash(windows)
        hashes["edits"] = _hash(self._edits(bill))
        hashes["demand of earlier bills"] = _hash(self._demands.get(bill.customer.id))
        return hashes

    def _corrections(self, panel: str, poles: set[int]) -> list[object]:
        """What rows of meters.csv change in the figures of poles; a meter's number changes none."""
        directory = self._directories.get(panel)
        rows = directory.instruments if directory else ()
        since = self._start - LIKE_DAY_REACH
        counts = bool(self._devices(panel))
        corrections: list[object] = []
        for pole in sorted(poles):
            spans = instrument_spans(rows, pole, since, self._end)
            by_value = groupby(spans, key=lambda span: (span.multiplier, span.sign))
            corrected = [[next(same).start, *value] for value, same in by_value]
            exchanged = [
                [one.time, one.last_reading_kwh, one.first_reading_kwh]
                for one in exchanges(rows, pole)
                if counts and since <= one.time < self._end
            ]
            if exchanged or corrected != [[since, 1, 1]]:
                corrections.append([pole, corrected, exchanged])
        return corrections

    def _tariff(self, bill: Bill) -> Tariff | None:
        time = bill.start, bill.end
        return self._terms.tariff_as_billed(bill.tariff, bill.customer, *time)

    def _rates(self, bill: Bill) -> object:
        """Those of the month: a tariff gets others for other times."""
        return self._rates_in(self._tariff(bill))

    def _rates_in(self, tariff: Tariff | None) -> object:
        if tariff is None:
            return None
        if isinstance(tariff, TariffsByGroup):
            return [[one.name, self._rates_in(one.tariff)] for one in tariff.groups]
        if isinstance(tariff, TariffsInTurn):
            return [
                [part.start, *self._rates_of(part.tariff, part.start, part.end)]
                for part in tariff.parts
            ]
        return self._rates_of(tariff, self._start, self._end)

    def _rates_of(self, tariff: Tariff, start: datetime, end: datetime) -> list[object]:
        first, last = local_days(self._start, self._end, self._terms.zone)
        periods = [period.rate for period in tariff.periods(start, end)]
        holidays = tariff.holidays.within(first, last)
        return [tariff.id, tariff.currency, tariff.zone, holidays, periods]

    def prices(self, bill: Bill) -> dict[str, UsedPrices]:
        """Prices of the time in which the bill's tariff names a series, by the series."""
        tariff = self._tariff(bill)
        spans = series_spans(tariff, self._slots) if tariff else {}
        known = sorted(spans.keys() & self._prices.keys())
        return {name: self._prices_used(name, spans[name]) for name in known}

    def _fine_windows(self, bill: Bill) -> list[object]:
        """Finer windows, and those of the site's peak: the customer's intervals do not say them."""
        tariff = self._tariff(bill)
        measures = {
            charge.measure
            for one in (tariff.by_group if tariff else ())
            for period in one.periods(self._start, self._end)
            for charge in period.rate.demand
            if charge.is_fine or charge.site_peak
        }
        return [
            [one.name, one.quantity, one.basis]
            for one in bill.determinants
            if one.name.rpartition(IN_NAME)[2] in measures
        ]

    def _edits(self, bill: Bill) -> tuple[IntervalEdit, ...]:
        """Of the bill's circuits, those of days like its own as well."""
        first_poles = {
            (panel, circuit.first_pole)
            for row in bill.usage
            for panel, circuit in row.measured_circuits
        }
        return tuple(
            edit
            for panel in _poles(bill)
            for edit in self._store.entries.in_force(panel, self._start - LIKE_DAY_REACH, self._end)
            if (panel, edit.first_pole) in first_poles
        )

    def _read_intervals(self, panel: str) -> Mapping[int, str]:
        """Of each pole's month."""
        profile = self._store.intervals.load_profile(panel, self._start, self._end)
        month = Slots.between(self._start, self._end).within(profile.slots)
        return {
            pole: sha256(
                profile.milliamp_ms[row, month].tobytes() + profile.covered_ms[row, month].tobytes()
            ).hexdigest()
            for row, pole in enumerate(profile.poles)
        }

    def _read_devices(self, panel: str) -> Mapping[int, str]:
        intervals = self._store.intervals.device_intervals(panel, self._start, self._end)
        return {pole: _hash(items) for pole, items in intervals.items()}

    def _read_supply(self, panel: str) -> str:
        """Of what a panel's companions measured in the month; "" of nothing."""
        directory = self._directories.get(panel)
        if directory is None:
            return ""
        companions = (directory.panel.voltage_from, directory.panel.power_factor_from)
        measured = [
            one
            and self._store.intervals.electrical_intervals(
                one.panel, self._start, self._end, one.poles
            )
            for one in companions
        ]
        return _hash([companions, measured]) if any(measured) else ""


def _without_companions(panel: Panel) -> Panel:
    """A panel as far as it matters where its companions measured nothing."""
    # The steps of its meters are part of stated uncertainties alone; from when until when it is
    # here, the spans of its circuits have.
    plain = replace(panel, current_step=None, power_step=None, valid_from=None, valid_to=None)
    return replace(plain, voltage_from=None, power_factor_from=None, states_unity=False)


def _poles(bill: Bill) -> dict[str, set[int]]:
    """Of the bill's circuits, by panel."""
    poles: dict[str, set[int]] = {}
    measured = [one for row in bill.usage for one in row.measured_circuits]
    for panel, circuit in sorted(measured, key=lambda one: one[0]):
        poles.setdefault(panel, set()).update(circuit.poles)
    return poles


def _circuits(bill: Bill) -> dict[str, list[object]]:
    """The circuits' versions and for how long they count, by panel."""
    rows = defaultdict[str, dict[str, list[tuple[CircuitVersion, Usage]]]](
        lambda: defaultdict(list)
    )
    for row in bill.usage:
        for panel, circuit in row.measured_circuits:
            rows[panel][canonical(circuit)].append((circuit, row))
    return {
        panel: [
            [same[0][0], min(row.start for _, row in same), max(row.end for _, row in same)]
            for _, same in sorted(circuits.items())
        ]
        for panel, circuits in rows.items()
    }


def _formulas(bill: Bill) -> dict[str, list[object]]:
    """What the bill's formulas are made of and for how long, by panel."""
    made = defaultdict[str, list[object]](list)
    for row in bill.usage:
        if row.members:
            of = [[one.sign, one.panel, one.circuit.first_pole] for one in row.members]
            made[row.panel].append([row.circuit, row.start, row.end, of])
    return made


def _of_poles(hashes: Mapping[int, str], poles: set[int]) -> str:
    return _hash([[pole, hashes.get(pole)] for pole in sorted(poles)])


def _hash(value: object) -> str:
    return sha256(canonical(essential(value)).encode()).hexdigest()
