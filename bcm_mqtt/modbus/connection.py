"""A connection: it carries one request at a time, and its one reply."""

import asyncio
from typing import Final, cast

from bcm_mqtt.modbus.frames import Failure, Frames, ReadError
from bcm_mqtt.modbus.plan import ReadRequest

_LOST: Final = "connection lost"


class Connection(asyncio.Protocol):
    """Carries one request at a time; what comes while none waits is thrown away.

    After anything but an answer it is dropped: a reply that comes too late goes with it.
    """

    def __init__(self, frames: Frames) -> None:
        """Not open yet: asyncio, or what opens a serial port, says when it is.

        Args:
            frames: Of the line, which outlives its connections.
        """
        self._frames = frames
        self._transport: asyncio.Transport | None = None
        self._reply: asyncio.Future[list[int]] | None = None
        self.is_open = False

    async def read(self, request: ReadRequest, timeout: float) -> list[int]:  # noqa: ASYNC109 - of this one future, by one timer
        """The registers of a request; it is sent once.

        Raises:
            ReadError: what came, or did not come within `timeout` seconds, is no value.
        """
        if not self.is_open:  # a serial port may be gone since the last read
            raise ReadError(Failure.CONNECTION, _LOST)
        loop = asyncio.get_running_loop()
        self._reply = loop.create_future()
        timer = loop.call_later(timeout, self.reply_is_overdue)
        try:
            cast("asyncio.Transport", self._transport).write(self._frames.request(request))
            return await self._reply
        except OSError:
            self.drop()
            raise ReadError(Failure.CONNECTION, _LOST) from None
        except ReadError as error:
            if error.failure not in {Failure.EXCEPTION, Failure.GATEWAY}:
                self.drop()
            raise
        except BaseException:
            self.drop()
            raise
        finally:
            timer.cancel()
            self._reply = None

    def drop(self) -> None:
        """Ends it and the request that waits at once, without sending what is still unsent."""
        self.is_open = False
        self._fail(ReadError(Failure.CONNECTION, _LOST))  # of a serial port nothing else says so
        if self._transport:
            self._transport.abort()

    def reply_is_overdue(self) -> None:
        """Ends the request that waits: its time is over."""
        heard = f", only {self._frames.heard}" if self._frames.heard else ""
        self._fail(ReadError(Failure.SILENCE, f"no answer in time{heard}"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open; of a serial port it is said twice."""
        if self._transport is None:
            self._transport = cast("asyncio.Transport", transport)
            self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Takes a part of a reply, a whole one, or noise."""
        if self._reply is None or self._reply.done():
            return
        try:
            registers = self._frames.received(data)
        except ReadError as error:
            self._fail(error)
        else:
            if registers is not None:
                self._reply.set_result(registers)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Ends the request that waits at once, instead of at its timeout."""
        self.is_open = False
        self._fail(ReadError(Failure.CONNECTION, _LOST))

    def _fail(self, error: ReadError) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)
