"""A look at what belongs to an event loop, from another thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

_Seen = TypeVar("_Seen")
_RESPONDS_WITHIN_S: Final = 5.0


def in_loop(
    loop: asyncio.AbstractEventLoop,
    look: Callable[[], _Seen],
    within_s: float = _RESPONDS_WITHIN_S,
) -> Callable[[], _Seen]:
    """A function for other threads that looks in the event loop's.

    It raises TimeoutError when the loop does not respond within the time, or has been closed.
    """

    def look_there() -> _Seen:
        seen: Future[_Seen] = Future()

        def gather() -> None:
            try:
                seen.set_result(look())
            except Exception as error:  # noqa: BLE001 - raised again in the other thread
                seen.set_exception(error)

        try:
            loop.call_soon_threadsafe(gather)
        except RuntimeError as error:
            raise TimeoutError(str(error)) from error
        return seen.result(within_s)

    return look_there
