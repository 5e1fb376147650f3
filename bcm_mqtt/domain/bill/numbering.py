"""Numbers of documents as they are printed, such as 2026-0017, by a format of the seller's.

A bill has a place in its seller's chain, from 1 without gaps, whatever is printed. A format makes
of how many documents of a kind came before it what is printed in its place. It has exactly one
part without a fixed width, so that two documents never have the same number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.time import midnight

_EXAMPLE: Final = "expected a format such as {year}-{count:4}"
_PART: Final = re.compile(r"\{(year|month|count|number)(?::([1-9]))?\}|([A-Z0-9./_-])")
_LONGEST: Final = 30
_WIDTHS: Final = {"year": 4, "month": 2}
_DIGIT: Final = "digit"


class DocumentKind(StrEnum):
    """What has a number of its own."""

    BILL = "bill"
    CREDIT_NOTE = "credit note"


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A number that was given by a format.

    Attributes:
        kind: Of the document.
        text: As it is printed.
        year: In which it was given, where the seller is.
    """

    kind: DocumentKind
    text: str
    year: int


Counted = Callable[[DocumentKind, int | None, tuple[datetime, datetime] | None], int]
"""How many documents of a kind a seller has, of a year with its bounds or, with None, of all."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a number is written.

    Attributes:
        text: As it is configured.
        parts: Names of fields with the least width, and characters that stand for themselves
            with 0.
    """

    text: str
    parts: tuple[tuple[str, int], ...]

    @classmethod
    def parse(cls, text: str) -> "NumberFormat":
        """Of capitals, digits and `. / _ -`, with `{year}`, `{month}` and `{count}` or `{number}`.

        Raises:
            ValueError: it is none, or two documents could have the same number by it.
        """
        parts, at = list[tuple[str, int]](), 0
        while at < len(text):
            part = _PART.match(text, at)
            if part is None:
                message = f"{_EXAMPLE}: capitals, digits and . / _ - around {{year}}, {{month}} and"
                raise ValueError(f"{message} {{count}} or {{number}}")
            name, width, plain = part.groups()
            if width and name in _WIDTHS:
                raise ValueError(f"{_EXAMPLE}: {{{name}}} has {_WIDTHS[name]} digits")
            parts.append((plain, 0) if plain else (name, int(width or _WIDTHS.get(name, 1))))
            at = part.end()
        names = [name for name, width in parts if width]
        counters = [name for name in names if name not in _WIDTHS]
        if len(counters) != 1:
            raise ValueError(f"{_EXAMPLE}: a number repeats without exactly one counter")
        if counters == ["count"] and "year" not in names:
            message = "{count} begins again each year, so numbers repeat without {year}"
            raise ValueError(f"{_EXAMPLE}: {message}")
        if len(text) > _LONGEST:
            raise ValueError(f"{_EXAMPLE}, of at most {_LONGEST} characters")
        return cls(text, tuple(parts))

    @property
    def by_year(self) -> bool:
        """Whether it counts from 1 each year."""
        return any(name == "count" and width for name, width in self.parts)

    def written(self, place: int, day: date) -> str:
        """The number of a document.

        Args:
            place: Among those that it counts, from 1.
            day: On which it is issued.
        """
        figures = {"year": day.year, "month": day.month, "count": place, "number": place}
        return "".join(
            f"{figures[name]:0{width}d}" if width else name for name, width in self.parts
        )

    def may_equal(self, other: "NumberFormat") -> bool:
        """Whether some number by this one is also a number by the other."""
        one, another = _symbols(self), _symbols(other)
        seen, waiting = {(0, 0)}, [(0, 0)]
        while waiting:
            at, place = waiting.pop()
            if (at, place) == (len(one), len(another)):
                return True
            follow = {
                (after, then)
                for after, first in _steps(one, at)
                for then, second in _steps(another, place)
                if _meet(first, second)
            }
            waiting += follow - seen
            seen |= follow
        return False


def _meet(one: str, other: str) -> bool:
    """Whether some character is both."""
    return one == other or (_DIGIT in {one, other} and (one.isdigit() or other.isdigit()))


def _symbols(form: NumberFormat) -> tuple[tuple[str, bool], ...]:
    """Characters that a number has, and whether more of the same may follow."""
    symbols = list[tuple[str, bool]]()
    for name, width in form.parts:
        if not width:
            symbols.append((name, False))
            continue
        symbols += [(_DIGIT, False)] * (width - 1) + [(_DIGIT, name not in _WIDTHS)]
    return tuple(symbols)


def _steps(symbols: tuple[tuple[str, bool], ...], at: int) -> list[tuple[int, str]]:
    """Where one character leads to: the next one, or one more digit of the counter before."""
    steps = [(at + 1, symbols[at][0])] if at < len(symbols) else []
    if at and symbols[at - 1][1]:
        steps.append((at, _DIGIT))
    return steps


@dataclass(frozen=True, slots=True)
class Numbering:
    """The formats of a seller; None is the place in the chain of its bills.

    Attributes:
        bills: Of bills, and of revisions.
        credit_notes: Of credit notes.
    """

    bills: NumberFormat | None = None
    credit_notes: NumberFormat | None = None

    def next(
        self, kind: DocumentKind, counted: Counted, given: int, at: datetime, zone: ZoneInfo
    ) -> DocumentNumber | None:
        """The number of a document that is being issued; None without a format.

        Args:
            kind: Of the document.
            counted: What the seller has by now.
            given: How many of the kind were numbered since, in the same step.
            at: Of the issue, UTC.
            zone: Where the seller is.
        """
        form = self.bills if kind is DocumentKind.BILL else self.credit_notes
        if form is None:
            return None
        day = at.astimezone(zone).date()
        year, within = None, None
        if form.by_year:
            year = day.year
            begin, end = (midnight(date(each, 1, 1), zone) for each in (year, year + 1))
            within = begin, end
        place = counted(kind, year, within) + given + 1
        return DocumentNumber(kind, form.written(place, day), day.year)

    @property
    def problem(self) -> str:
        """Why two documents could have the same number, or ""."""
        if self.bills and self.credit_notes and self.bills.may_equal(self.credit_notes):
            return (
                "a credit note could have the number of a bill: expected another format, such as "
                f"CN-{self.credit_notes.text}"
            )
        return ""


CHAIN_NUMBERS: Final = Numbering()
"""Documents have the places of their bills in the chain."""
