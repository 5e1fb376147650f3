"""Tasks and futures that are numbered: sets of them have an order that a seed decides."""

import asyncio
from typing import Any


class Task(asyncio.Task[Any]):
    """A task whose place in a set is not by its address, which no seed decides."""

    def __init__(self, number: int, *of: Any, **more: Any) -> None:
        self._number = number
        super().__init__(*of, **more)

    def __hash__(self) -> int:
        return self._number

    def cancel(self, msg: Any = None) -> bool:
        """One that has ended is left alone: asyncio would keep an error of it to itself."""
        return not self.done() and super().cancel(msg)


class Future(asyncio.Future[Any]):
    """A future, as `Task`."""

    def __init__(self, number: int, **more: Any) -> None:
        self._number = number
        super().__init__(**more)

    def __hash__(self) -> int:
        return self._number
