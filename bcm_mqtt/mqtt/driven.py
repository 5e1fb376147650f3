"""A client of paho's driven by an event loop, in place of a thread of its own.

paho's thread is woken through a socket for each message and contends for the interpreter with
whoever publishes: a third of the processor time of a bridge with fast panels. Here the loop reads
and writes when the socket can, and what is published in one round of the loop goes out together.
Only connecting, which waits for names and handshakes, has a thread.
"""

import asyncio
import select
import time
from contextlib import suppress
from threading import Thread, get_ident
from typing import Any, Final

from paho.mqtt.client import Client

_MISC_EVERY_S: Final = 1.0
_AGAIN_AFTER_S: Final = (1.0, 2.0)


class Threaded:
    """A client with paho's own thread: for whoever has no event loop."""

    def __init__(self, client: Client) -> None:
        """Takes a client to which it was said where to connect."""
        self._client = client

    def start(self) -> None:
        """Connects, again and again, until it is stopped."""
        self._client.loop_start()

    def stop(self, within_s: float) -> None:
        """Disconnects in good order; waits for it, but not for a resolver."""
        self._client.disconnect()
        ending = Thread(target=self._end, daemon=True)
        ending.start()
        ending.join(within_s)

    def _end(self) -> None:
        # paho's thread forgets itself at its end, also just while it is about to be waited for.
        with suppress(AttributeError):
            self._client.loop_stop()


class Driven:
    """A client without one: all its callbacks come in the loop's thread."""

    def __init__(self, client: Client, loop: asyncio.AbstractEventLoop) -> None:
        """Takes a client to which it was said where to connect; to be made in the loop."""
        self._client = client
        self._loop = loop
        self._thread = get_ident()
        self._closed = asyncio.Event()
        self._file = -1
        self._is_to_write = self._waits_to_write = False
        client.on_socket_close = self._has_closed
        client.on_socket_register_write = self._has_something
        client.on_socket_unregister_write = self._has_nothing
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connects, again and again, until it is stopped."""
        self._task = self._loop.create_task(self._run(), name="mqtt")

    def stop(self, within_s: float) -> None:
        """Disconnects in good order, as far as that is done in time; waits for it."""
        if self._task:
            self._task.cancel()
        self._client.disconnect()
        end_s = time.monotonic() + within_s
        while (file := self._client.socket()) and (left_s := end_s - time.monotonic()) > 0:
            select.select([], [file], [], left_s)
            self._client.loop_write()
        self._forget()

    async def _run(self) -> None:
        attempts = 0
        while True:
            self._closed.clear()
            if await self._connects():
                while not self._closed.is_set():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_MISC_EVERY_S):
                            await self._closed.wait()
                    attempts = 0 if self._client.is_connected() else attempts
                    self._client.loop_misc()
            await asyncio.sleep(_AGAIN_AFTER_S[min(attempts, len(_AGAIN_AFTER_S) - 1)])
            attempts += 1

    async def _connects(self) -> bool:
        outcome: asyncio.Future[Exception | None] = self._loop.create_future()

        def connect() -> None:
            error: Exception | None = None
            try:
                self._client.reconnect()
            except (OSError, ValueError) as raised:  # ValueError: of a name that can be none
                error = raised
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(arrive, error)

        def arrive(error: Exception | None) -> None:
            if not outcome.done():
                outcome.set_result(error)

        Thread(target=connect, name="mqtt connects", daemon=True).start()
        error = await outcome
        if error is None:
            self._listen()
            return True
        if failed := self._client.on_connect_fail:
            try:
                raise error  # as paho calls it: while the failure is handled
            except (OSError, ValueError):
                failed(self._client, None)
        return False

    def _listen(self) -> None:
        socket: Any = self._client.socket()
        if socket is None:
            self._closed.set()
            return
        self._file = socket.fileno()
        self._loop.add_reader(self._file, self._read)
        self._write()

    def _read(self) -> None:
        self._client.loop_read()
        socket: Any = self._client.socket()
        while socket is not None and hasattr(socket, "pending") and socket.pending():
            self._client.loop_read()  # what TLS has deciphered, no socket says
            socket = self._client.socket()

    def _write(self) -> None:
        self._is_to_write = False
        if self._file < 0:
            return  # _listen does it
        self._client.loop_write()
        if self._file >= 0 and self._client.want_write() and not self._waits_to_write:
            self._waits_to_write = True  # the socket is full
            self._loop.add_writer(self._file, self._write)

    def _has_closed(self, *_: object) -> None:
        self._forget()
        self._closed.set()

    def _has_something(self, *_: object) -> None:
        """To write: once a round of the loop, however much it is."""
        if get_ident() != self._thread:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._write)
        elif not self._is_to_write:
            self._is_to_write = True
            self._loop.call_soon(self._write)

    def _has_nothing(self, *_: object) -> None:
        if self._waits_to_write:
            self._waits_to_write = False
            self._loop.remove_writer(self._file)

    def _forget(self) -> None:
        if self._file >= 0:
            if self._waits_to_write:
                self._loop.remove_writer(self._file)
            self._loop.remove_reader(self._file)
        self._file, self._waits_to_write = -1, False
