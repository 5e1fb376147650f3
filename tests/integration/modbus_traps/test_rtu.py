"""RTU over a serial port (a pseudo-terminal pair) and over TCP: right values or none."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bcm_mqtt.modbus import Failure, Framing, Line, Parity, Serial, Tcp
from integration.modbus_traps.reading import (
    AT_ONCE,
    OTHER,
    PATIENT,
    REQUEST,
    SLACK,
    TIMEOUT,
    answers,
    refused,
)
from peers.process import BCM_MQTT, Process
from peers.serial_meter import Frames, Meters, RtuGateway, SerialMeters, rtu


@pytest.fixture(params=["serial", "tcp"])
async def meters(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Meters]:
    made = SerialMeters(tmp_path) if request.param == "serial" else RtuGateway()
    async with made as serving:
        yield serving


@pytest.fixture
async def line(meters: Meters) -> AsyncIterator[Line]:
    async with open_line(meters, TIMEOUT) as made:
        yield made


@pytest.fixture
async def patient(meters: Meters) -> AsyncIterator[Line]:
    async with open_line(meters, PATIENT) as made:
        yield made


@asynccontextmanager
async def open_line(meters: Meters, timeout_s: float) -> AsyncIterator[Line]:
    made = line_to(meters, timeout_s)
    yield made
    made.close()
    await asyncio.sleep(0.01)


def line_to(meters: Meters, timeout: float) -> Line:
    if isinstance(meters, SerialMeters):
        return Line("usb-1", Serial(meters.device, parity=Parity.NONE), timeout, lambda: 0.0)
    assert isinstance(meters, RtuGateway)
    return Line("gw", Tcp("127.0.0.1", meters.port, Framing.RTU), timeout, lambda: 0.0)


async def right(line: Line, meters: Meters, unit: int = REQUEST.unit) -> None:
    """A read gives what the meters hold for that very request, once it may be asked."""

    async def read() -> None:
        found = await line.read(replace(REQUEST, unit=unit))
        assert (meters.asked[-1].unit, found) == (unit, meters.asked[-1].values)

    until = time.monotonic() + 60
    while not await answers(read()):
        assert time.monotonic() < until
        await asyncio.sleep(0.02)


def damaged(frame: bytes, at: int = 5) -> bytes:
    return frame[:at] + bytes((frame[at] ^ 0x10,)) + frame[at:][1:]


COSTS_THE_TIMEOUT: dict[str, Frames] = {
    "no answer": lambda _: [],
    "a corrupted CRC": lambda asked: [damaged(rtu(asked), -1)],
    "a corrupted register": lambda asked: [damaged(rtu(asked))],
    "another unit": lambda asked: [rtu(asked, unit=asked.unit + 1)],
    "another function code": lambda asked: [rtu(asked, b"\x04" + asked.pdu()[1:])],
    "a register too few": lambda asked: [rtu(asked, asked.pdu(asked.values[:-1]))],
    "a register too many": lambda asked: [rtu(asked, asked.pdu([*asked.values, 7]))],
    "half a reply": lambda asked: [rtu(asked)[:9]],
    "noise": lambda _: [b"\xff\x03\x0c\x00" * 60],
}
WITH_NOISE: dict[str, Frames] = {
    "noise before": lambda asked: [b"\x00\xff\x37" + rtu(asked)],
    "noise that begins like the frame": lambda asked: [b"\x03\x03\x0c" + rtu(asked)],
    "noise in a packet of its own": lambda asked: [b"\xff" * 7, rtu(asked)],
    "much noise before": lambda asked: [b"\xfe" * 3000, rtu(asked)],
    "noise after": lambda asked: [rtu(asked) + b"\x00\xff"],
    "a damaged frame before": lambda asked: [damaged(rtu(asked)), rtu(asked)],
    "another unit's frame before": lambda asked: [rtu(asked, unit=9) + rtu(asked)],
    "byte by byte": lambda asked: [bytes((byte,)) for byte in rtu(asked)],
}


async def test_values_come_over_rtu(patient: Line, meters: Meters) -> None:
    for unit in (3, 4, 247, 3):
        await right(patient, meters, unit)
    assert meters.damaged == 0


@pytest.mark.parametrize("reply", COSTS_THE_TIMEOUT)
async def test_a_damaged_or_missing_rtu_answer_is_no_value(
    line: Line, meters: Meters, reply: str
) -> None:
    await right(line, meters)
    meters.answers = [COSTS_THE_TIMEOUT[reply]]
    failure, message, took = await refused(line)
    assert failure is Failure.SILENCE
    assert ("noise or a bad CRC" in message) == (reply != "no answer")
    assert TIMEOUT <= took < TIMEOUT + SLACK
    await right(line, meters, OTHER.unit)
    await right(line, meters)


@pytest.mark.parametrize("reply", WITH_NOISE)
async def test_noise_around_an_rtu_frame_does_not_cost_it(
    patient: Line, meters: Meters, reply: str
) -> None:
    meters.answers = [WITH_NOISE[reply]]
    await right(patient, meters)
    await right(patient, meters, OTHER.unit)
    assert patient.silent_units() == []


@pytest.mark.parametrize(
    ("code", "kind"), [(2, Failure.EXCEPTION), (10, Failure.GATEWAY), (11, Failure.GATEWAY)]
)
async def test_an_rtu_exception_is_told(
    patient: Line, meters: Meters, code: int, kind: Failure
) -> None:
    meters.answers = [lambda asked: [rtu(asked, bytes((0x83, code)))]]
    assert (await refused(patient))[0] is kind


async def test_a_late_rtu_reply_is_not_taken_for_another_units(line: Line, meters: Meters) -> None:
    meters.gap_s = TIMEOUT + 0.05
    meters.answers = [lambda asked: [rtu(asked)]]
    assert (await refused(line))[0] is Failure.SILENCE
    meters.gap_s = 0.005
    for _ in range(10):
        await right(line, meters, OTHER.unit)
    await right(line, meters)


async def test_a_setting_that_the_port_cannot_do_is_told(tmp_path: Path) -> None:
    """A pseudo-terminal knows no parity."""
    async with SerialMeters(tmp_path) as meters:
        line = Line("usb-1", Serial(meters.device, parity=Parity.EVEN), TIMEOUT, lambda: 0.0)
        failure, message, _ = await refused(line)
        line.close()
    assert failure is Failure.CONNECTION
    assert message.startswith(f"gateway {meters.device} is not reachable: ")


async def test_frames_on_a_serial_line_are_3_5_characters_apart(tmp_path: Path) -> None:
    async with SerialMeters(tmp_path) as meters:
        line = Line("usb-1", Serial(meters.device, 1200, Parity.NONE), PATIENT, lambda: 0.0)
        begun = time.monotonic()
        for _ in range(11):
            await right(line, meters)
        assert time.monotonic() - begun >= 10 * 3.5 * 11 / 1200
        line.close()


async def test_an_adapter_that_is_pulled_out_fails_at_once_and_may_come_back(
    tmp_path: Path,
) -> None:
    async with SerialMeters(tmp_path) as meters:
        line = line_to(meters, PATIENT)
        await right(line, meters)
        meters.unplug()
        await asyncio.sleep(0.05)
        failure, message, took = await refused(line)
        assert failure is Failure.CONNECTION
        assert took < AT_ONCE
        assert "connection lost" in message or f"{meters.device} is not reachable" in message
        assert (await refused(line))[0] is Failure.CONNECTION
    async with SerialMeters(tmp_path) as meters:
        await right(line, meters)
        line.close()


@pytest.mark.parametrize(
    ("device", "reason"), [("no-such-port", "no such device"), ("a-file", "not a serial port")]
)
async def test_a_port_that_is_none_is_a_gateway_that_cannot_be_reached(
    tmp_path: Path, device: str, reason: str
) -> None:
    (tmp_path / "a-file").write_text("")
    line = Line("usb-1", Serial(str(tmp_path / device)), TIMEOUT, lambda: 0.0)
    failure, message, _ = await refused(line)
    assert failure is Failure.CONNECTION
    assert reason in message
    line.close()


async def test_a_panel_is_read_over_a_serial_port(tmp_path: Path) -> None:
    main = f"""\
site: {{id: dc1, time_zone: UTC}}
gateways:
  usb-1: {{serial: {tmp_path}/near, parity: none}}
panels:
  rpp-1a: {{gateway: usb-1}}
"""
    (tmp_path / "bcm.yaml").write_text(main)
    (tmp_path / "circuits.csv").write_text("panel,poles,description,rating\nrpp-1a,1,A,20\n")
    async with SerialMeters(tmp_path) as meters:
        command = ["read", "rpp-1a", "-c", str(tmp_path / "bcm.yaml"), "--format", "json"]
        with Process([*BCM_MQTT, *command], tmp_path / "log") as process:
            assert await asyncio.to_thread(process.wait, 30) == 0, process.said()
    assert len(meters.asked) == 8
    amps = json.loads(process.said())[0]["amps"]
    assert amps == pytest.approx(meters.asked[0].values[0] / 10)  # tenths of an ampere
