"""The energy registers of a panel: what they showed, how they count, what corrects them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from bcm_mqtt.domain.interval.corrected import correcting, least_multiplier
from bcm_mqtt.domain.interval.register_interval import RegisterPast
from bcm_mqtt.domain.reading.register_step import RegisterExchange, RegisterLimit, RegisterScale
from bcm_mqtt.domain.reading.register_trust import DAY_MS, Evidence
from bcm_mqtt.domain.site.instrument import Instrument, exchanges

_COARSEST: Final = 10_000
_CAPACITIES: Final = tuple(
    sorted({*(10**power for power in range(6, 13)), *(2**32 * 10**power for power in range(4))})
)
"""Wh after which registers of unknown scale begin again: 999.999 kWh and more digits, 32 bits."""


def recognised(watt_hours: Sequence[int]) -> RegisterScale:
    """The scale of a register of which only what it showed is known.

    Its step is the greatest power of ten, up to 10 kWh, of which all that it showed is a multiple.
    """
    step = _COARSEST
    while step > 1 and any(shown % step for shown in watt_hours):
        step //= 10
    return RegisterScale(float(step), _CAPACITIES)


@dataclass(frozen=True, slots=True)
class Registers:
    """What is known of a panel's energy registers, by pole.

    Attributes:
        past: What they showed.
        scales: How they count; one that is not known is recognised by what it shows.
        exchanges: Of their meters, by time.
        instruments: Rows of meters.csv of those that are corrected.
    """

    past: Mapping[int, RegisterPast] = field(default_factory=dict, repr=False)
    scales: Mapping[int, RegisterScale] = field(default_factory=dict)
    exchanges: Mapping[int, Sequence[RegisterExchange]] = field(default_factory=dict)
    instruments: Mapping[int, Sequence[Instrument]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        past: Mapping[int, RegisterPast],
        rows: Sequence[Instrument],
        scales: Mapping[int, RegisterScale],
    ) -> Self:
        """What registers showed, with what meters.csv says of their meters, and how they count."""
        known = {
            pole: _with_replaced(
                list(map(RegisterExchange.of, exchanges(rows, pole))),
                scales[pole].replaced_ms if pole in scales else (),
            )
            for pole in past
        }
        poles = {pole for row in rows for pole in row.poles}
        return cls(
            past,
            scales,
            exchanges={pole: listed for pole, listed in known.items() if listed},
            instruments={pole: own for pole in poles if (own := correcting(rows, pole))},
        )

    def limit(self, pole: int, watts: float) -> RegisterLimit:
        """Of a register whose circuit's pole carries some watts at most."""
        watts /= float(least_multiplier(self.instruments.get(pole, ())))
        scale = self.scales.get(pole) or recognised(self.past[pole].levels[:, 2].tolist())
        return RegisterLimit(watts, scale)


def _with_replaced(
    listed: list[RegisterExchange], replaced_ms: Sequence[int]
) -> list[RegisterExchange]:
    """The exchanges of a register with those of its source.

    One of meters.csv near it that states readings is the same, and knows more.
    """
    for at in replaced_ms:
        near = [one for one in listed if abs(one.time_ms - at) <= DAY_MS]
        if not any(one.states_readings for one in near):
            listed = [*(one for one in listed if one not in near)]
            listed.append(RegisterExchange(at, is_exact=True))
    return sorted(listed, key=lambda one: one.time_ms)


NO_REGISTERS: Final = Registers()


@dataclass(frozen=True, slots=True)
class _AsShown:
    """Evidence in what the register shows, which its multiplier makes energy."""

    known: Evidence
    multiplier: float

    def estimate(self, start_ms: int, end_ms: int) -> float | None:
        made = self.known.estimate(start_ms, end_ms)
        return None if made is None else made / self.multiplier

    def integral(self, start_ms: int, end_ms: int) -> float | None:
        made = self.known.integral(start_ms, end_ms)
        return None if made is None else made / self.multiplier


def as_shown(known: Evidence, rows: Sequence[Instrument]) -> Evidence:
    """Evidence in what a register shows, before the multiplier of its rows."""
    multiplier = float(least_multiplier(rows))
    return known if multiplier == 1 else _AsShown(known, multiplier)
