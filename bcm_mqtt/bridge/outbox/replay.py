"""When to send again what was not stored, and how much of it at once.

What the broker still has in its queue is not sent again: while it comes in, replaying waits.
Then a window of snapshots is on its way; each that is stored makes room for another. When none
is stored for a time, the window is halved and the time doubled, as TCP does it.
"""

from collections.abc import Iterable
from typing import Final

from bcm_mqtt.bridge.outbox.coming import Key

DUE_S: Final = 30.0
"""A snapshot that was published and not stored for so long is sent again."""
_FIRST_WINDOW: Final = 500
_LEAST_WINDOW: Final = 20
_MOST_WINDOW: Final = 1000
_FIRST_TIMEOUT_S: Final = 10.0
_LONGEST_TIMEOUT_S: Final = 600.0
_QUIET_S: Final = 2.0


class Replay:
    """The window of what is sent again."""

    def __init__(self) -> None:
        """Nothing is on its way."""
        self.sent: dict[Key, float] = {}
        self._window = _FIRST_WINDOW
        self._timeout_s = _FIRST_TIMEOUT_S
        self._progress_s = 0.0
        self._quiet_from_s = 0.0

    def began(self, now_s: float) -> None:
        """A recorder or the broker is back: what waits at the broker comes first."""
        self.sent.clear()
        self._window, self._timeout_s = _FIRST_WINDOW, _FIRST_TIMEOUT_S
        self._quiet_from_s = now_s + _QUIET_S

    def settled(self, keys: Iterable[Key], *, are_late: bool, now_s: float) -> None:
        """Snapshots were stored.

        Args:
            keys: Which.
            are_late: Whether they had waited long, as those in a queue have.
            now_s: By a clock that never jumps.
        """
        ours = theirs = 0
        for key in keys:
            if self.sent.pop(key, None) is None:
                theirs += 1
            else:
                ours += 1
        if ours:
            self._progress_s = now_s
            self._timeout_s = _FIRST_TIMEOUT_S
            self._window = min(_MOST_WINDOW, self._window + ours // 4)
        elif theirs and are_late:
            self._quiet_from_s = now_s + _QUIET_S

    def room(self, now_s: float) -> int:
        """How many more may be sent now."""
        if now_s < self._quiet_from_s:
            return 0
        if self.sent and now_s - self._progress_s > self._timeout_s:
            self.sent.clear()
            self._window = max(_LEAST_WINDOW, self._window // 2)
            self._timeout_s = min(_LONGEST_TIMEOUT_S, 2 * self._timeout_s)
        return max(0, self._window - len(self.sent))

    def sending(self, keys: Iterable[Key], now_s: float) -> None:
        """These are sent again now."""
        if not self.sent:
            self._progress_s = now_s
        for key in keys:
            self.sent[key] = now_s
