"""Imports that the search for garbage stays out of.

Owns: when Python's collector runs while a program starts.
Does not own: what is imported, and when.
Invariant: what is imported stays as long as the process; to search it would be work for nothing,
now and at each full collection.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Collects nothing while the context stands, and leaves out what is there at its end for good.

    For the first imports of a process: an eighth of what they would take goes to the collector.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
