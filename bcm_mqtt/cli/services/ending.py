"""The end of a recorder whose database holds still."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

_LOG = logging.getLogger(__name__)
_ENDS_WITHIN_S = 25.0
"""A busy machine may take half of it; systemd waits for 30 s."""


@contextmanager
def ending_soon() -> Iterator[Event]:
    """Ends the process where the context does not end soon after the event that it gives is set.

    A PostgreSQL that holds still, or waits for a lock, is waited for without end. What was not
    stored was not acknowledged either, and comes again.
    """
    stopping, ended = Event(), Event()

    def watch() -> None:
        stopping.wait()
        if not ended.wait(_ENDS_WITHIN_S):
            _LOG.error(
                "recorder: the database has not answered for %.0f s: ended without it; "
                "what it has not stored comes again",
                _ENDS_WITHIN_S,
            )
            os._exit(1)

    Thread(target=watch, name="ending", daemon=True).start()
    try:
        yield stopping
    finally:
        ended.set()
        stopping.set()
