"""How an interval that was not wholly measured came to its energy: estimated, edited, missing."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.explaining.bill_steps import local
from bcm_mqtt.billing.explaining.circuit_steps import quality_text
from bcm_mqtt.billing.explaining.steps import Step, number
from bcm_mqtt.domain.interval.left_hold import INTERVAL_MS
from bcm_mqtt.domain.vee.circuit_load import CircuitLoad
from bcm_mqtt.domain.vee.estimate import LONGEST_INTERPOLATED, LikeDays, neighbours
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.domain.vee.quality import Quality

_ENOUGH_MS = INTERVAL_MS // 2


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
    found = np.flatnonzero(load.odd == slot)
    if not found.size:
        return
    at = int(found[0])
    quality = Quality(int(load.qualities[at]))
    yield Step("quality", note=quality_text(load, at))
    start = load.slots.at(slot)
    for edit in edits:
        if edit.action is EditAction.DISCARD and edit.start <= start < edit.end:
            yield Step("readings set aside", note=f"by {edit.author}: {edit.reason}")
    if quality is Quality.EDITED:
        yield from _edited(load, slot, edits)
    elif quality is Quality.MISSING:
        yield Step("missing time", number(int(load.missing_ms[at])), "ms", note="nothing is billed")
    else:
        yield from _Estimate(load, slot, edits, zone, last_day).steps(at)


def _edited(load: CircuitLoad, slot: int, edits: Sequence[IntervalEdit]) -> Iterator[Step]:
    start = load.slots.at(slot)
    for edit in edits:
        if edit.action is EditAction.SET and edit.start <= start < edit.end:
            yield Step(
                "entered by hand",
                number(int(load.microwatt_hours[slot])),
                "uWh",
                f"{number(edit.milliwatts or 0)} mW x {number(INTERVAL_MS)} ms / 3,600",
                f"by {edit.author}: {edit.reason}",
            )


class _Estimate:
    """The series that an estimate was made from."""

    def __init__(
        self,
        load: CircuitLoad,
        slot: int,
        edits: Sequence[IntervalEdit],
        zone: ZoneInfo,
        last_day: int,
    ) -> None:
        self._load, self._slot, self._zone = load, slot, zone
        intervals = load.intervals
        series = intervals.slots
        energy, measured_ms = intervals.microwatt_hours.copy(), intervals.measured_ms.copy()
        for edit in edits:
            if edit.action is EditAction.DISCARD:
                starts = series.starts_ms
                gone = (starts >= edit.start.timestamp() * 1000) & (
                    starts < edit.end.timestamp() * 1000
                )
                energy[gone] = measured_ms[gone] = 0
        self._energy, self._measured_ms = energy, measured_ms
        self._known = measured_ms >= _ENOUGH_MS
        self._like = LikeDays.of(series, zone, last_day)
        self._at = slot + load.slots.within(series).start

    def steps(self, odd: int) -> Iterator[Step]:
        """From what it was taken, and how much of it counts."""
        steps, whole = self._whole()
        yield from steps
        rest_ms = int(self._load.estimated_ms[odd])
        estimated = int(self._load.estimated[odd])
        yield Step(
            "estimated",
            number(estimated),
            "uWh",
            f"{number(whole)} uWh x {number(rest_ms)} ms / {number(INTERVAL_MS)} ms",
            "for the time that was not measured",
        )
        in_all = int(self._load.microwatt_hours[self._slot])
        yield Step(
            "in all",
            number(in_all),
            "uWh",
            f"{number(in_all - estimated)} uWh + {number(estimated)} uWh",
            "measured and estimated",
        )

    def _whole(self) -> tuple[list[Step], int]:
        """What all of the interval would be, and how that is known."""
        at = self._at
        if self._known[at]:
            step = self._extended(at, "measured for at least half of the time: by its own mean")
            return [step], self._value(at)
        wanted = np.array([at])
        (left,), (right,) = (
            side.tolist() for side in neighbours(self._known, wanted, self._known.size)
        )
        if left >= 0 and right >= 0 and right - left - 1 <= LONGEST_INTERPOLATED:
            return self._between(left, right)
        sources, _ = self._like.nearest(self._known, wanted)
        like = [int(source) for source in sources[0] if source >= 0]
        values = [self._value(source) for source in like]
        found = (2 * sum(values) + len(values)) // (2 * len(values))
        formula = f"({' + '.join(map(number, values))}) uWh / {len(values)}"
        mean = Step("mean of the like days", number(found), "uWh", formula)
        return [*(self._neighbour(source, "like day") for source in like), mean], found

    def _between(self, left: int, right: int) -> tuple[list[Step], int]:
        before, after = self._value(left), self._value(right)
        steps, count = right - left, self._at - left
        found = before + (2 * (after - before) * count + steps) // (2 * steps)
        rise = f"({number(after)} - {number(before)}) uWh x {count} / {steps}"
        return [
            self._neighbour(left, "neighbour before"),
            self._neighbour(right, "neighbour after"),
            Step(
                "on the line between them", number(found), "uWh", f"{number(before)} uWh + {rise}"
            ),
        ], found

    def _neighbour(self, at: int, name: str) -> Step:
        title = f"{name}, {local(self._load.intervals.slots.at(at), self._zone)}"
        if int(self._measured_ms[at]) == INTERVAL_MS:
            return Step(title, number(int(self._energy[at])), "uWh", note="measured")
        return self._extended(at, title)

    def _extended(self, at: int, title: str) -> Step:
        energy, ms = int(self._energy[at]), int(self._measured_ms[at])
        formula = f"{number(energy)} uWh x {number(INTERVAL_MS)} ms / {number(ms)} ms"
        return Step(title, number(self._value(at)), "uWh", formula)

    def _value(self, at: int) -> int:
        """Of the whole interval, as its measured part has it."""
        energy, ms = int(self._energy[at]), int(self._measured_ms[at])
        return (2 * energy * INTERVAL_MS + ms) // (2 * ms)
