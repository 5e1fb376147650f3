"""What becomes of replies that are short, too big or missing, and of an agent that restarts."""

import pytest

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.profiles.snmp import agent_profiles
from bcm_mqtt.snmp import AgentPlan, AgentReader, agent_plan
from bcm_mqtt.snmp.failures import AgentError, Failure
from bcm_mqtt.snmp.pdu import Kind
from unit.snmp.tabled_agent import NOW, UPTIME, TabledAgent, polled

APC = "1.3.6.1.4.1.318.1.1.26.9.4.3.1"
PX = "1.3.6.1.4.1.13742.6.5.4.3.1.4.1"
DIGITS = "1.3.6.1.4.1.13742.6.3.5.4.1.7.1"


def plan_of(key: str, outlets: int = 48, **more: object) -> AgentPlan:
    profile = agent_profiles()[key]
    table = profile.tables["outlets"]
    numbers = {number: number for number in range(1, outlets + 1)}
    return agent_plan("pdu", table, numbers, profile.parameters, table.quantities, **more)  # type: ignore[arg-type]


def apc(outlets: int = 48) -> dict[str, int]:
    return {
        f"{APC}.{column}.{number}": number * factor
        for column, factor in ((6, 1), (7, 10), (11, 100))
        for number in range(1, outlets + 1)
    }


async def test_neighbours_come_many_at_a_time() -> None:
    agent = TabledAgent(apc())
    poll = await polled(agent, plan_of("apc-rpdu2"))
    assert poll.snapshot.errors == {}
    assert poll.snapshot.current == tuple(100 * number for number in range(1, 49))
    assert poll.snapshot.power == tuple(10_000 * number for number in range(1, 49))
    assert poll.snapshot.energy == tuple(10_000 * number for number in range(1, 49))
    assert [request.kind for request in agent.asked] == [Kind.GET_BULK] * 4


@pytest.mark.parametrize(("most", "bulk"), [(1000, 20), (7, 5), (1, 1), (1000, 3)])
async def test_an_agent_that_gives_less_at_a_time_is_read_whole(most: int, bulk: int) -> None:
    agent, plan = TabledAgent(apc(), most, bulk), plan_of("apc-rpdu2")
    reader = AgentReader(agent, plan)
    for _ in range(2):
        agent.asked.clear()
        poll = await reader.read(lambda: NOW, 1, 15_000)
        whole = tuple(100 * number for number in range(1, 49))
        assert (poll.snapshot.current, poll.snapshot.errors) == (whole, {})
    assert all(len(request.expected) <= max(1, bulk) for request in agent.asked)


async def test_outlets_that_the_device_lacks_are_named_and_the_others_read() -> None:
    poll = await polled(TabledAgent(apc(24)), plan_of("apc-rpdu2"))
    assert poll.answered
    assert poll.snapshot.current[23] == 2400
    assert poll.snapshot.current[24:] == (None,) * 24
    assert poll.snapshot.errors == {
        0: "agent pdu.example:161 has no current or power or energy of outlets 25-48"
    }


async def test_a_number_below_zero_says_that_there_is_none() -> None:
    values = {f"{APC}.6.1": -1, f"{APC}.7.1": 5, f"{APC}.11.1": 0}
    poll = await polled(TabledAgent(values), plan_of("apc-rpdu2", 1))
    assert (poll.snapshot.current, poll.snapshot.power, poll.snapshot.energy) == (
        (None,),
        (5000,),
        (0,),
    )
    assert poll.snapshot.errors == {}


async def test_an_agent_that_is_silent_has_no_value_and_says_why() -> None:
    agent = TabledAgent(apc())
    agent.fails = AgentError(Failure.SILENCE, "no answer in 1 s")
    poll = await polled(agent, plan_of("apc-rpdu2"))
    assert not poll.answered
    assert poll.snapshot.current == (None,) * 48
    assert poll.snapshot.errors == {0: "no answer in 1 s"}
    assert len(agent.asked) == 1  # it costs one time-out


async def test_one_that_refuses_has_answered() -> None:
    agent = TabledAgent(apc())
    agent.fails = AgentError(Failure.REFUSED, "it knows no such user")
    assert (await polled(agent, plan_of("apc-rpdu2"))).answered


def raritan(current: int, digits: int) -> dict[str, int]:
    return {
        f"{PX}.1.1": current,
        f"{DIGITS}.1.1": digits,
        **{f"{PX}.1.{sensor}": 100 for sensor in (4, 5, 7, 8)},
        **{f"{DIGITS}.1.{sensor}": 0 for sensor in (4, 5, 7, 8)},
    }


async def test_decimal_digits_are_read_once_and_after_a_start_again() -> None:
    agent, plan = TabledAgent(raritan(1234, 3)), plan_of("raritan-px", 1)
    reader = AgentReader(agent, plan)
    first = await reader.read(lambda: NOW, 1, 15_000)
    assert first.snapshot.current == (1234,)
    agent.asked.clear()
    agent.values[UPTIME] = 2000
    await reader.read(lambda: NOW, 2, 15_000)
    assert len(agent.asked) == 1
    agent.values |= {**raritan(12, 1), UPTIME: 3}
    third = await reader.read(lambda: NOW, 3, 15_000)
    assert third.snapshot.current == (1200,)


async def test_the_uptime_that_begins_again_after_497_days_is_no_start() -> None:
    agent, plan = TabledAgent(raritan(1234, 3)), plan_of("raritan-px", 1)
    reader = AgentReader(agent, plan)
    agent.values[UPTIME] = 2**32 - 100
    await reader.read(lambda: NOW, 1, 15_000)
    agent.asked.clear()
    agent.values[UPTIME] = 50
    await reader.read(lambda: NOW, 2, 15_000)
    assert len(agent.asked) == 1


async def test_without_its_digits_a_value_is_missing() -> None:
    values = raritan(1234, 3)
    del values[f"{DIGITS}.1.1"]
    poll = await polled(TabledAgent(values), plan_of("raritan-px", 1))
    assert poll.snapshot.current == (None,)
    assert poll.snapshot.voltage == (100_000,)
    assert poll.snapshot.errors == {0: "agent pdu.example:161 has no current of outlets 1"}


async def test_one_source_of_several_has_its_poles_alone() -> None:
    profile = agent_profiles()["apc-rpdu2"]
    plan = agent_plan(
        *("rpp", profile.tables["outlets"], {49: 2, 53: 1}, {}, {Quantity.POWER}),
        source="pdu-a1",
        poles=(49, 53),
    )
    poll = await polled(TabledAgent(apc()), plan)
    assert (poll.snapshot.source, poll.snapshot.poles) == ("pdu-a1", (49, 53))
    assert poll.snapshot.current == ()
    assert poll.snapshot.power is not None
    assert poll.snapshot.power[48:] == (20_000, None, None, None, 10_000)
