"""Ending tasks, for certain."""

import asyncio
from typing import Any

_CANCEL_AGAIN_S = 0.1


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks until all have ended.

    Once is not enough: up to Python 3.11 `asyncio.wait_for`, which a read waits in, swallows
    a cancellation that meets the reply.

    Raises:
        asyncio.CancelledError: whoever waits here was cancelled meanwhile; told only once all
            tasks have ended, as what comes after takes away what they work with.
    """
    pending = set(tasks)
    cancelled = None
    while pending:
        for task in pending:
            task.cancel()
        try:
            _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)
        except asyncio.CancelledError as error:
            cancelled = error
            pending = {task for task in pending if not task.done()}
    if cancelled:
        raise cancelled
