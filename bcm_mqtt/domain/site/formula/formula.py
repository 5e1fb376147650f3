"""A formula circuit: its versions, and its members as people write them.

`msb-1:5 - floor-3:1 - floor-3:3` is what the breaker msb-1:5 carries without two circuits that
have meters of their own. A member is a circuit, by panel and first pole, or another formula, by
panel and id.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bcm_mqtt.domain.site.circuit import CircuitId, CircuitVersion
from bcm_mqtt.domain.time import BEGINNING

_ID = re.compile(r"f-[a-z0-9_-]{1,60}")
_MEMBER = re.compile(r"([a-z0-9_-]+):(?:([1-9][0-9]{0,2})|(f-[a-z0-9_-]{1,60}))")
_EXPECTED: Final = "expected circuits with + and - between them, such as msb-1:5 - floor-3:1"
_SIGNS: Final = {"+": 1, "-": -1}


@dataclass(frozen=True, slots=True)
class Member:
    """A circuit that a formula adds or takes away.

    Attributes:
        sign: 1 or -1.
        panel: Panel id.
        circuit: Its first pole, or the id of a formula.
    """

    sign: int
    panel: str
    circuit: CircuitId

    @property
    def place(self) -> str:
        """`PANEL:POLE`, or `PANEL:f-name`."""
        return f"{self.panel}:{self.circuit}"


Members = tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class FormulaVersion:
    """A formula circuit from `valid_from` until its next version.

    Attributes:
        panel: Id of the panel with whose circuits it is listed.
        id: `f-` and a name; it identifies the formula within the panel.
        members: None from when on it is no circuit any more.
        description: As of a circuit.
        customer: Explicit customer id, or "" to take it from the description.
        valid_from: UTC.
    """

    panel: str
    id: str
    members: Members
    description: str = ""
    customer: str = ""
    valid_from: datetime = BEGINNING

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it in a site."""
        return self.panel, self.id

    @property
    def place(self) -> str:
        """`PANEL:f-name`."""
        return f"{self.panel}:{self.id}"

    @property
    def circuit(self) -> CircuitVersion:
        """What bills and pages show as the circuit: it has no pole of its own."""
        return CircuitVersion(
            (),
            self.description,
            customer=self.customer,
            valid_from=self.valid_from,
            formula=self.id,
        )


def is_formula_id(text: str) -> bool:
    """Whether a text is the id of a formula: `f-` and small letters, digits, `_` or `-`."""
    return _ID.fullmatch(text) is not None


def circuit_id(text: str) -> CircuitId:
    """The first pole or the id of a formula that a text is.

    Raises:
        ValueError: it is neither.
    """
    if is_formula_id(text):
        return text
    if text.isascii() and text.isdecimal():
        return int(text)
    raise ValueError(f"{text!r}: expected a pole such as 1, or the id of a formula such as f-rest")


def members_of(text: str) -> Members:
    """The members of a formula such as `msb-1:5 - floor-3:1`; none of an empty text.

    Raises:
        ValueError: it is not so written, or names a circuit twice.
    """
    members = tuple(_read(text.split()))
    places = [member.place for member in members]
    if twice := next((place for place in places if places.count(place) > 1), ""):
        raise ValueError(f"{twice} is in the formula twice: expected each circuit once")
    return members


def members_text(members: Members) -> str:
    """Members as `members_of` reads them."""
    parts = (f"{'-' if one.sign < 0 else '+'} {one.place}" for one in members)
    return " ".join(parts).removeprefix("+ ")


def _read(words: list[str]) -> Iterator[Member]:
    sign: int | None = 1
    for number, word in enumerate(words):
        if word in _SIGNS and (sign is None or not number):
            sign = _SIGNS[word]
            continue
        match = _MEMBER.fullmatch(word)
        if match is None or sign is None:
            raise ValueError(f"{word!r}: {_EXPECTED}")
        yield Member(sign, match[1], int(match[2]) if match[2] else match[3])
        sign = None
    if sign is not None and words:
        raise ValueError(f"nothing follows {words[-1]!r}: {_EXPECTED}")
