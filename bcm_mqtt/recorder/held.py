"""Messages that wait for a clock to be believed: not stored, and not acknowledged."""

from collections.abc import Iterable
from typing import Final

from bcm_mqtt.mqtt.client import Message

_AGAIN_S: Final = 2.0


class Held:
    """Used by the recorder's thread; times are of a clock that never jumps, s."""

    def __init__(self) -> None:
        """Holds nothing."""
        self._messages: list[Message] = []
        self._next_s = 0.0

    def __len__(self) -> int:
        """How many are held."""
        return len(self._messages)

    def due(self, now_s: float) -> list[Message]:
        """All of them, where it is time to judge them again."""
        if now_s < self._next_s:
            return []
        self._next_s = now_s + _AGAIN_S
        return list(self._messages)

    def judged(self, judged: Iterable[Message], held: Iterable[Message]) -> list[Message]:
        """Goes on with what is still held, and what is now.

        The broker delivers again what it delivered over an earlier connection.

        Args:
            judged: Messages that were looked at.
            held: Those of them that are to be held.

        Returns:
            Those that were held already, and need not be: a bridge sends again what nobody stores.
        """
        over = {id(message) for message in judged}
        kept = [message for message in self._messages if id(message) not in over]
        kept += held
        latest = max((message.connection for message in kept), default=0)
        self._messages = []
        known, twice = set[tuple[str, bytes]](), list[Message]()
        for message in kept:
            if message.connection == latest:
                name = message.topic, message.payload
                (twice if name in known else self._messages).append(message)
                known.add(name)
        return twice
