"""The invariants, held against the site as it is after a run.

Owns: what must hold, and which losses are allowed.
Does not own: the faults; it asks only what was given, stored, computed, answered and published.
Invariant: a violation is a line that names what and when, the same in each run of a seed.
"""

from collections.abc import Iterator

from chaos.faults import Run
from chaos.invariants.archived import archived
from chaos.invariants.computed import rebuilt
from chaos.invariants.people import alarms, edits
from chaos.invariants.readings import readings
from chaos.witness import Witness
from chaos.world import World

_MOST_LINES = 8


def violations(world: World, faults: Run, witness: Witness) -> list[str]:
    """What does not hold, a line each."""
    return [
        *_limited(readings(world, witness)),
        *_limited(rebuilt(world)),
        *_limited(archived(world)),
        *_limited(edits(world, faults, witness)),
        *_limited(alarms(world, faults)),
        *_limited(iter(faults.desk.falls)),
        *_limited(iter(witness.pauses)),
    ]


def _limited(lines: Iterator[str]) -> list[str]:
    listed = list(lines)
    more = len(listed) - _MOST_LINES
    return listed[:_MOST_LINES] + ([f"... and {more} more such"] if more > 0 else [])
