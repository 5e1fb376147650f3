"""The demand of a site's month in windows finer than quarter hours, day by day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.formulas.month import FormulaMonth
from bcm_mqtt.billing.readings.stored_readings import readings_ahead
from bcm_mqtt.domain.bill.account import pricing_of
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Flags, Slots
from bcm_mqtt.domain.rating.demand.fine import day_peaks
from bcm_mqtt.domain.rating.grouped.parts import in_group
from bcm_mqtt.domain.rating.grouped.tariffs import TariffsByGroup
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.groups.tariff_group import REST
from bcm_mqtt.domain.tariff import DemandCharge, Tariff
from bcm_mqtt.domain.time import midnight
from bcm_mqtt.domain.usage.customer_load import Load
from bcm_mqtt.domain.usage.fine.day_peak import DayPeak, FineDemand
from bcm_mqtt.domain.usage.fine.shape import PanelShape
from bcm_mqtt.domain.usage.fine.spread import together
from bcm_mqtt.domain.usage.panel_loads import BilledTime
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage, panel_usage
from bcm_mqtt.store import BillingStore, PeakKey


class PeakMemory(dict[tuple[PeakKey, date], DayPeak]):
    """Peaks of days that are over, as they were measured."""


FineDemands: TypeAlias = Mapping[str, Mapping[str, FineDemand]]
"""By customer and measure."""
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A charge of a customer, and what its days are made of.

    Attributes:
        key: Of its stored days.
        charge: As one of the month's versions has it.
        tariff: With its periods.
        load: Of the customer, or of the group, by quarter hour.
        group: Of circuits, that the tariff rates.
    """

    key: PeakKey
    charge: DemandCharge
    tariff: Tariff
    load: Load
    group: str


