"""Streams that end with the session: they may stay open all day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, TypeAlias

from fastapi import Depends, Request
from starlette.datastructures import Headers

from bcm_mqtt.errors import WorkError
from bcm_mqtt.web.access.entrance import Entrance, Shown
from bcm_mqtt.web.access.gate import shown_by
from bcm_mqtt.web.access.rights import Who

LOOKED_EVERY = timedelta(seconds=30)
Parcels: TypeAlias = AsyncIterator[bytes]


class SessionEnd:
    """The end of the session that a stream was asked for with."""

    def __init__(self, entrance: Entrance, shown: Shown, who: Who) -> None:
        """Takes who asked, and by what they were recognised."""
        self._entrance = entrance
        self._shown = shown
        self._who = who

    async def ends(self, parcels: Parcels) -> Parcels:
        """The parcels of a stream, until whoever asked is logged out or is another."""
        looked = self._entrance.clock()
        async for parcel in parcels:
            now = self._entrance.clock()
            if now - looked >= LOOKED_EVERY:
                looked = now
                if not await self._is_still_in():
                    return
            yield parcel

    async def _is_still_in(self) -> bool:
        try:
            return await asyncio.to_thread(self._entrance.who, self._shown) == self._who
        except WorkError:  # nobody knows: what was true a moment ago stands
            return True


def session_end(request: Request) -> SessionEnd:
    """Of the request's session."""
    entrance: Entrance = request.app.state.ports.entrance
    shown = shown_by(request.scope, Headers(scope=request.scope))
    return SessionEnd(entrance, shown, request.scope["state"]["who"])


SessionEndGiven = Annotated[SessionEnd, Depends(session_end)]
