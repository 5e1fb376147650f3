"""The demo's embedded broker: what serves a client ends without a traceback."""

import asyncio

from bcm_mqtt.cli.demo.broker import never_cancelled


async def test_what_serves_a_client_has_ended_when_it_is_cancelled() -> None:
    began = asyncio.Event()

    async def connected(name: str) -> None:
        assert name == "reader"
        began.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(never_cancelled(connected)("reader"))
    await began.wait()
    task.cancel()
    await asyncio.wait([task])
    assert not task.cancelled()
    assert task.exception() is None  # which asyncio's streams ask for
