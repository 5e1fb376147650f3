"""The fields of an instrument: one table, from which files, topics, forms, commands and SQL derive.

Each value has one text, which cells of meters.csv, payloads and columns hold; "" says nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from bcm_mqtt.domain.printable import has_controls

InstrumentValue: TypeAlias = str | int | date | Decimal | Fraction | tuple[Decimal, ...] | None
"""Of a field; None, "" and () are unknown."""
_LONGEST_TEXT: Final = 200
_GREATEST_MULTIPLIER: Final = 1_000
"""So sums of 15 minutes fit 64 bits after it; ratios of real transformers are far below."""
_MOST_AMPS: Final = 100_000
_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_BY_LETTER: Final = {"A": Decimal(2), "B": Decimal(1), "C": Decimal("0.5")}
"""Class indexes of the MID, in % at reference conditions (EN 50470-3)."""


@dataclass(frozen=True, slots=True, eq=False)
class InstrumentField:
    """What all that shows, stores or writes instruments must know of a field.

    Attributes:
        name: Its column of meters.csv, its key in payloads and, with hyphens, its option.
        attribute: Its name in `Instrument`.
        label: To people.
        about: A sentence for those who set it.
        metavar: Of its option.
        read: Takes a text that is not empty; raises ValueError that says what was expected.
        empty: What an empty text means.
        of_meter: Whether another meter has another, so that an exchange does not copy it.
    """

    name: str
    attribute: str
    label: str
    about: str
    metavar: str
    read: Callable[[str], InstrumentValue]
    empty: InstrumentValue = ""
    of_meter: bool = False

    def value(self, text: str) -> InstrumentValue:
        """The value of a text that comes in.

        Raises:
            ValueError: what was expected instead.
        """
        if has_controls(text):
            message = "expected one line without control characters"
            raise ValueError(message)
        return self.stored(text)

    def stored(self, text: str) -> InstrumentValue:
        """The value of a text that some release has stored, by whose rules it was one."""
        return self.read(text) if text else self.empty

    def text(self, value: InstrumentValue) -> str:
        """The text of a value, which reads as it again; "" where it says nothing."""
        return "" if value == self.empty else text_of_value(value)


def text_of_value(value: InstrumentValue) -> str:
    """The text of a value. Readings are `12.5+13`, ratios `2`, `0.5` or `1/3`."""
    if isinstance(value, tuple):
        return "+".join(format(one, "f") for one in value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Fraction):
        return _ratio_text(value)
    return "" if value is None else str(value)


def class_percent(text: str) -> Decimal | None:
    """The limit of error in % of an accuracy class; None where the text is empty.

    Raises:
        ValueError: no such class.
    """
    if not text:
        return None
    if percent := _BY_LETTER.get(text):
        return percent
    number = text.removesuffix("S")
    if _NUMBER.fullmatch(number) and 0 < Decimal(number) <= 20:
        return Decimal(number)
    message = "expected a class such as 1, 0.5S or B"
    raise ValueError(message)


def _line(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        message = f"expected at most {_LONGEST_TEXT} characters"
        raise ValueError(message)
    return text


def _class(text: str) -> str:
    class_percent(text)
    return text


def _amps(text: str) -> Decimal:
    if _NUMBER.fullmatch(text) and 0 < (amps := Decimal(text)) <= _MOST_AMPS:
        return amps
    message = f"expected amps above 0, at most {_MOST_AMPS}"
    raise ValueError(message)


def _ratio(text: str) -> Fraction:
    parts = [part.strip() for part in text.split("/")]
    if len(parts) <= 2 and all(_NUMBER.fullmatch(part) and Decimal(part) for part in parts):
        ratio = Fraction(parts[0]) / Fraction(parts[-1] if len(parts) == 2 else 1)
        if Fraction(1, _GREATEST_MULTIPLIER) <= ratio <= _GREATEST_MULTIPLIER:
            return ratio
    limits = f"from 1/{_GREATEST_MULTIPLIER} to {_GREATEST_MULTIPLIER}"
    message = f"expected a ratio such as 2, 0.5 or 200/150, {limits}"
    raise ValueError(message)


def _ratio_text(ratio: Fraction) -> str:
    decimal = Decimal(ratio.numerator) / ratio.denominator
    text = format(decimal, "f")
    return text if _NUMBER.fullmatch(text) and Fraction(text) == ratio else str(ratio)


def _sign(text: str) -> int:
    if text in {"1", "+1", "-1"}:
        return int(text)
    message = "expected 1 or -1"
    raise ValueError(message)


def _shift(text: str) -> int:
    if text in {"0", "120", "240", "-120"}:
        return int(text) % 360
    message = "expected 0, 120 or 240 degrees"
    raise ValueError(message)


def _day(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    message = "expected a day such as 2026-01-31"
    raise ValueError(message)


def _readings(text: str) -> tuple[Decimal, ...]:
    parts = [part.strip() for part in text.split("+")]
    if all(map(_NUMBER.fullmatch, parts)):
        return tuple(map(Decimal, parts))
    message = "expected kWh such as 1234.5, of several poles 1234.5+1230"
    raise ValueError(message)


FIELDS: Final = (
    InstrumentField("maker", "maker", "Maker", "Of the meter.", "TEXT", _line),
    InstrumentField("model", "model", "Model", "Of the meter.", "TEXT", _line),
    InstrumentField(
        "serial", "serial", "Meter number", "Serial number, which bills print.", "TEXT", _line,
        of_meter=True,
    ),
    InstrumentField(
        "meter_class", "meter_class", "Meter class", "Accuracy class: 1, 0.5S or B.", "CLASS",
        _class,
    ),
    InstrumentField(
        "ct_class", "ct_class", "CT class", "Of the current transformers: 0.5, 1 or 3.", "CLASS",
        _class,
    ),
    InstrumentField(
        "ct_rating", "ct_rating_amps", "CT rating", "Rated primary current in amps.", "A", _amps,
        None,
    ),
    InstrumentField(
        "multiplier", "multiplier", "Multiplier",
        "True ratio over the one that the meter is set to, such as 200/150; 1 corrects nothing.",
        "RATIO", _ratio, Fraction(1),
    ),
    InstrumentField(
        "sign", "sign", "Sign", "-1 where the current transformer sits the wrong way round.",
        "1|-1", _sign, 1,
    ),
    InstrumentField(
        "approval", "approval", "Type approval", "Such as MID B or CTEP.", "TEXT", _line,
    ),
    InstrumentField(
        "approval_until", "approval_until", "Approved until", "Last day of the approval.",
        "DAY", _day, None, of_meter=True,
    ),
    InstrumentField(
        "last_test", "last_test", "Last test", "Day of the last test.", "DAY", _day, None,
        of_meter=True,
    ),
    InstrumentField(
        "last_reading", "last_reading_kwh", "Last reading of the old meter",
        "In kWh as it showed them; of several poles with + between them.", "KWH", _readings, (),
        of_meter=True,
    ),
    InstrumentField(
        "first_reading", "first_reading_kwh", "First reading of the new meter",
        "In kWh as it shows them; of several poles with + between them.", "KWH", _readings, (),
        of_meter=True,
    ),
    InstrumentField(
        "voltage_shift", "voltage_shift", "Voltage shift",
        "Degrees by which the meter's power must be turned, because it pairs the current with "
        "another phase's voltage; 0 is right.",
        "0|120|240", _shift, 0,
    ),
)  # fmt: skip
"""In the order of the columns of meters.csv."""
BY_NAME: Final[Mapping[str, InstrumentField]] = {field.name: field for field in FIELDS}
