"""A clock that plays the last day faster, for `demo --speed`: behind the real one until then.

It is never ahead of the real clock, so that what is stored is of the past, as it always is. The
processes of a demo share it by an environment variable.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from selectors import DefaultSelector, SelectorKey
from typing import Final, Self

_VARIABLE: Final = "BCM_MQTT_DEMO_CLOCK"
_LOOK_EVERY_S: Final = 0.2
PLAYED: Final = timedelta(days=1)
"""What is played: the day before the demo began."""


_begun: Final[dict[Path, float]] = {}
"""When clocks began, as this process has read it."""


@dataclass(frozen=True, slots=True)
class PlayedClock:
    """The real clock, less what is still to be caught up.

    Attributes:
        speed: How many times as fast as the real one it goes until it has caught up; 1: it is the
            real one.
        file: Says when it began, by the machine's monotonic clock; until it is there, the clock
            is a day behind and goes as the real one.
    """

    speed: float = 1.0
    file: Path = Path()

    @classmethod
    def given(cls) -> Self:
        """That of the demo which started this process, or the real one."""
        speed, _, file = os.environ.get(_VARIABLE, "1").partition(" ")
        return cls(float(speed), Path(file))

    @contextmanager
    def used(self) -> Iterator[None]:
        """Has this process, and those that it starts, use it while the context is open."""
        os.environ[_VARIABLE] = f"{self.speed} {self.file}"
        try:
            yield
        finally:
            del os.environ[_VARIABLE]

    def begin(self) -> None:
        """From now on it goes faster."""
        written = self.file.with_suffix(".new")
        written.write_text(str(time.monotonic()))
        written.replace(self.file)

    def behind_s(self) -> float:
        """How far it is behind the real clock now."""
        if self.speed == 1:
            return 0.0
        if self.file not in _begun:
            try:
                _begun[self.file] = float(self.file.read_text())
            except FileNotFoundError:
                return PLAYED.total_seconds()
        ahead_s = (time.monotonic() - _begun[self.file]) * (self.speed - 1)
        return max(0.0, PLAYED.total_seconds() - ahead_s)

    def now(self) -> datetime:
        """The present, UTC."""
        return datetime.now(UTC) - timedelta(seconds=self.behind_s())

    def monotonic(self) -> float:
        """Seconds that never jump, as `time.monotonic`, and are above 0 as those are."""
        return time.monotonic() + PLAYED.total_seconds() - self.behind_s()


class _PlayedSelector(DefaultSelector):
    """Waits for the real time that a played one takes."""

    def __init__(self, clock: PlayedClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """What is ready, at the latest after `timeout` played seconds."""
        if self._clock.behind_s():  # which may begin, or end, meanwhile
            most = _LOOK_EVERY_S if timeout is None else timeout / self._clock.speed
            timeout = min(most, _LOOK_EVERY_S)
        return super().select(timeout)


class PlayedLoop(asyncio.SelectorEventLoop):
    """An event loop by that clock: its timers come as much earlier."""

    def __init__(self, clock: PlayedClock) -> None:
        """Takes the clock that its timers go by."""
        super().__init__(_PlayedSelector(clock))
        self._played = clock

    def time(self) -> float:
        """Seconds that never jump."""
        return self._played.monotonic()
