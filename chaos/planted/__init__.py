"""Faults planted in the services: each must be found, or the simulation proves nothing.

Each is the kind of slip that a review passes: a commit moved after the acknowledgement, a sync
left out, a mark in a transaction of its own. Each names the invariants that must find it, and
each invariant has one at least.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from chaos.planted.archived import ARCHIVED
from chaos.planted.computed import COMPUTED
from chaos.planted.fault import Planted
from chaos.planted.people import PEOPLE
from chaos.planted.readings import READINGS
from chaos.planted.services import SERVICES

PLANTED: dict[str, Planted] = {**READINGS, **COMPUTED, **ARCHIVED, **PEOPLE, **SERVICES}


@contextmanager
def planting(name: str) -> Iterator[None]:
    """The services with a planted fault, while the context stands; "" plants none."""
    with ExitStack() as stack:
        if name:
            for target, attribute, value in PLANTED[name].patches():
                stack.enter_context(patch.object(target, attribute, value))
        yield
