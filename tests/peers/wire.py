"""A wire between two programs that can be cut: nothing passes then, and nobody is told."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Self

from peers.process import free_port

_CHUNK = 65_536


class Wire:
    """Forwards connections to a port of this machine while its context is entered.

    Of several ports to the first that answers, as a virtual address does.
    """

    def __init__(self, to: int | Sequence[int], port: int = 0) -> None:
        self.port = port or free_port()
        self._to = [to] if isinstance(to, int) else list(to)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._passes = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._passes.set()
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        """From now on nothing passes: what is open stays so, nothing new is opened."""

        def cut() -> None:
            self._passes.clear()
            self._server.close()

        self._call(cut)

    def refuse(self) -> None:
        """From now on nobody listens there: what is open is reset, which each end is told."""

        def refuse() -> None:
            self._server.close()
            self._end_connections()

        self._call(refuse)

    def mend(self) -> None:
        """New connections pass; those that were open then are reset."""

        def mend() -> None:
            self._passes.set()
            self._end_connections()

        self._call(mend)
        self._listen()

    async def _end(self) -> None:
        self._server.close()
        self._passes.set()
        self._end_connections()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _end_connections(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()

    def _listen(self) -> None:
        listening = asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)

    def _call(self, work: Callable[[], object]) -> None:
        done: Future[None] = Future()

        def call() -> None:
            work()
            done.set_result(None)

        self._loop.call_soon_threadsafe(call)
        done.result(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        self._open.add(writer)
        with suppress(OSError):
            await self._passes.wait()
            there_reader, there_writer = await self._connected()
            self._open.add(there_writer)
            await asyncio.gather(
                self._forward(reader, there_writer), self._forward(there_reader, writer)
            )
        self._open.discard(writer)
        writer.transport.abort()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        *first, last = self._to
        for port in first:
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return await asyncio.open_connection("127.0.0.1", last)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._passes.wait()
                writer.write(data)
                await writer.drain()
        self._open.discard(writer)
        writer.transport.abort()
