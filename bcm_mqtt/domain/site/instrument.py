"""Instruments: which meter and current transformers a pole has, from which instant on.

A row states all that is known of the instruments of its poles from `valid_from` on, until the
next row that names a pole of it. It inherits nothing: where it states no serial number, none is
known from then on, and where it states no multiplier, that is 1 again. What writes rows for
people (`meters exchange`, the page) copies what stays into the new row.

Two rows may begin at the same instant for the same pole where one is for a unit and the other
names poles: the latter holds on its poles. Two of the same kind are a mistake.

Sources: DOMAIN, "Instruments"; classes of meters by IEC 62053-21/-22 and EN 50470-3, of current
transformers by IEC 61869-2.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from bcm_mqtt.domain.site.circuit import poles_text
from bcm_mqtt.domain.site.instrument_field import (
    FIELDS,
    InstrumentField,
    InstrumentValue,
    class_percent,
)
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import BEGINNING


@dataclass(frozen=True, slots=True)
class Instrument:
    """A dated row of meters.csv: the meter and current transformers of some poles.

    Attributes:
        poles: Of the panel, ascending: those named, or all that the unit measures.
        unit_id: For which the row was written; None for one that names its poles.
        valid_from: UTC.
        maker: Of the meter.
        model: Of the meter.
        serial: Number of the meter, which bills print; "" where unknown.
        meter_class: As on its plate: `1`, `0.5S`, `B`; "" where unknown.
        ct_class: Of the current transformers: `0.5`, `1`, `3`; "" where unknown.
        ct_rating_amps: Rated primary current of the current transformers, or None.
        multiplier: Of current, power and register steps: the true ratio over the one that the
            meter is set to; above 0.
        sign: -1 where the current transformer sits the wrong way round, else 1.
        approval: Type approval, such as `MID B` or `CTEP`; "" where none is known.
        approval_until: Last day on which it holds, or None.
        last_test: Day of the last test, or None.
        last_reading_kwh: Of the meter before, of each pole, as it showed them; () if unknown.
        first_reading_kwh: Of this one, of each pole, as it shows them; () if unknown.
        voltage_shift: Degrees (0, 120, 240) by which power and reactive power, as one phasor,
            must be turned, because the meter pairs the current with another phase's voltage.
    """

    poles: tuple[int, ...]
    unit_id: int | None = None
    valid_from: datetime = BEGINNING
    maker: str = ""
    model: str = ""
    serial: str = ""
    meter_class: str = ""
    ct_class: str = ""
    ct_rating_amps: Decimal | None = None
    multiplier: Fraction = Fraction(1)
    sign: int = 1
    approval: str = ""
    approval_until: date | None = None
    last_test: date | None = None
    last_reading_kwh: tuple[Decimal, ...] = ()
    first_reading_kwh: tuple[Decimal, ...] = ()
    voltage_shift: int = 0

    @classmethod
    def of(
        cls,
        poles: tuple[int, ...],
        unit_id: int | None,
        valid_from: datetime,
        values: Mapping[InstrumentField, InstrumentValue],
    ) -> "Instrument":
        """The row of a value for each field that says something."""
        attributes: dict[str, Any] = {field.attribute: value for field, value in values.items()}
        return cls(poles, unit_id, valid_from, **attributes)

    def texts(self) -> dict[str, str]:
        """The text of every field by name, "" of those that say nothing."""
        return {field.name: field.text(getattr(self, field.attribute)) for field in FIELDS}

    @property
    def corrects(self) -> bool:
        """Whether readings are another quantity than the meter says."""
        return self.multiplier != 1 or self.sign != 1 or self.voltage_shift != 0

    @property
    def meter_class_percent(self) -> Decimal | None:
        """Limit of error of the meter in %, None where unknown."""
        return class_percent(self.meter_class)

    @property
    def ct_class_percent(self) -> Decimal | None:
        """Limit of error of the current transformers in %, None where unknown."""
        return class_percent(self.ct_class)

    def last_reading_of(self, pole: int) -> Decimal | None:
        """What the meter before showed of a pole, kWh; None where unknown."""
        return _of_pole(self.last_reading_kwh, self.poles, pole)

    def first_reading_of(self, pole: int) -> Decimal | None:
        """What this meter showed first of a pole, kWh; None where unknown."""
        return _of_pole(self.first_reading_kwh, self.poles, pole)


@dataclass(frozen=True, slots=True)
class InstrumentSpan:
    """A time in which a pole has the same instrument: start <= t < end.

    Attributes:
        start: UTC.
        end: UTC.
        row: None before the first row of the pole.
    """

    start: datetime
    end: datetime
    row: Instrument | None

    @property
    def multiplier(self) -> Fraction:
        """Of current, power and register steps."""
        return self.row.multiplier if self.row else Fraction(1)

    @property
    def sign(self) -> int:
        """Of power and of registers that know a direction."""
        return self.row.sign if self.row else 1

    @property
    def voltage_shift(self) -> int:
        """Degrees by which power must be turned."""
        return self.row.voltage_shift if self.row else 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A pole's meter was exchanged for another one, or set to show something else.

    Attributes:
        time: UTC; the new meter counts from then on.
        last_reading_kwh: Of the old one as it showed it, before its multiplier; or None.
        first_reading_kwh: Of the new one as it shows it, before its multiplier; or None.
        before: Row of the old one; None where nothing was known of it.
        after: Row of the new one.
    """

    time: datetime
    last_reading_kwh: Decimal | None
    first_reading_kwh: Decimal | None
    before: Instrument | None
    after: Instrument

    @property
    def resolved(self) -> bool:
        """Whether both readings are known, so that no energy is."""
        return self.last_reading_kwh is not None and self.first_reading_kwh is not None


