"""A connection: it carries one request at a time, and its one reply."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
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
        self._requests: Iterator[ReadRequest] = iter(())
        self._answered: Callable[[list[int]], None] = lambda _: None
        self._over: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timeout = self._deadline = 0.0
        self.is_open = False

    async def read(
        self,
        requests: Iterable[ReadRequest],
        timeout: float,  # noqa: ASYNC109 - of each reply, by one timer
        answered: Callable[[list[int]], None],
    ) -> None:
        """Sends requests, each once, and each as soon as the one before it is answered.

        No task wakes between them: on a line that answers at once that was most of the work.

        Args:
            requests: At least one.
            timeout: Of each, in seconds.
            answered: Is given the registers of each as they come.

        Raises:
            ReadError: what came, or did not come in time, is no value; none of the following is
                sent.
        """
        if not self.is_open:  # a serial port may be gone since the last read
            raise ReadError(Failure.CONNECTION, _LOST)
        self._over = asyncio.get_running_loop().create_future()
        self._requests, self._timeout, self._answered = iter(requests), timeout, answered
        try:
            self._send_next()
            self._watch_time()
            await self._over
        except ReadError as error:
            if error.failure not in {Failure.EXCEPTION, Failure.GATEWAY}:
                self.drop()
            raise
        except BaseException:
            self.drop()
            raise
        finally:
            if self._timer:
                self._timer.cancel()
            self._timer = self._over = None

    def _send_next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            cast("asyncio.Future[None]", self._over).set_result(None)
            return
        self._deadline = asyncio.get_running_loop().time() + self._timeout
        try:
            cast("asyncio.Transport", self._transport).write(self._frames.request(request))
        except OSError:
            self._fail(ReadError(Failure.CONNECTION, _LOST))

    def _watch_time(self) -> None:
        """Ends the request that waits once its time is over; a timer for each costs too much."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._deadline:
            self.reply_is_overdue()
        else:
            self._timer = loop.call_at(self._deadline, self._watch_time)

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
        if self._over is None or self._over.done():
            return
        try:
            registers = self._frames.received(data)
        except ReadError as error:
            self._fail(error)
        else:
            if registers is not None:
                self._answered(registers)
                self._send_next()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Ends the request that waits at once, instead of at its timeout."""
        self.is_open = False
        self._fail(ReadError(Failure.CONNECTION, _LOST))

    def _fail(self, error: ReadError) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_exception(error)
