"""A site's month calibrated to its revenue meters."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from bcm_mqtt.billing.panel_findings import Concern
from bcm_mqtt.billing.readings.stored_readings import readings_ahead
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.slots import Flags, Slots
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory, unclaimed
from bcm_mqtt.domain.usage.calibration.factors import Calibrated, calibrated
from bcm_mqtt.domain.usage.calibration.findings import calibration_findings
from bcm_mqtt.domain.usage.calibration.setting import CalibratedTo
from bcm_mqtt.domain.usage.calibration.summary import (
    BilledCalibration,
    SiteCalibration,
    billed_calibration,
    site_calibration,
)
from bcm_mqtt.domain.usage.calibration.sums import (
    CircuitSums,
    Loads,
    MeterReadings,
    circuit_sums,
    meter_readings,
)
from bcm_mqtt.domain.usage.panel_loads import BilledTime, PanelLoads, PanelReadings
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.acceptance import is_accepted
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.store import BillingStore

_COMING: Final = timedelta(minutes=30)
"""Of a month that is not over, the last readings may not yet have come of all panels."""


@dataclass(frozen=True, slots=True)
class CalibratedMonth:
    """The calibrations that hold in any of a month.

    Attributes:
        time: The month, with what they make of panels.
        each: Of each meter.
        accepting: Entries that accept findings, by the meters' panels.
    """

    time: BilledTime
    each: tuple[Calibrated, ...] = ()
    accepting: Mapping[str, Sequence[IntervalEdit]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        store: BillingStore,
        directories: Mapping[str, Directory],
        terms: BillingTerms,
        time: BilledTime,
    ) -> "CalibratedMonth":
        """Reads the panels behind the meters, of the moment of the store; raises WorkError."""
        settings = [one for one in terms.calibrations if one.holds_within(time.start, time.end)]
        if not settings:
            return cls(time)
        places = {scope.panel for one in settings for scope in one.scopes}
        places |= {one.meter.panel for one in settings}
        chosen = [one for panel, one in directories.items() if panel in places]
        sums = defaultdict[str, dict[str, CircuitSums]](dict)
        meters = dict[str, MeterReadings]()
        accepting = dict[str, Sequence[IntervalEdit]]()
        scales = terms.register_scales
        with readings_ahead(store, chosen, time.start, time.end, scales) as panels:
            for readings in panels:
                edits, accepting[readings.panel] = tuple(readings.edits()), readings.accepting()
                panel = MeteredPanel(directories[readings.panel], readings, time, edits)
                for one in settings:
                    if one.scope(readings.panel):
                        sums[one.id][readings.panel] = panel.sums(one)
                    if one.meter.panel == readings.panel:
                        meters[one.id] = panel.meter(one)
        each = tuple(_calibrated(one, time, meters, sums[one.id]) for one in settings)
        scaling = {panel: made for one in each for panel, made in one.panels.items()}
        return cls(replace(time, scaling=scaling), each, accepting)

    def of_panel(self, panel: str) -> Calibrated | None:
        """That of a panel's circuits."""
        return next((one for one in self.each if panel in one.panels), None)

    def concerns(self, usage: Iterable[Usage]) -> Iterator[Concern]:
        """What is found of calibrations and no entry accepts, with whose bills it concerns.

        Args:
            usage: Rows of all that is billed.
        """
        rows = list(usage) if self.each else []
        for one in self.each:
            own = [row for row in rows if _is_behind(row, one.setting)]
            for finding, slots in calibration_findings(one):
                if not is_accepted(finding, "", self.accepting.get(finding.panel, ())):
                    within = {row.customer for row in own if _has(row, slots, one.slots)}
                    yield Concern(finding, frozenset(within))

    def on_bill(self, usage: Sequence[Usage]) -> tuple[BilledCalibration, ...]:
        """What a bill with some rows has of them: those that any of its circuits is behind."""
        return tuple(self._on_bill(usage))

    def of_site(self, usage: Sequence[Usage]) -> tuple[SiteCalibration, ...]:
        """All of each, with the rows of the whole site."""
        return tuple(site_calibration(one, len(_circuits(usage, one.setting))) for one in self.each)

    def _on_bill(self, usage: Sequence[Usage]) -> Iterator[BilledCalibration]:
        for one in self.each:
            rows = [row for row in usage if _is_behind(row, one.setting)]
            if not rows:
                continue
            kwh = sum((row.calibration_kwh for row in rows), Decimal("0.000"))
            yield billed_calibration(one, len(_circuits(rows, one.setting)), kwh)


class MeteredPanel:
    """A panel's month as far as calibrations are made from it."""

    def __init__(
        self,
        directory: Directory,
        readings: PanelReadings,
        time: BilledTime,
        edits: tuple[IntervalEdit, ...] = (),
    ) -> None:
        """Takes what `panel_usage` takes."""
        self._panel, self._time = directory.panel.id, time
        self._loads = PanelLoads(directory, readings, time, edits)
        poles = self._loads.measured_poles()
        claimed = directory.spans(time.start, time.end)
        self._spans = [*claimed, *unclaimed(directory, poles, time.start, time.end)]

    def sums(self, setting: CalibratedTo) -> CircuitSums:
        """Of the circuits that are behind a meter."""
        own = [one for one in self._spans if setting.has(self._panel, one.version.first_pole)]
        return circuit_sums(*self._with_loads(own))

    def meter(self, setting: CalibratedTo) -> MeterReadings:
        """What the meter measured, which is one of the panel's circuits."""
        own = [one for one in self._spans if one.version.first_pole == setting.meter.pole]
        return meter_readings(*self._with_loads(own))

    def _with_loads(self, spans: list[CircuitSpan]) -> tuple[list[CircuitSpan], Loads, Slots]:
        versions = {one.version for one in spans}
        return spans, self._loads.loads_of(versions) if versions else {}, self._time.slots


def _calibrated(
    setting: CalibratedTo,
    time: BilledTime,
    meters: Mapping[str, MeterReadings],
    sums: Mapping[str, CircuitSums],
) -> Calibrated:
    until = time.end if time.over or time.present is None else time.present - _COMING
    meter = meters.get(setting.id) or MeterReadings.none(time.slots)
    return calibrated(setting, time.slots, meter, dict(sorted(sums.items())), until)


def _is_behind(row: Usage, setting: CalibratedTo) -> bool:
    return any(setting.has(panel, one.first_pole) for panel, one in row.measured_circuits)


def _circuits(usage: Iterable[Usage], setting: CalibratedTo) -> set[tuple[str, object]]:
    return {(row.panel, row.circuit.id) for row in usage if _is_behind(row, setting)}


def _has(row: Usage, chosen: Flags, slots: Slots) -> bool:
    """Whether a row has any of some slots."""
    return bool(chosen[Slots.between(row.start, row.end).within(slots)].any())
