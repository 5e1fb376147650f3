"""A poll: everything that is read of a source at one period, once."""

from dataclasses import dataclass

from bcm_mqtt.domain.reading.reading import Snapshot


@dataclass(frozen=True, slots=True)
class Poll:
    """What came of a poll.

    Attributes:
        snapshot: With None for each pole that could not be read.
        answered: Whether anything answered.
    """

    snapshot: Snapshot
    answered: bool
