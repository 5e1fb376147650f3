"""Numbers, money, dates and times as the spoken language and its country write them."""

import re
from datetime import date, datetime
from datetime import time as clock_time
from decimal import Decimal
from functools import cache
from typing import Final

from babel.dates import format_date, format_skeleton, format_time

from bcm_mqtt.domain.money import minor_digits
from bcm_mqtt.languages.spoken import ENGLISH, locale_of, tag

_SIGN: Final = "\N{CURRENCY SIGN}"


def number(value: Decimal | float, decimals: int | None = None, *, signed: bool = False) -> str:
    """With thousands separators.

    Args:
        value: Finite.
        decimals: How many; None are those that it has itself.
        signed: With a plus where it is above 0.
    """
    exact = Decimal(value) if decimals is None else value
    sign = "+" if signed and value else ""
    digits = "f" if decimals is None else f".{decimals}f"
    return f"{exact:{sign},{digits}}".translate(_separators(tag()))


def percent(value: Decimal | float, decimals: int | None = None) -> str:
    """A share that is in percent, 0 to 100."""
    return number(value, decimals) + _percent_sign(tag())


def money(
    value: Decimal, currency: str, *, decimals: int | None = None, signed: bool = False
) -> str:
    """An amount with the currency's sign or code.

    Args:
        value: The amount.
        currency: Of ISO 4217.
        decimals: How many; None are those of the currency's minor unit.
        signed: With a plus where it is above 0.
    """
    digits = minor_digits(currency) if decimals is None else decimals
    spoken = tag()
    if spoken == ENGLISH:
        return f"{currency} {number(value, digits, signed=signed)}"
    locale = locale_of(spoken)
    prefix, suffix = _around(spoken)
    symbol = locale.currency_symbols.get(currency, currency)
    # A code is no sign: it does not touch the digits.
    if symbol.isalpha() and prefix == _SIGN:
        prefix += "\N{NO-BREAK SPACE}"
    symbols = locale.number_symbols["latn"]
    sign = symbols["minusSign"] if value < 0 else symbols["plusSign"] if signed and value else ""
    written = f"{sign}{prefix}{number(abs(value), digits)}{suffix}"
    return written.replace(_SIGN, symbol)


def day(on: date) -> str:
    """A date in digits with all of its year, such as `29.11.2026`."""
    spoken = tag()
    if spoken == ENGLISH:
        return f"{on:%Y-%m-%d}"
    return format_date(on, _day_pattern(spoken), locale=locale_of(spoken))


def time(at: datetime | clock_time, *, seconds: bool = False) -> str:
    """What a clock shows, in hours and minutes."""
    spoken = tag()
    shown = at.time() if isinstance(at, datetime) else at
    if spoken == ENGLISH:
        return f"{shown:%H:%M:%S}" if seconds else f"{shown:%H:%M}"
    return format_time(shown, "medium" if seconds else "short", locale=locale_of(spoken))


def moment(at: datetime, *, seconds: bool = False) -> str:
    """Day and time, by the clock that `at` has."""
    return f"{day(at)} {time(at, seconds=seconds)}"


def month(on: date, *, short: bool = False) -> str:
    """Month and year in words, such as `November 2026`, or `Nov 2026`."""
    return format_skeleton("yMMM" if short else "yMMMM", on, locale=locale_of(tag()))


def month_name(number_in_year: int) -> str:
    """The name of a month, 1 to 12, as it stands alone."""
    return format_date(date(2000, number_in_year, 1), "LLLL", locale=locale_of(tag()))


@cache
def _separators(spoken: str) -> dict[int, str]:
    symbols = locale_of(spoken).number_symbols["latn"]
    pairs = {",": "group", ".": "decimal", "-": "minusSign", "+": "plusSign"}
    return {ord(char): str(symbols[name]) for char, name in pairs.items()}


@cache
def _percent_sign(spoken: str) -> str:
    return str(locale_of(spoken).percent_formats[None].suffix[0])


@cache
def _around(spoken: str) -> tuple[str, str]:
    """What stands before and after the digits of an amount, with ¤ for the currency."""
    pattern = locale_of(spoken).currency_formats["standard"]
    return str(pattern.prefix[0]), str(pattern.suffix[0])


@cache
def _day_pattern(spoken: str) -> str:
    return re.sub("y+", "yyyy", locale_of(spoken).date_formats["short"].pattern)
