"""Two bridges of one id: which of them ends, and what the other says."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bcm_mqtt.bridge.alone import Alone
from bcm_mqtt.errors import WorkError
from bcm_mqtt.mqtt.payloads import (
    BridgeReport,
    OutboxReport,
    SiteReport,
    decode_info,
    encode_info,
)

INFO = BridgeReport(
    version="1",
    bridge="dc1",
    site=SiteReport("dc1", "", "UTC"),
    time=datetime(2026, 11, 29, tzinfo=UTC),
    panels={},
    configuration_problem=None,
    directory_problem=None,
    outbox=OutboxReport(0, 0, disk_fails=False),
    gateways={},
)


def info(boot: str, uptime_s: float) -> bytes:
    return encode_info(replace(INFO, boot=boot, uptime_s=uptime_s))


async def ends(*heard: bytes, uptime_s: float = 100.0, has_asked: bool = False) -> bool:
    """Whether the run `b` ends by what it reads at the broker."""
    alone = Alone("dc1", "b", lambda: uptime_s, has_asked=has_asked)
    for payload in heard:
        alone.heard(payload)
    task = asyncio.create_task(alone.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if not task.done():
        task.cancel()
        return False
    with pytest.raises(WorkError, match="the id dc1 runs, and has for longer"):
        task.result()
    return True


def living(boot: str, uptime_s: float, times: int = 1) -> list[bytes]:
    """What another one publishes that runs on, read so often after the first time."""
    return [info(boot, uptime_s + 0.001 * time) for time in range(-times, 1)]


OWN = info("b", 1.0)


async def test_what_an_earlier_run_left_is_no_other_bridge(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert not await ends(info("a", 9000.0), OWN, OWN)
    assert not await ends(OWN, b"", b"{}", b"\xff")
    assert caplog.text == ""


async def test_what_a_killed_broker_has_again_of_an_earlier_run_is_no_other_bridge(
    caplog: pytest.LogCaptureFixture,
) -> None:
    earlier = info("a", 9000.0)
    assert not await ends(OWN, earlier, OWN, earlier)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("other", "uptime_s", "is_later"),
    [("a", 106.0, True), ("z", 94.0, False), ("a", 96.0, True), ("z", 104.0, False)],
)
async def test_the_later_one_ends_and_of_two_at_once_the_one_with_the_later_name(
    other: str, uptime_s: float, *, is_later: bool, caplog: pytest.LogCaptureFixture
) -> None:
    assert await ends(OWN, *living(other, uptime_s)) is is_later
    assert ("another bridge with the id dc1 runs, and each" in caplog.text) is not is_later


async def test_one_that_cannot_have_begun_first_ends_where_the_other_goes_on() -> None:
    """Both began within 5 s, and the other one has asked at its start."""
    assert not await ends(OWN, *living("z", 101.0, 10))
    assert await ends(OWN, *living("z", 101.0, 11))


async def test_one_that_asked_at_its_start_goes_on_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert not await ends(OWN, *living("a", 9000.0, 3), has_asked=True)
    assert caplog.text.count("stop one of them, or give it a bridge.id of its own") == 1


def test_its_own_info_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []

    def decoded(payload: bytes) -> BridgeReport:
        read.append(payload)
        return decode_info(payload)

    monkeypatch.setattr("bcm_mqtt.bridge.alone.decode_info", decoded)
    alone = Alone("dc1", "b", lambda: 100.0, has_asked=False)
    others = info("a", 9000.0)
    for payload in (others, OWN, OWN, info("b", 2.0), others):
        alone.heard(payload)
    assert read == [others, OWN, others]