class FineMonth:
    """What is known of a month's finer windows; nothing is read where no tariff has any."""

    def __init__(
        self,
        store: BillingStore,
        directories: Mapping[str, Directory],
        terms: BillingTerms,
        time: BilledTime,
        memory: PeakMemory | None = None,
    ) -> None:
        """Reads nothing yet.

        Args:
            store: Of one moment.
            directories: Of all panels.
            terms: Of the site.
            time: The month.
            memory: Gets the days that are made; those in it are not made again.
        """
        self._store, self._directories = store, directories
        self._terms, self._time = terms, time
        self._memory = PeakMemory() if memory is None else memory
        self._shape = cache(self._read_shape)

    def of(self, loads: Mapping[str, Load], formulas: FormulaMonth | None) -> FineDemands:
        """By customer and measure.

        Args:
            loads: Of customers, by id.
            formulas: Of the site, where it has any.
        """
        wanted = list(self._wanted(loads))
        if not wanted:
            return {}
        found = defaultdict[str, dict[str, FineDemand]](dict)
        peaks, lacking = self._stored(wanted)
        unknown = defaultdict[PeakKey, list[date]](list)
        customers = {one.key.customer for listed in lacking.values() for one in listed}
        usage = self._usage(customers, formulas) if lacking else {}
        for day in sorted(lacking):
            self._shape.cache_clear()  # a day's polls of all panels are in memory at a time
            for one in lacking[day]:
                peak, is_known = self._made(one, day, self._of_group(one, usage))
                peaks[one.key][day] = peak
                if not is_known:
                    unknown[one.key].append(day)
        for one in wanted:
            demand = FineDemand(peaks[one.key], tuple(unknown[one.key]))
            found[one.key.customer][one.key.measure] = demand
        return found

    def _wanted(self, loads: Mapping[str, Load]) -> Iterator[_Wanted]:
        start, end = self._time.start, self._time.end
        if not any(tariff.has_fine_windows for tariff in self._terms.tariffs.values()):
            return
        for customer, load in sorted(loads.items()):
            by = self._terms.customer_of(customer, start, end)
            tariff = self._terms.tariff_of(by, start, end) if customer else None
            if tariff is None:
                continue
            groups = [(REST, tariff, load)]
            if isinstance(tariff, TariffsByGroup):
                groups = [
                    (one.name, one.tariff, load.groups[one.name])
                    for one in tariff.groups
                    if one.name in load.groups
                ]
            for name, own, of_group in groups:
                charges = {
                    charge.measure: charge
                    for period in own.periods(start, end)
                    for charge in period.rate.demand
                    if charge.is_fine
                }
                for measure, charge in charges.items():
                    key = PeakKey(customer, in_group(name, measure), own.zone.key)
                    yield _Wanted(key, charge, own, of_group, name)

    def _stored(
        self, wanted: Sequence[_Wanted]
    ) -> tuple[defaultdict[PeakKey, dict[date, DayPeak]], Mapping[date, list[_Wanted]]]:
        """Days whose quarter hours are those that they were made of; and the others that came."""
        zones = {one.tariff.zone for one in wanted}
        days = {zone: self._days(zone) for zone in zones}
        every = sorted({day for listed in days.values() for day in listed})
        stored = self._store.demand_peaks.of(every[0], every[-1]) if every else {}
        known = defaultdict[PeakKey, dict[date, DayPeak]](dict)
        lacking = defaultdict[date, list[_Wanted]](list)
        for one in wanted:
            for day in days[one.tariff.zone]:
                peak = self._memory.get((one.key, day)) or stored.get(one.key, {}).get(day)
                if peak and peak.load == self._fingerprint(one, day):
                    known[one.key][day] = peak
                else:
                    lacking[day].append(one)
        return known, lacking

    def _days(self, zone: ZoneInfo) -> list[date]:
        """Of the month, local, as far as they have begun."""
        slots = self._time.slots
        until = self._time.present or self._time.end
        local = slots.local(zone)
        begun = slots.starts_ms < until.timestamp() * 1000
        return [date.fromordinal(int(day)) for day in np.unique(local.days[begun])]

    def _fingerprint(self, one: _Wanted, day: date) -> str:
        """Of the quarter hours that windows of a day consist of."""
        within = self._span(one, day).within(one.load.slots)
        made_of = one.load.microwatt_hours[within].tobytes()
        made_of += self._incomplete(one.load)[within].tobytes()
        where = self._where(one)
        if where is not None:
            made_of += where[within].tobytes()
        return sha256(made_of).hexdigest()[:32]

    def _span(self, one: _Wanted, day: date) -> Slots:
        """A day's slots, and those after it that its last window reaches into."""
        zone, slots = one.tariff.zone, self._time.slots
        start = max(self._time.start, midnight(day, zone))
        end = midnight(day + timedelta(days=1), zone)
        if one.charge.sliding:
            end += timedelta(minutes=one.charge.window)
        return Slots.between(start, min(end, slots.at(slots.count)))

    @staticmethod
    def _incomplete(load: Load) -> Flags:
        incomplete: Flags = (load.estimated != 0) | (load.missing_ms != 0)
        return incomplete

    def _where(self, one: _Wanted) -> Flags | None:
        """Slots of the charge's period; None for all."""
        if not one.charge.period:
            return None
        slots = self._time.slots
        priced = one.tariff.priced(self._time.start, self._time.end, slots)
        flags: Flags = np.logical_or.reduce(
            [time.flags(one.charge.period, slots) for time in priced]
        )
        return flags

    def _usage(
        self, customers: Iterable[str], formulas: FormulaMonth | None
    ) -> Mapping[str, list[CircuitUsage]]:
        """The circuits of some customers, and the formulas."""
        whose, terms, time = set(customers), self._terms, self._time
        found = defaultdict[str, list[CircuitUsage]](list)
        having = [
            directory
            for directory in self._directories.values()
            if whose
            & {
                terms.rule.customer_of(span.version)
                for span in directory.spans(time.start, time.end)
            }
        ]
        pricing = pricing_of(terms, time)
        scales = terms.register_scales
        with readings_ahead(self._store, having, time.start, time.end, scales) as panels:
            for readings in panels:
                directory, edits = self._directories[readings.panel], readings.edits()
                for part in panel_usage(directory, readings, terms.rule, pricing, time, edits):
                    found[part.owner.customer].append(part)
        for part in formulas.usage if formulas else ():
            found[part.owner.customer].append(part)
        return found

    def _of_group(
        self, one: _Wanted, usage: Mapping[str, Sequence[CircuitUsage]]
    ) -> Sequence[CircuitUsage]:
        """The circuits that a charge's tariff rates."""
        customer, bounds = one.key.customer, (self._time.start, self._time.end)
        by = self._terms.customer_of(customer, *bounds)
        return [
            part
            for part in usage.get(customer, ())
            if not by.all_groups
            or by.group_of(part.owner.panel, part.owner.circuit, part.span.start) == one.group
        ]

    def _made(self, one: _Wanted, day: date, usage: Sequence[CircuitUsage]) -> tuple[DayPeak, bool]:
        """The peak of a day by its polls, and whether it is known."""
        span, parts = self._span(one, day), one.charge.parts_of_quarter
        within = span.within(one.load.slots)
        incomplete, where = self._incomplete(one.load)[within], self._where(one)
        panels = sorted({panel for part in usage for panel in _panels(part)})
        shapes = {panel: self._shape(panel, span, parts) for panel in panels}
        fine = together(usage, shapes.get, span, parts)
        (peak,) = day_peaks(
            one.charge,
            one.tariff.zone,
            [day],
            fine.microwatt_hours,
            span,
            incomplete | fine.even,
            None if where is None else where[within],
            {day: self._fingerprint(one, day)},
        )
        step_ms = one.charge.step_minutes * _MINUTE_MS
        slow = any(shape and not shape.is_fast_enough(step_ms) for shape in shapes.values())
        used = bool(one.load.microwatt_hours[within].any())
        is_known = not used or not (slow or (fine.even & ~incomplete).any())
        if is_known and self._is_over(one, day):
            self._memory[one.key, day] = peak
        return peak, is_known

    def _is_over(self, one: _Wanted, day: date) -> bool:
        """Whether all of its windows have ended, with the quarter hours that hold them."""
        end = self._span(one, day).end_ms + INTERVAL_MS
        present = self._time.present or self._time.end
        return end <= present.timestamp() * 1000 or self._time.over

    def _read_shape(self, panel: str, span: Slots, parts: int) -> PanelShape | None:
        start, end = span.at(0), _end(span)
        polls = self._store.readings.poll_arrays(panel, start, end)
        return PanelShape.of(polls, span, parts) if polls.times_ms.size else None


def _end(span: Slots) -> datetime:
    return span.at(span.count)


def _panels(part: CircuitUsage) -> Iterator[str]:
    """On which its energy is measured."""
    if not part.members:
        yield part.owner.panel
    for _, member in part.members:
        yield from _panels(member)