def in_force(rows: Iterable[Instrument], pole: int, at: datetime) -> Instrument | None:
    """The row that holds for a pole at an instant; None before its first."""
    begun = [row for row in _rows_of(rows, pole) if row.valid_from <= at]
    return begun[-1] if begun else None


def instrument_spans(
    rows: Iterable[Instrument], pole: int, start: datetime, end: datetime
) -> list[InstrumentSpan]:
    """The whole of a time, cut where another row begins to hold for a pole."""
    of_pole = _rows_of(rows, pole)
    begun = [row for row in of_pole if row.valid_from <= start]
    coming = [row for row in of_pole if start < row.valid_from < end]
    times = [start, *(row.valid_from for row in coming), end]
    held = [begun[-1] if begun else None, *coming]
    return [
        InstrumentSpan(since, until, row)
        for (since, until), row in zip(pairwise(times), held, strict=True)
        if since < until
    ]


def exchanges(rows: Iterable[Instrument], pole: int) -> list[Exchange]:
    """The exchanges of a pole's meter, by time.

    Those are rows with another serial number than the one before, and rows that state a reading
    of the meter before or of their own.
    """
    found = []
    for before, after in pairwise([None, *_rows_of(rows, pole)]):
        if after is None:
            continue
        last, first = after.last_reading_of(pole), after.first_reading_of(pole)
        another = before is not None and after.serial not in {before.serial, ""}
        if another or last is not None or first is not None:
            found.append(Exchange(after.valid_from, last, first, before, after))
    return found


def instrument_problems(row: Instrument, panel: Panel) -> Iterator[tuple[str, str]]:
    """What is wrong with a row by itself on this panel: column of meters.csv, and what."""
    for pole in row.poles:
        if not 1 <= pole <= panel.pole_count:
            message = f"pole {pole} is not on panel {panel.id}: expected 1 to {panel.pole_count}"
            yield "poles", message
    count = len(row.poles)
    readings = {"last_reading": row.last_reading_kwh, "first_reading": row.first_reading_kwh}
    for column, values in readings.items():
        if values and len(values) != count:
            expected = "one" if count == 1 else f"{count} with + between them, one for each pole"
            yield (
                column,
                f"{len(values)} readings for poles {poles_text(row.poles)}: expected {expected}",
            )
    if row.last_reading_kwh and row.valid_from == BEGINNING:
        yield "last_reading", "there is no meter before the first: give valid_from"


def instrument_conflicts(
    rows: Iterable[Instrument],
) -> Iterator[tuple[Instrument, Instrument, str]]:
    """Pairs of rows of a panel that cannot both be true, each pair once, and why."""
    first: dict[tuple[int, datetime, bool], Instrument] = {}
    said = set[tuple[int, int]]()
    for row in rows:
        for pole in row.poles:
            other = first.setdefault((pole, row.valid_from, row.unit_id is None), row)
            if other is not row and (id(other), id(row)) not in said:
                said.add((id(other), id(row)))
                begins = "from the beginning" if row.valid_from == BEGINNING else "from then on"
                yield other, row, f"pole {pole} has another row valid {begins}"


def _rows_of(rows: Iterable[Instrument], pole: int) -> Sequence[Instrument]:
    """Those that hold for a pole at some time, each from its `valid_from` on."""
    holding: dict[datetime, Instrument] = {}
    # Of one instant the row that names its poles comes last, and so holds.
    for row in sorted(rows, key=lambda row: (row.valid_from, row.unit_id is None)):
        if pole in row.poles:
            holding[row.valid_from] = row
    return list(holding.values())


def _of_pole(readings: tuple[Decimal, ...], poles: tuple[int, ...], pole: int) -> Decimal | None:
    return readings[poles.index(pole)] if readings and pole in poles else None
