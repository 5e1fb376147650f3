"""A broker for the demo: mosquitto where it is installed, amqtt where it is not."""

import asyncio
import logging
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bcm_mqtt.errors import WorkError

_STARTS_WITHIN_S = 10.0


@asynccontextmanager
async def demo_broker(folder: Path, kind: str = "auto") -> AsyncIterator[tuple[str, int, str]]:
    """A broker on loopback for as long as the context is open.

    Args:
        folder: For its files.
        kind: `mosquitto`, `amqtt`, or `auto`: the first of them that is there.

    Yields:
        Its name, port, and the MQTT version that it speaks.

    Raises:
        WorkError: none is installed, or it does not start.
    """
    port = _free_port()
    # Debian installs it where only root's PATH looks.
    mosquitto = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if kind == "mosquitto" and not mosquitto:
        raise WorkError("mosquitto is not installed: apt install mosquitto, or --broker amqtt")
    if mosquitto and kind != "amqtt":
        async with _mosquitto(mosquitto, folder, port):
            yield "mosquitto", port, "5"
    else:
        async with _amqtt(port):
            yield "amqtt, embedded", port, "3.1.1"


@asynccontextmanager
async def _mosquitto(program: str, folder: Path, port: int) -> AsyncIterator[None]:
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\n"
        "max_queued_messages 0\nlog_dest stderr\nlog_type error\n"
    )
    process = await asyncio.create_subprocess_exec(
        program,
        "-c",
        str(configuration),
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C is for the demo, which says good-bye to its broker
    )
    try:
        await _answers(port, process)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


class _Subscriptions(dict[str, Any]):
    """Subscriptions that can be iterated while others subscribe.

    amqtt (0.12) goes through them, and waits between two, whenever a client connects; one that
    subscribed meanwhile broke the new client's connection.
    """

    def __iter__(self) -> Iterator[str]:
        """Those of now."""
        return iter(tuple(super().__iter__()))


def never_cancelled(connected: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """What serves a client of amqtt, so that it ends without a traceback whoever cancels it.

    The streams of asyncio (CPython 3.11) ask its task for its exception, which one that was
    cancelled raises.
    """

    async def serve(*arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as the broker calls it
        with suppress(asyncio.CancelledError):
            await connected(*arguments, **named)

    return serve


@asynccontextmanager
async def _amqtt(port: int) -> AsyncIterator[None]:
    try:
        from amqtt.broker import Broker  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        message = "the demo needs a broker: apt install mosquitto, or install bcm-mqtt[demo]"
        raise WorkError(message) from None
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {
                "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
            },
        },
        loop=asyncio.get_running_loop(),
    )
    broker._subscriptions = _Subscriptions()  # noqa: SLF001 - see there
    broker.stream_connected = never_cancelled(broker.stream_connected)
    await broker.start()
    try:
        yield
    finally:
        await broker.shutdown()


async def _answers(port: int, process: asyncio.subprocess.Process) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + _STARTS_WITHIN_S
    while loop.time() < until:
        if process.returncode is not None:
            reason = await process.stderr.read() if process.stderr else b""
            raise WorkError(f"mosquitto ended: {reason.decode(errors='replace').strip()}")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise WorkError(f"mosquitto did not answer on port {port}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
