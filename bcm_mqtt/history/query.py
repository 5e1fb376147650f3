"""The span of time of a history and the length of its points."""

from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.domain.history.grid import Step


@dataclass(frozen=True, slots=True)
class Span:
    """A time that has begun: start <= t < end, in UTC, where nothing is after `now`."""

    start: datetime
    end: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: of which time, and how long a point is; None: as fits."""

    span: Span
    step: Step | None
