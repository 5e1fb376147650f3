"""Ending tasks, for certain."""

import asyncio
from typing import Any

_CANCEL_AGAIN_S = 0.1


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks until all have ended.

    Once is not enough: up to Python 3.11 `asyncio.wait_for`, which a read waits in, swallows
    a cancellation that meets the reply.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)
