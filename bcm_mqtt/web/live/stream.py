"""The stream of server-sent events to one browser."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, suppress

from bcm_mqtt.web.live.feed import Feed, FeedPart

_KEEP_ALIVE = b": still here\n\n"
_START = b"retry: 2000\n\n"
"""Milliseconds after which a browser connects again."""


async def events(
    feeds: Sequence[Feed | FeedPart],
    closing: asyncio.Event,
    *,
    pause_s: float = 0.25,
    silent_s: float = 15.0,
) -> AsyncIterator[bytes]:
    """Everything as it is now, then what changes, until `closing` or the browser goes.

    Args:
        feeds: To follow.
        closing: Ends it; whoever sets it also shows something on a feed, or waits.
        pause_s: At least so long between two parcels: changes in between are told together.
        silent_s: After so long without a change it says that it is still there.
    """
    rung = asyncio.Event()
    known = [-1] * len(feeds)
    with ExitStack() as following:
        for feed in feeds:
            following.enter_context(feed.followed_by(rung))
        yield _START
        while not closing.is_set():
            rung.clear()
            parcel = b"".join(
                feed.since(version) for feed, version in zip(feeds, known, strict=True)
            )
            known = [feed.version for feed in feeds]
            yield parcel or _KEEP_ALIVE
            await asyncio.sleep(pause_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(silent_s):
                    await rung.wait()
