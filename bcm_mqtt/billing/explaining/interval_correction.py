"""What meters.csv corrects of a panel's 15 minutes, named so that the numbers multiply out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.steps import Step, local
from bcm_mqtt.domain.interval.corrected import (
    corrected_powers,
    correcting,
    multipliers_by_slot,
    shifted_poles,
)
from bcm_mqtt.domain.interval.device_interval import DeviceInterval
from bcm_mqtt.domain.interval.electrical_interval import ElectricalInterval
from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.instrument import Instrument, InstrumentSpan, instrument_spans
from bcm_mqtt.domain.time import BEGINNING, from_ms, to_ms
from bcm_mqtt.domain.vee.measured_energy import MILLIWATT_MS_PER_WATT_HOUR, Piece
from bcm_mqtt.languages import _, number
from bcm_mqtt.store import Intervals

_QUARTER = timedelta(milliseconds=INTERVAL_MS)


@dataclass(frozen=True, slots=True)
class IntervalCorrection:
    """What corrects 15 minutes of a panel, with what its devices measured before that.

    Attributes:
        rows: Of the panel.
        start: Of the interval, UTC.
        zone: Of the site.
        devices: As they are stored, by pole; read only where there are rows.
        supply: Reactive power of the poles whose power is turned, as it is stored.
    """

    rows: tuple[Instrument, ...]
    start: datetime
    zone: ZoneInfo
    devices: Mapping[int, Sequence[DeviceInterval]]
    supply: Mapping[int, Sequence[ElectricalInterval]]

    @classmethod
    def read(
        cls, stored: Intervals, directory: Directory, start: datetime, zone: ZoneInfo
    ) -> "IntervalCorrection":
        """The one of an interval of a panel; raises WorkError."""
        panel, rows, until = directory.panel.id, directory.instruments, start + _QUARTER
        shifted = shifted_poles(rows)
        return cls(
            rows,
            start,
            zone,
            stored.device_intervals(panel, start, until) if rows else {},
            stored.electrical_intervals(panel, start, until, shifted) if shifted else {},
        )

    def note(self, pole: int) -> str:
        """`x 2 by meters.csv from 2026-03-01 00:00 EST`; "" where nothing is corrected."""
        return _note(self._spans(pole), self.zone)

    def current(self, total: int, pole: int) -> Step | None:
        """The sum of a pole's readings, corrected; None where it is as it was read."""
        spans = self._spans(pole)
        factor = multipliers_by_slot(self.rows, pole, Slots(to_ms(self.start), 1))
        if factor is None or all(span.multiplier == 1 for span in spans):
            return None
        amount = floor(total * float(factor[0]) + 0.5)
        formula = f"{number(total)} mA ms x {_factor(spans)}"
        return Step(_("corrected"), amount, "mA ms", formula, self.note(pole))

    def powers(self, poles: Iterable[int]) -> Iterator[Step]:
        """What devices measured of some poles' power, corrected; none of those as measured."""
        for pole in poles:
            items = [one for one in self.devices.get(pole, ()) if one.start == self.start]
            if not items or not (note := self.note(pole)):
                continue
            corrected = corrected_powers({pole: items}, self.rows, self.supply)[pole][0]
            if corrected.milliwatt_ms is not None:
                formula = self._power_formula(items[0])
                yield Step(
                    _("pole %(pole)s", pole=pole), corrected.milliwatt_ms, "mW ms", formula, note
                )

    def register(self, piece: Piece, poles: Iterable[int]) -> tuple[str, str]:
        """How what registers counted gives a piece of energy, and what corrects it.

        The formula is "" where more than one multiplier is in it.
        """
        begin, end = from_ms(piece.start_ms), from_ms(piece.end_ms)
        of_poles = {pole: self._spans(pole, begin, end) for pole in poles}
        notes = {pole: _note(spans, self.zone) for pole, spans in of_poles.items()}
        note = "; ".join(
            _("pole %(pole)s: %(what)s", pole=pole, what=text)
            for pole, text in notes.items()
            if text
        )
        multipliers = {span.multiplier for spans in of_poles.values() for span in spans}
        if any(not spans for spans in of_poles.values()) or not of_poles:
            multipliers.add(Fraction(1))
        if len(multipliers) > 1:
            return "", note
        (multiplier,) = multipliers
        counted = round(Fraction(piece.milliwatt_ms, MILLIWATT_MS_PER_WATT_HOUR) / multiplier)
        by = "" if multiplier == 1 else f" x {_ratio(multiplier)}"
        return f"{number(counted)} Wh{by} x {number(1000)} x {number(3_600_000)}", note

    def _spans(
        self, pole: int, start: datetime | None = None, end: datetime | None = None
    ) -> list[InstrumentSpan]:
        """None where nothing corrects the pole at any time."""
        own = correcting(self.rows, pole)
        begin, until = start or self.start, end or self.start + _QUARTER
        return instrument_spans(own, pole, begin, until) if own else []

    def _power_formula(self, item: DeviceInterval) -> str:
        spans = self._spans(item.pole)
        shift, sign = spans[0].voltage_shift, spans[0].sign
        formula = f"{number(item.milliwatt_ms or 0)} mW ms"
        reactive = [one for one in self.supply.get(item.pole, ()) if one.start == item.start]
        if shift and reactive:
            # cos and sin of 120 or 240 degrees.
            side = "-" if shift < 180 else "+"
            times = f"{number(item.power_ms)} ms / {number(reactive[0].reactive_ms)} ms"
            turned = f"{number(reactive[0].millivar_ms or 0)} mvar ms x {times} x sqrt(3) / 2"
            formula = f"({formula} x -1 / 2 {side} {turned})"
        if (factor := _factor(spans)) != "1":
            formula += f" x {factor}"
        return f"{formula} x -1" if sign < 0 else formula


def _note(spans: Iterable[InstrumentSpan], zone: ZoneInfo) -> str:
    return "; ".join(_text(one.row, zone) for one in spans if one.row and one.row.corrects)


def _text(row: Instrument, zone: ZoneInfo) -> str:
    parts = [] if row.multiplier == 1 else [f"x {_ratio(row.multiplier)}"]
    if row.sign < 0:
        parts.append(_("power with the opposite sign"))
    if row.voltage_shift:
        parts.append(_("power turned by %(degrees)s degrees", degrees=row.voltage_shift))
    listed = ", ".join(parts)
    if row.valid_from == BEGINNING:
        return _("%(corrections)s by meters.csv", corrections=listed)
    since = local(row.valid_from, zone)
    return _("%(corrections)s by meters.csv from %(time)s", corrections=listed, time=since)


def _factor(spans: Sequence[InstrumentSpan]) -> str:
    """The mean multiplier of 15 minutes."""
    if len({span.multiplier for span in spans}) == 1:
        return _ratio(spans[0].multiplier)
    parts = (
        f"{_ratio(one.multiplier)} x {number(to_ms(one.end) - to_ms(one.start))} ms"
        for one in spans
    )
    return f"({' + '.join(parts)}) / {number(INTERVAL_MS)} ms"


def _ratio(multiplier: Fraction) -> str:
    whole = number(multiplier.numerator)
    return whole if multiplier.denominator == 1 else f"{whole} / {number(multiplier.denominator)}"
