"""Work that is done now and then, in a thread of its own."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from bcm_mqtt.errors import WorkError

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UpkeepPace:
    """How often, and how gently.

    Attributes:
        first_s: From the start; by then the recorder has made or checked the schema.
        every_s: From one time to the next.
        retry_s: Instead, after the database failed.
        pause_s: Least pause between two steps, in which others may write; it is never
            shorter than the step was.
    """

    first_s: float = 60.0
    every_s: float = 3_600.0
    retry_s: float = 3_600.0
    pause_s: float = 0.05


@contextmanager
def in_rounds(
    name: str, work: Callable[[], object], pace: UpkeepPace, stopping: Event, failed: str
) -> Iterator[None]:
    """Works while the context stands; leaving it waits for the step under way.

    Args:
        name: Of the thread.
        work: What is done at a time; it ends soon once `stopping` is set.
        pace: When.
        stopping: Set by this when it is to end.
        failed: What the log says before the reason.
    """

    def run() -> None:
        wait_s = pace.first_s
        while not stopping.wait(wait_s):
            wait_s = pace.every_s
            try:
                work()
            except WorkError as error:
                _LOG.warning("%s: %s", failed, error)
                wait_s = pace.retry_s

    thread = Thread(target=run, name=name)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
