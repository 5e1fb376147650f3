"""Companions: the meter from which a panel that measures current alone takes what it lacks."""

import re
from dataclasses import dataclass
from typing import Self

_TEXT = re.compile(r"([a-z0-9_-]+):([1-9][0-9]{0,2}(?:\+[1-9][0-9]{0,2})*)")


@dataclass(frozen=True, slots=True)
class Companion:
    """Where a panel's voltages, or its power factors, are measured.

    Attributes:
        panel: Id of the panel that measures them; it may be the panel itself.
        poles: Of that panel, one for each phase, in the order of the phases' letters.
    """

    panel: str
    poles: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """The companion of a text such as `msb-1:1+3+5`.

        Raises:
            ValueError: it is not so written.
        """
        if match := _TEXT.fullmatch(text):
            return cls(match[1], tuple(map(int, match[2].split("+"))))
        message = f"{text!r} is no companion: expected PANEL:POLES such as msb-1:1+3+5"
        raise ValueError(message)

    def __str__(self) -> str:
        """`PANEL:POLES`."""
        return f"{self.panel}:{'+'.join(map(str, self.poles))}"
