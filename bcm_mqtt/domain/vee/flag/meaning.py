"""What a flag means to people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a flag means to people.

    Attributes:
        title: What was found, the first words of a finding.
        advice: A sentence on what to check.
        holds: Whether a bill is held for it until somebody accepts it, or releases the bill.
        lasts: Whether it is a state of the circuit, not an event: who accepts it accepts it
            until the circuit's row changes, and of an event that time alone.
        bars: Whether a bill that is held for it cannot be released.
    """

    title: str
    advice: str
    holds: bool = False
    lasts: bool = False
    bars: bool = False
