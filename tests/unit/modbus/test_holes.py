"""Registers that a meter refuses cost their own poles only, and little time."""

import logging
from dataclasses import dataclass, field
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.modbus import (
    Failure,
    Holes,
    Line,
    Poll,
    ReadError,
    ReadRequest,
    poll_panel,
    read_plan,
)
from bcm_mqtt.modbus.plan import PanelPlan
from bcm_mqtt.profiles import shipped_profiles, with_parameters
from unit.builders import UNHURRIED, SetClock
from unit.modbus.one_by_one import OneByOne
from unit.modbus.scripted_gateway import LoopTime

FIRST = 100


def plan_of(poles: int, kind: str = "uint16", **more: object) -> PanelPlan:
    parameters = {"first_register": FIRST, "poles": poles, "type": kind, **more}
    profile = with_parameters(shipped_profiles()["generic"], parameters)
    return read_plan("p", profile, [7], poles)


@dataclass
class Meter(OneByOne):
    """Gives as value of a register its number, unless it refuses one of those asked for.

    Attributes:
        refused: Registers that it does not have.
        borders: Registers that cannot be read in one request with the one before.
        silent: Registers that cost the answer.
    """

    refused: set[int] = field(default_factory=set)
    borders: set[int] = field(default_factory=set)
    silent: set[int] = field(default_factory=set)
    asked: list[tuple[int, int]] = field(default_factory=list)

    async def read(self, request: ReadRequest) -> list[int]:
        self.asked.append((request.address, request.count))
        registers = range(request.address, request.address + request.count)
        if self.silent & set(registers):
            raise ReadError(Failure.SILENCE, "no answer in time")
        if self.refused & set(registers) or self.borders & set(registers[1:]):
            raise ReadError.exception(2)
        return list(registers)


async def polled(meter: Meter, plan: PanelPlan, holes: Holes | None = None) -> Poll:
    meter.asked.clear()
    return await poll_panel(cast("Line", meter), plan, SetClock(), 1, 1000, holes)


def missing(poll: Poll) -> set[int]:
    return {pole for pole, value in enumerate(poll.snapshot.current, 1) if value is None}


SETS = st.sets(st.integers(FIRST, FIRST + 59), max_size=12)


@UNHURRIED
@given(poles=st.integers(1, 60), refused=SETS, borders=SETS)
async def test_exactly_the_poles_of_the_holes_are_missing(
    poles: int, refused: set[int], borders: set[int]
) -> None:
    meter, plan, holes = Meter(refused, borders), plan_of(poles), Holes("p")
    gone = {register - FIRST + 1 for register in refused} & set(range(1, poles + 1))
    first = await polled(meter, plan, holes)
    again = await polled(meter, plan, holes)
    assert missing(first) == missing(again) == gone
    assert first.snapshot.current == again.snapshot.current
    assert first.answered
    assert first.snapshot.errors.keys() == again.snapshot.errors.keys() == ({7} if gone else set())
    # The second poll asks for each run between holes and borders, and for nothing else.
    runs, before = 0, None
    for register in range(FIRST, FIRST + poles):
        if register in refused:
            continue
        if before != register - 1 or register in borders:
            runs += 1
        before = register
    assert len(meter.asked) == (runs or 1)


