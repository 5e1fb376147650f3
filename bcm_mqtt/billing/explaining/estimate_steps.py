"""How an interval that was not wholly measured came to its energy: estimated, edited, missing."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.explaining.steps import Step, local, quality_text
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad, Unvalidated
from bcm_mqtt.domain.vee.estimate import LikeDays
from bcm_mqtt.domain.vee.estimate_trace import EstimateTrace, Source, estimate_trace
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.domain.vee.quality import Quality
from bcm_mqtt.languages import _, number, translated


def estimate_steps(
    load: CircuitLoad,
    slot: int,
    edits: Sequence[IntervalEdit],
    zone: ZoneInfo,
    last_day: int,
) -> Iterator[Step]:
    """What was done for the part of an interval that was not measured; nothing for a whole one.

    Args:
        load: Of the circuit.
        slot: Of the month.
        edits: Of the circuit.
        zone: Of the days.
        last_day: Ordinal of the first local day after the month.
    """
    incomplete = np.flatnonzero(load.incomplete == slot)
    if not incomplete.size:
        return
    at = int(incomplete[0])
    quality = Quality(int(load.qualities[at]))
    yield Step(_("quality"), note=translated(quality_text(load, at)))
    start = load.slots.at(slot)
    for edit in edits:
        if edit.action is EditAction.DISCARD and edit.start <= start < edit.end:
            yield Step(_("readings set aside"), note=_by(edit))
    if quality is Quality.EDITED:
        yield from _edited(load, slot, edits)
    elif quality is Quality.MISSING:
        yield Step(_("missing time"), int(load.missing_ms[at]), "ms", note=_("nothing is billed"))
    else:
        series = load.intervals.slots
        trace = estimate_trace(
            Unvalidated(load.intervals, load.horizon, edits),
            slot + load.slots.within(series).start,
            LikeDays.of(series, zone, last_day),
        )
        yield from _estimated(load, at, trace, zone)


def _edited(load: CircuitLoad, slot: int, edits: Sequence[IntervalEdit]) -> Iterator[Step]:
    start = load.slots.at(slot)
    for edit in edits:
        if edit.action is EditAction.SET and edit.start <= start < edit.end:
            yield Step(
                _("entered by hand"),
                int(load.microwatt_hours[slot]),
                "uWh",
                f"{number(edit.milliwatts or 0)} mW x {number(INTERVAL_MS)} ms / {number(3600)}",
                _by(edit),
            )


def _by(edit: IntervalEdit) -> str:
    return _("by %(author)s: %(reason)s", author=edit.author, reason=edit.reason)


def _estimated(load: CircuitLoad, at: int, trace: EstimateTrace, zone: ZoneInfo) -> Iterator[Step]:
    """From what an incomplete interval was taken, and how much of it counts."""
    slots, whole = load.intervals.slots, trace.whole
    if trace.own:
        what = _("measured for at least half of the time: by its own mean")
        yield _source(what, trace.own)
    elif trace.interpolated:
        before, after = trace.sources
        begun, ended = (local(slots.at(one.slot), zone) for one in (before, after))
        yield _source(_("neighbour before, %(time)s", time=begun), before)
        yield _source(_("neighbour after, %(time)s", time=ended), after)
        count = int(load.incomplete[at]) + load.slots.within(slots).start - before.slot
        rise = f"({number(after.whole)} - {number(before.whole)}) uWh"
        formula = f"{number(before.whole)} uWh + {rise} x {count} / {after.slot - before.slot}"
        yield Step(_("on the line between them"), whole, "uWh", formula)
    else:
        for source in trace.sources:
            shown = local(slots.at(source.slot), zone)
            yield _source(_("like day, %(time)s", time=shown), source)
        total = " + ".join(number(source.whole) for source in trace.sources)
        formula = f"({total}) uWh / {len(trace.sources)}"
        yield Step(_("mean of the like days"), whole, "uWh", formula)
    estimated, rest_ms = int(load.estimated[at]), int(load.estimated_ms[at])
    yield Step(
        _("estimated"),
        estimated,
        "uWh",
        f"{number(whole)} uWh x {number(rest_ms)} ms / {number(INTERVAL_MS)} ms",
        _("for the time that was not measured"),
    )
    total_energy = int(load.microwatt_hours[load.incomplete[at]])
    yield Step(
        _("in all"),
        total_energy,
        "uWh",
        f"{number(total_energy - estimated)} uWh + {number(estimated)} uWh",
        _("measured and estimated"),
    )


def _source(title: str, source: Source) -> Step:
    """What an estimate is made from; of all of the interval by its own mean."""
    if source.measured_ms == INTERVAL_MS:
        return Step(title, source.whole, "uWh", note=_("measured"))
    share = f"{number(INTERVAL_MS)} ms / {number(source.measured_ms)} ms"
    return Step(title, source.whole, "uWh", f"{number(source.measured)} uWh x {share}")
