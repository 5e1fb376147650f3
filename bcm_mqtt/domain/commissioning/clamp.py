"""Our reading beside that of a clamp meter: the difference, and whether it is within the classes.

Limit: twice the combined standard uncertainty of both (k = 2), each part rectangular within its
limit of error: class of meter and CT, half a step in which the meter reads, and of the clamp meter
percent of reading plus a floor. Source: GUM (JCGM 100), 4.3.7 and 5.1.2.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Final

import numpy as np

from bcm_mqtt.domain.commissioning.result import Result, correction_text
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.usage.uncertainty.accuracy import Classes

_COVERAGE: Final = 2
_RATIOS: Final = tuple(
    Fraction(ratio) for ratio in ("2", "1/2", "3", "1/3", "4", "1/4", "5", "1/5", "10", "1/10",
                                  "3/2", "2/3", "4/3", "3/4", "5/2", "2/5")
)  # fmt: skip
"""True over assumed rating of transformers that are mistaken for each other."""


@dataclass(frozen=True, slots=True)
class Clamp:
    """A clamp meter.

    Attributes:
        name: Maker, model and serial number, as the sheet prints it.
        percent: Limit of its error in % of the reading.
        floor_amps: Added to that: its digits.
    """

    name: str = ""
    percent: float = 2.0
    floor_amps: float = 0.5

    def __str__(self) -> str:
        """With its limits."""
        return f"{self.name or 'clamp meter'} (±{self.percent:g} % ±{self.floor_amps:g} A)"


def limit_amps(ours: float, clamp: float, meter: Classes, step: Decimal | None, of: Clamp) -> float:
    """Up to which difference two readings are within their classes, A.

    Args:
        ours: Our reading, A.
        clamp: That of the clamp meter, A.
        meter: Classes of our meter and transformer.
        step: In which our meter gives current, A; None where it is not known.
        of: The clamp meter.
    """
    by_class = float(meter.shares(np.array([ours]))[0]) * ours
    by_step = float(step or 0) / sqrt(12)
    by_clamp = (of.percent / 100 * clamp + of.floor_amps) / sqrt(3)
    return _COVERAGE * sqrt(by_class**2 + by_step**2 + by_clamp**2)


def compared(
    result: Result,
    ours: float,
    clamp: float,
    meter: Classes,
    step: Decimal | None,
    of: Clamp,
) -> Result:
    """The result with what the clamp meter read.

    A reading that only another ratio of the transformer explains proposes the multiplier.

    Args:
        result: Of the place.
        ours: What our meter read at that time, A, corrected by meters.csv.
        clamp: What the clamp meter read, A.
        meter: Classes of our meter and transformer, with the multiplier in force.
        step: In which our meter gives current, A; None where it is not known.
        of: The clamp meter.
    """
    limit = limit_amps(ours, clamp, meter, step, of)
    with_clamp = replace(
        result,
        our_ma=round(ours * PER_UNIT),
        clamp_ma=round(clamp * PER_UNIT),
        limit_ma=round(limit * PER_UNIT),
        clamp=str(of),
    )
    values = {name: text for name, text in result.corrections.items() if name != "multiplier"}
    ratio = None if with_clamp.within or result.pole is None else _ratio(ours, clamp, limit)
    if ratio is not None:
        multiplier = Fraction(meter.multiplier).limit_denominator(10_000) * ratio
        values["multiplier"] = str(multiplier)
    return replace(with_clamp, correction=correction_text(values))


def _ratio(ours: float, clamp: float, limit: float) -> Fraction | None:
    """The ratio by which ours would be within the limit, the closest; None where none is."""
    near = [
        (abs(float(one) * ours - clamp), one)
        for one in _RATIOS
        if abs(float(one) * ours - clamp) <= limit * float(max(one, Fraction(1)))
    ]
    return min(near)[1] if near else None