@UNHURRIED
@given(poles=st.integers(2, 20), refused=SETS)
async def test_a_number_of_two_registers_is_never_cut(poles: int, refused: set[int]) -> None:
    meter, plan, holes = Meter(refused), plan_of(poles, "uint32"), Holes("p")
    gone = {(register - FIRST) // 2 + 1 for register in refused} & set(range(1, poles + 1))
    for _ in range(2):
        assert missing(await polled(meter, plan, holes)) == gone
        assert all((at - FIRST) % 2 == count % 2 == 0 for at, count in meter.asked)


async def test_one_hole_in_twelve_registers_is_learned_with_few_requests_and_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    meter, plan, holes = Meter({105}), plan_of(12), Holes("rpp-1")
    poll = await polled(meter, plan, holes)
    assert missing(poll) == {6}
    assert poll.snapshot.errors == {7: "exception 2 (illegal data address) at 105"}
    assert len(meter.asked) <= 9
    for _ in range(3):
        assert missing(await polled(meter, plan, holes)) == {6}
        assert meter.asked == [(100, 5), (106, 6)]
    assert caplog.messages == [
        "panel rpp-1: unit id 7: exception 2 (illegal data address) at 105; it is read in 2 parts"
    ]


async def test_a_meter_that_was_mended_is_read_whole_again_and_a_broken_one_ever_more_rarely(
    loop_time: LoopTime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    meter, plan, holes = Meter({105}), plan_of(12), Holes("p")
    whole = list[float]()
    for _ in range(4 * 3600):
        await polled(meter, plan, holes)
        whole += [loop_time.now - 1000] * ((100, 12) in meter.asked)
        loop_time.now += 1
    assert whole == [0, 60, 180, 420, 900, 1860, 3780, 7380, 10980]
    meter.refused.clear()
    for _ in range(3601):
        poll = await polled(meter, plan, holes)
        loop_time.now += 1
    assert (missing(poll), poll.snapshot.errors, meter.asked) == (set(), {}, [(100, 12)])
    assert caplog.messages[1:] == ["panel p: unit id 7: addresses 100-111 are read whole again"]
    meter.refused = {103}
    await polled(meter, plan, holes)
    assert missing(await polled(meter, plan, holes)) == {4}
    loop_time.now += 61  # and the pause begins small again
    await polled(meter, plan, holes)
    assert meter.asked[0] == (100, 12)


async def test_another_hole_is_found_within_a_minute(loop_time: LoopTime) -> None:
    meter, plan, holes = Meter({105}), plan_of(12), Holes("p")
    for _ in range(3000):  # by now the whole is tried every hour
        await polled(meter, plan, holes)
        loop_time.now += 1
    meter.refused.add(102)
    assert missing(await polled(meter, plan, holes)) == {1, 2, 3, 4, 5, 6}
    loop_time.now += 60
    assert missing(await polled(meter, plan, holes)) == {3, 6}


async def test_a_meter_that_refuses_everything_is_asked_once_a_poll_and_split_now_and_then(
    loop_time: LoopTime,
) -> None:
    meter, plan, holes = Meter(set(range(60_000))), plan_of(12), Holes("p")
    first = await polled(meter, plan, holes)
    assert (missing(first), first.answered) == (set(range(1, 13)), True)
    assert first.snapshot.errors == {7: "exception 2 (illegal data address)"}
    assert len(meter.asked) <= 2 * 12
    for _ in range(59):
        loop_time.now += 1
        await polled(meter, plan, holes)
        assert meter.asked == [(100, 12)]
    meter.refused.clear()
    assert missing(await polled(meter, plan, holes)) == set()


async def test_a_part_that_gets_no_answer_while_it_is_learned_costs_no_more_than_before(
    loop_time: LoopTime,
) -> None:
    meter, plan, holes = Meter({105}, silent={109}), plan_of(12), Holes("p")
    meter.silent.clear()

    class Later(Meter):
        async def read(self, request: ReadRequest) -> list[int]:
            if len(self.asked) > 3:
                self.silent = {100, 109}
            return await super().read(request)

    later = Later({105})
    assert missing(await polled(later, plan, holes)) == set(range(1, 13))
    later.silent.clear()
    for _ in range(59):
        loop_time.now += 1
        await polled(later, plan, holes)
        assert later.asked == [(100, 12)]  # refused, and not split again at once
    loop_time.now += 1
    assert missing(await polled(meter, plan, holes)) == {6}


async def test_a_silent_part_costs_its_own_poles() -> None:
    meter, plan, holes = Meter({105}), plan_of(12), Holes("p")
    await polled(meter, plan, holes)
    meter.silent = {103}
    poll = await polled(meter, plan, holes)
    assert missing(poll) == {1, 2, 3, 4, 5, 6}
    assert poll.snapshot.errors == {7: "no answer in time"}
    meter.silent = {103, 108}
    poll = await polled(meter, plan, holes)
    assert (missing(poll), poll.answered) == (set(range(1, 13)), False)


@pytest.mark.parametrize("code", [1, 3, 4, 6])
async def test_other_exceptions_split_nothing(code: int) -> None:
    class Refusing(Meter):
        async def read(self, request: ReadRequest) -> list[int]:
            await super().read(request)
            raise ReadError.exception(code)

    meter = Refusing()
    await polled(meter, plan_of(12), Holes("p"))
    assert meter.asked == [(100, 12)]


async def test_a_hole_in_a_gap_costs_no_pole() -> None:
    meter, plan, holes = Meter({101}), plan_of(4, step=2, max_gap=1), Holes("p")
    for _ in range(2):
        poll = await polled(meter, plan, holes)
        assert (missing(poll), poll.snapshot.errors) == (set(), {})


async def test_a_pause_that_a_device_needs_precedes_each_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept = list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("bcm_mqtt.modbus.line.asyncio.sleep", sleep)
    meter, holes = Meter({105}), Holes("p")
    await polled(meter, plan_of(12, min_delay="50ms"), holes)
    assert slept == [0.05] * len(meter.asked)
