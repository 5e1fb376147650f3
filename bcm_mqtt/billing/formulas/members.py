"""The loads of panels whose circuits are members of formulas, of one month."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.billing.readings.stored_readings import readings_ahead
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory, unclaimed
from bcm_mqtt.domain.site.instrument import Instrument, instrument_spans
from bcm_mqtt.domain.usage.cut import PricedTime, cuts
from bcm_mqtt.domain.usage.formula.usage import KnownLoad
from bcm_mqtt.domain.usage.panel_loads import BilledTime, PanelLoads
from bcm_mqtt.domain.usage.panel_usage import calibrated_loads
from bcm_mqtt.domain.vee.interval_edit import IntervalEdit
from bcm_mqtt.domain.vee.panel_registers import Registers
from bcm_mqtt.store import BillingStore

Spans = Collection[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class KnownPanel:
    """A panel's month.

    Attributes:
        directory: Of the panel.
        spans: Of its circuits and of measured poles that no circuit claims.
        loads: Of each of their versions.
        accepting: Entries that accept findings.
        registers: What energy registers showed.
    """

    directory: Directory
    spans: Sequence[CircuitSpan]
    loads: Mapping[CircuitVersion, KnownLoad]
    accepting: Sequence[IntervalEdit]
    registers: Registers

    def microwatt_hours(self, times: Spans, time: BilledTime, pole: int | None = None) -> int:
        """Energy in some times of the month, of all of the panel or of one circuit."""
        return sum(
            self._energy(span, begin, until, time)
            for span in self.spans
            if pole in {None, span.version.first_pole}
            for start, end in times
            if (begin := max(start, span.start)) < (until := min(end, span.end))
        )

    def _energy(self, span: CircuitSpan, begin: datetime, until: datetime, time: BilledTime) -> int:
        whole = PricedTime(time.start, time.end)
        energy = self.loads[span.version].load.microwatt_hours
        return sum(cut.total(energy) for cut in cuts(whole, begin, until, time.slots))


def known_panels(
    store: BillingStore,
    directories: Mapping[str, Directory],
    panels: Collection[str],
    terms: BillingTerms,
    time: BilledTime,
) -> Iterator[tuple[str, KnownPanel]]:
    """Some panels' months, by id.

    Args:
        store: At the moment that is billed.
        directories: Of the site.
        panels: Which of them.
        terms: What the site bills by.
        time: The month.
    """
    chosen = [one for panel, one in directories.items() if panel in panels]
    ahead = readings_ahead(store, chosen, time.start, time.end, terms.register_scales)
    with ahead as each:
        for readings in each:
            directory = directories[readings.panel]
            loads = PanelLoads(directory, readings, time, tuple(readings.edits()))
            poles = loads.measured_poles()
            claimed = directory.spans(time.start, time.end)
            spans = [*claimed, *unclaimed(directory, poles, time.start, time.end)]
            of_all = loads.of_all({one.version for one in spans})
            measured = {version: load for version, (load, _) in of_all.items()}
            billed = calibrated_loads(readings.panel, spans, measured, time)
            known = {
                version: KnownLoad(
                    billed.get(version, load),
                    facts,
                    directory.panel,
                    loads.legs(load, version, assigned=True),
                    _meter(directory, version, time),
                    load if version in billed else None,
                )
                for version, (load, facts) in of_all.items()
            }
            registers = readings.registers(earlier=False)
            yield (
                readings.panel,
                KnownPanel(directory, spans, known, readings.accepting(), registers),
            )


def _meter(directory: Directory, version: CircuitVersion, time: BilledTime) -> str:
    """The one meter that measures all of a circuit all month, as far as meters.csv says so."""
    poles = directory.panel.monitored(version.poles)
    rows = {
        span.row
        for pole in poles
        for span in instrument_spans(directory.instruments, pole, time.start, time.end)
    }
    names = {_name(directory.panel.id, row) for row in rows}
    return names.pop() if len(names) == 1 else ""


def _name(panel: str, row: Instrument | None) -> str:
    if row and row.serial:
        return f"{row.maker} {row.model} {row.serial}"
    return f"{panel} unit {row.unit_id}" if row and row.unit_id is not None else ""
