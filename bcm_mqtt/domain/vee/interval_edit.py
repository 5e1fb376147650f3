"""Editing of interval data (VEE): signed, dated entries that leave the original stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Final

from bcm_mqtt.domain.interval.interval import INTERVAL_MS
from bcm_mqtt.domain.reading.power import rated_watts
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.domain.vee.quality import Flag

LONGEST_EDIT: Final = timedelta(days=62)
MILLIWATTS_PER_KW: Final = 1_000_000
_MOST_OF_RATED: Final = 1.2
_FORMULA: Final = "formula="


class EditAction(StrEnum):
    """What an entry does."""

    SET = "set"
    """Puts a constant power in place of what is there."""
    DISCARD = "discard"
    """Takes readings for missing, so that they are estimated."""
    ACCEPT = "accept"
    """Says that flagged readings are right."""
    WITHDRAW = "withdraw"
    """Withdraws an earlier entry, which is of the same circuit and time."""


@dataclass(frozen=True, slots=True)
class IntervalEdit:
    """An entry about a circuit's intervals.

    Attributes:
        panel: Panel id.
        first_pole: Of the circuit.
        start: First instant, UTC, on a quarter hour.
        end: After the last, UTC, on a quarter hour.
        action: What it does.
        author: Who says so.
        reason: Why.
        made: When it was entered, UTC.
        milliwatts: Power of `SET`.
        id: Number of the entry, from 1 in the order of their coming; 0 before it is stored.
        withdraws: Number of the entry that `WITHDRAW` withdraws.
        flag: The only flag that `ACCEPT` accepts; "" for all.
        row: What that depends on, where it lasts: the circuit's row (`acceptance`). Of a finding
            of a formula, `of_formula` of it, and no first pole.
    """

    panel: str
    first_pole: int
    start: datetime
    end: datetime
    action: EditAction
    author: str
    reason: str
    made: datetime
    milliwatts: int | None = None
    id: int = 0
    withdraws: int | None = None
    flag: str = ""
    row: str = ""

    @property
    def circuit(self) -> CircuitId:
        """Its first pole, the id of a formula, or 0 of the panel itself."""
        return self.row.removeprefix(_FORMULA) if self.row.startswith(_FORMULA) else self.first_pole

    @property
    def kw(self) -> Decimal | None:
        """Power of `SET`, kW."""
        return None if self.milliwatts is None else Decimal(self.milliwatts) / MILLIWATTS_PER_KW


def of_formula(formula: str) -> str:
    """The `row` of an entry about a formula.

    Args:
        formula: Its id.
    """
    return f"{_FORMULA}{formula}"


def edit_problems(edit: IntervalEdit) -> Iterator[str]:
    """What is wrong with an entry by itself."""
    if edit.end <= edit.start:
        yield "its end is not after its start"
    for name, at in (("start", edit.start), ("end", edit.end)):
        if to_ms(at) % INTERVAL_MS:
            yield f"its {name} is not on a quarter hour, as {from_ms(_quarter(at))} is"
    if edit.end - edit.start > LONGEST_EDIT:
        yield f"it is longer than {LONGEST_EDIT.days} days"
    if edit.action is EditAction.SET and (edit.milliwatts is None or edit.milliwatts < 0):
        yield "its power is not 0 or more"
    if edit.flag and edit.flag not in set(Flag):
        yield f"{edit.flag!r} is no flag: expected one of {', '.join(Flag)}"
    if edit.first_pole == 0 and not (edit.action is EditAction.ACCEPT and edit.flag):
        yield "an entry about a panel itself accepts a flag: expected the first pole of a circuit"
    yield from signature_problems(edit.author, edit.reason)


def power_problem(entry: IntervalEdit, directory: Directory) -> str:
    """Why the power of an entry cannot be, or "".

    Args:
        entry: Of a circuit; one that sets no power is always right.
        directory: Of its panel. A circuit without a rating has no bound.
    """
    if entry.action is not EditAction.SET or entry.milliwatts is None:
        return ""
    versions = [
        span.version
        for span in directory.spans(entry.start, entry.end)
        if span.version.first_pole == entry.first_pole
    ]
    service = directory.panel.service
    carried = [
        rated_watts(version.connection, service, version.rating_amps)
        for version in versions
        if version.rating_amps
    ]
    most = _MOST_OF_RATED * min(carried, default=float("inf"))
    watts = entry.milliwatts / PER_UNIT
    if watts <= most:
        return ""
    return (
        f"{watts / PER_UNIT:g} kW is more than {most / PER_UNIT:g} kW, which is 1.2 times what the "
        "breaker carries: correct it, or force it with the reason why it is right"
    )


def signature_problems(author: str, reason: str) -> Iterator[str]:
    """What is wrong with who signs something, and why."""
    for name, text in (("author", author), ("reason", reason)):
        if not text.strip():
            yield f"it has no {name}"


def _quarter(at: datetime) -> int:
    return to_ms(at) // INTERVAL_MS * INTERVAL_MS


def in_force(entries: Iterable[IntervalEdit]) -> list[IntervalEdit]:
    """The entries that hold, in the order of their coming: of two, the later one wins.

    An entry that was withdrawn holds again once its withdrawal is withdrawn.
    """
    gone = set[int | None]()
    holding = []
    for entry in sorted(entries, key=attrgetter("id"), reverse=True):
        if entry.id in gone:
            continue
        if entry.action is EditAction.WITHDRAW:
            gone.add(entry.withdraws)
        else:
            holding.append(entry)
    return holding[::-1]
