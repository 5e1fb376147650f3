"""Streams that end with the session: they may stay open all day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from bcm_mqtt.access.entrance import Entrance
from bcm_mqtt.access.present import Present
from bcm_mqtt.errors import WorkError

_LOOKED_EVERY = timedelta(seconds=30)


async def while_in(
    parcels: AsyncIterator[bytes], entrance: Entrance, someone: Present
) -> AsyncIterator[bytes]:
    """The parcels of a stream, until whoever asked is logged out or has become another."""
    looked = entrance.clock()
    async for parcel in parcels:
        now = entrance.clock()
        if now - looked >= _LOOKED_EVERY:
            looked = now
            if not await _is_still_in(entrance, someone):
                return
        yield parcel


async def _is_still_in(entrance: Entrance, someone: Present) -> bool:
    try:
        return await asyncio.to_thread(entrance.who, someone.shown) == someone.who
    except WorkError:  # nobody knows: what was true a moment ago stands
        return True
