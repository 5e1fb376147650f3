"""The meters of a bill: their numbers, approvals and, where a register counts, what they showed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from bcm_mqtt.domain.interval.register_interval import RegisterPast
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument, InstrumentSpan, instrument_spans
from bcm_mqtt.domain.time import to_ms
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.domain.vee.panel_registers import Registers


class PoleReadings(NamedTuple):
    """What a meter showed of some poles; kWh before the multiplier, or None."""

    poles: tuple[int, ...]
    first_kwh: Decimal | None
    last_kwh: Decimal | None


@dataclass(frozen=True, slots=True)
class BilledMeter:
    """A meter that measured poles of a circuit in a part of the month.

    Attributes:
        panel: Its id.
        first_pole: Of the circuit.
        poles: Of the circuit, that it measured.
        start: UTC.
        end: UTC.
        maker: Or "".
        model: Or "".
        serial: Its number, or "".
        approval: Or "".
        approval_until: Last day, or None.
        multiplier: Of what it says, as meters.csv has it; "" for 1.
        sign: -1 where the transformer sits the wrong way round.
        first_kwh: What it showed at `start`, by pole; () where no register counts.
        last_kwh: What it showed at `end`.
    """

    panel: str
    first_pole: int
    poles: tuple[int, ...]
    start: datetime
    end: datetime
    maker: str = ""
    model: str = ""
    serial: str = ""
    approval: str = ""
    approval_until: date | None = None
    multiplier: str = ""
    sign: int = 1
    first_kwh: tuple[Decimal, ...] = ()
    last_kwh: tuple[Decimal, ...] = ()

    def readings(self) -> Iterator[PoleReadings]:
        """Of each pole, as each has a register of its own; of all where no register counts."""
        if not self.first_kwh and not self.last_kwh:
            yield PoleReadings(self.poles, None, None)
            return
        for place, pole in enumerate(self.poles):
            first, last = (kwh[place] if kwh else None for kwh in (self.first_kwh, self.last_kwh))
            yield PoleReadings((pole,), first, last)


def billed_meters(
    directory: Directory, part: CircuitUsage, registers: Registers
) -> Iterator[BilledMeter]:
    """The meters of a circuit's part of the month, of which meters.csv says anything.

    Args:
        directory: Of its panel.
        part: Of the circuit.
        registers: Of the panel.
    """
    rows, version = directory.instruments, part.span.version
    counts = any(EnergySource.REGISTER in row.sources for row in part.rows)
    by_row: dict[tuple[int, datetime], list[tuple[int, InstrumentSpan]]] = {}
    for pole in directory.panel.monitored(version.poles):
        for span in instrument_spans(rows, pole, part.span.start, part.span.end):
            if span.row:
                by_row.setdefault((id(span.row), span.start), []).append((pole, span))
    for listed in by_row.values():
        span = listed[0][1]
        row, poles = span.row, tuple(pole for pole, _ in listed)
        if row is None:
            continue
        past = [registers.past.get(pole) for pole in poles] if counts else []
        first = [_first(row, pole, one, span.start) for pole, one in zip(poles, past, strict=False)]
        last = [_last(rows, pole, one, span.end) for pole, one in zip(poles, past, strict=False)]
        yield BilledMeter(
            directory.panel.id,
            version.first_pole,
            poles,
            span.start,
            span.end,
            row.maker,
            row.model,
            row.serial,
            row.approval,
            row.approval_until,
            row.texts()["multiplier"],
            row.sign,
            _all(first),
            _all(last),
        )


def _first(
    row: Instrument, pole: int, past: RegisterPast | None, start: datetime
) -> Decimal | None:
    entered = row.first_reading_of(pole) if row.valid_from == start else None
    return entered if entered is not None else _shown(past, start)


def _last(
    rows: Iterable[Instrument], pole: int, past: RegisterPast | None, end: datetime
) -> Decimal | None:
    entered = (row.last_reading_of(pole) for row in rows if row.valid_from == end)
    return next((kwh for kwh in entered if kwh is not None), _shown(past, end))


def _shown(past: RegisterPast | None, at: datetime) -> Decimal | None:
    """What a register showed at its last reading up to an instant, else at its first one."""
    if past is None or not len(past.levels):
        return None
    place = max(0, int(np.searchsorted(past.levels[:, 0], to_ms(at), side="right")) - 1)
    return Decimal(int(past.levels[place, 2])).scaleb(-3)


def _all(readings: Sequence[Decimal | None]) -> tuple[Decimal, ...]:
    """Those of all poles, or none."""
    known = tuple(kwh for kwh in readings if kwh is not None)
    return known if len(known) == len(readings) else ()


def joined_meters(meters: Iterable[BilledMeter]) -> tuple[BilledMeter, ...]:
    """By circuit and time; what a rate or a circuit's change has cut is one again."""
    joined: list[BilledMeter] = []
    for meter in sorted(meters, key=lambda one: (one.panel, one.poles, one.start)):
        before = joined[-1] if joined else None
        if before and before.end == meter.start:
            same = replace(before, end=meter.end, last_kwh=meter.last_kwh)
            if replace(same, start=meter.start, first_kwh=meter.first_kwh) == meter:
                joined[-1] = same
                continue
        joined.append(meter)
    return tuple(joined)
