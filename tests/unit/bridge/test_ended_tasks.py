"""The end of the bridge: every task ends, also one that does not hear the first time."""

import asyncio
from contextlib import suppress

from bcm_mqtt.bridge.gateways import ended


async def test_a_task_that_swallows_a_cancellation_is_asked_again() -> None:
    swallowed = 0

    async def deaf() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await asyncio.wait_for(ended(task), 10)
    assert swallowed == 3
    assert task.cancelled()


async def test_a_task_that_failed_does_not_keep_the_others_alive() -> None:
    async def fails() -> None:
        raise RuntimeError

    tasks = [asyncio.create_task(fails()), asyncio.create_task(asyncio.sleep(60))]
    await asyncio.wait_for(ended(*tasks), 10)
    assert all(task.done() for task in tasks)
    assert isinstance(tasks[0].exception(), RuntimeError)


async def test_a_task_that_is_asked_again_waits_for_its_own_tasks_all_the_same() -> None:
    let_go = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            while not let_go.is_set():
                with suppress(asyncio.CancelledError):
                    await let_go.wait()

    inner = asyncio.create_task(slow())

    async def owner() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await ended(inner)

    outer = asyncio.create_task(owner())
    await asyncio.sleep(0)
    ending = asyncio.create_task(ended(outer))
    await asyncio.sleep(0.5)
    early = ending.done()
    let_go.set()
    await asyncio.wait_for(ending, 10)
    assert not early
    assert inner.done()
    assert outer.cancelled()
