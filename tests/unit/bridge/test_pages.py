"""The pages, and that they look in the event loop's thread."""

import asyncio
import threading
import time
from dataclasses import replace

import pytest

from bcm_mqtt.bridge.vitals.pages import pages
from bcm_mqtt.bridge.vitals.signs import Vitals
from bcm_mqtt.event_loop import in_loop
from unit.bridge.vitals import HEALTHY


def test_healthz_of_a_bridge_that_is_well_is_ok_and_what_is_away() -> None:
    assert pages(lambda: HEALTHY)["/healthz"]("")[::2] == (200, b"ok\n")
    away = replace(HEALTHY, connected=False)
    assert pages(lambda: away)["/healthz"]("")[::2] == (200, b"ok\nbroker: not connected\n")


def test_healthz_of_a_bridge_that_is_not_well_is_503_and_a_line_per_reason() -> None:
    gateways = {"gw": replace(HEALTHY.gateways["gw"], idle_s=500.0)}
    ill = replace(HEALTHY, disk_fails=True, gateways=gateways)
    assert pages(lambda: ill)["/healthz"]("")[::2] == (
        503,
        b"gateway gw: no poll was attempted for 500 s\noutbox: the disk fails\n",
    )


def test_there_are_two_pages() -> None:
    assert set(pages(lambda: HEALTHY)) == {"/metrics", "/healthz"}


async def test_a_look_from_another_thread_is_taken_in_the_loops() -> None:
    threads = []

    def look() -> Vitals:
        threads.append(threading.current_thread())
        return HEALTHY

    look_there = in_loop(asyncio.get_running_loop(), look)
    assert await asyncio.to_thread(look_there) is HEALTHY
    assert threads == [threading.current_thread()]


async def test_an_error_of_the_look_is_raised_where_it_was_asked_for() -> None:
    def look() -> Vitals:
        raise KeyError("gw")

    with pytest.raises(KeyError):
        await asyncio.to_thread(in_loop(asyncio.get_running_loop(), look))


async def test_a_loop_that_does_not_turn_is_found_out() -> None:
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            in_loop(loop, lambda: HEALTHY, 0.05)()
        except TimeoutError as error:
            raised.append(error)

    loop = asyncio.get_running_loop()
    thread = threading.Thread(target=ask)
    thread.start()
    until = time.monotonic() + 30
    while thread.is_alive() and time.monotonic() < until:
        time.sleep(0.01)  # noqa: ASYNC251 - the loop is to hang
    assert len(raised) == 1


def test_a_loop_that_has_been_closed_does_not_turn() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(TimeoutError):
        in_loop(loop, lambda: HEALTHY)()
