"""The circuit that feeds a panel."""

import re
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Feeder:
    """The measured circuit that feeds a panel, such as a breaker of the main switchboard.

    Attributes:
        panel: Panel id.
        pole: First pole.
    """

    panel: str
    pole: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The feeder of `PANEL:POLE`.

        Raises:
            ValueError: it is not so written.
        """
        if match := re.fullmatch(r"([a-z0-9_-]+):([1-9][0-9]{0,2})", text):
            return cls(match[1], int(match[2]))
        message = f"{text!r} is no circuit: expected PANEL:POLE such as msb-1:5"
        raise ValueError(message)

    def __str__(self) -> str:
        """`PANEL:POLE`."""
        return f"{self.panel}:{self.pole}"
