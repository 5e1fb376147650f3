"""Steps: discovery messages in portions that Home Assistant can take.

It works through everything that it finds in its socket before it does anything else, 10 to 40 ms
for a device, and asks for no state before new devices have stopped coming for 0.1 s. A thousand
devices at once make it stand still; so they go in steps, and what it has already had goes slowly.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Final

STEP: Final = 16
"""Messages that go at once."""
EVERY_S: Final = 0.25
"""From one step to the next: 960 devices take 15 s."""

Send = Callable[[str, bytes], None]


class Steps:
    """What waits, in the order in which it goes."""

    def __init__(self, new: Send, again: Send) -> None:
        """Takes what publishes a message, and what publishes it again."""
        self._new, self._again = new, again
        self._waiting: dict[str, bytes] = {}
        self._repeated: Iterator[tuple[str, bytes]] = iter(())
        self._more = asyncio.Event()

    def put(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Adds messages; the first step goes at once, unless others are under way."""
        is_idle = not self._waiting
        self._waiting.update(messages)
        self._more.set()
        if is_idle:
            self._step()

    def repeat(self, messages: Iterator[tuple[str, bytes]]) -> None:
        """Sends messages once more, one at a time, while nothing new waits; in place of others."""
        self._repeated = messages
        self._more.set()

    def drop(self, topic: str) -> None:
        """Forgets what waits for a topic."""
        self._waiting.pop(topic, None)

    def clear(self) -> None:
        """Forgets everything."""
        self._waiting.clear()
        self._repeated = iter(())

    async def run(self) -> None:
        """Goes on, for ever."""
        while True:
            await self._more.wait()
            await asyncio.sleep(EVERY_S)
            self.go()

    def go(self) -> None:
        """Sends the next step, or repeats a message."""
        if self._waiting:
            self._step()
        elif message := next(self._repeated, None):
            self._again(*message)
        else:
            self._more.clear()

    def _step(self) -> None:
        for topic in list(self._waiting)[:STEP]:
            self._new(topic, self._waiting.pop(topic))
