"""What came of comparing a file with the bills that were issued."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Of one bill in a file, from the best to the worst."""

    ISSUED = "issued"
    """Byte for byte what was issued."""
    SAME = "same"
    """Other bytes, which show what was issued."""
    UNKNOWN = "unknown"
    """It is of no bill that is known here."""
    DIFFERS = "differs"
    """It shows something else."""
    FAULTY = "faulty"
    """The stored bill itself is not as it was issued, so nothing can be held against it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A bill in a file.

    Attributes:
        verdict: About it.
        bill: Its number; 0 where none is known.
        what: In a sentence.
        differences: Where it differs, in sentences.
    """

    verdict: Verdict
    bill: int
    what: str
    differences: tuple[str, ...] = ()


def worst(checked: Sequence[Checked]) -> Verdict:
    """The verdict about a file of several bills."""
    order = list(Verdict)
    return max((one.verdict for one in checked), key=order.index, default=Verdict.UNKNOWN)
