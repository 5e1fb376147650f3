"""Agents that answer with an error of the whole request: less is asked, and that is remembered."""

import pytest

from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.snmp import AgentReader
from bcm_mqtt.snmp.abilities import Abilities
from bcm_mqtt.snmp.failures import AgentError, Failure
from bcm_mqtt.snmp.pdu import Kind
from unit.snmp.tabled_agent import GENERAL, NOW, UPTIME, TabledAgent
from unit.snmp.test_polls import APC, apc, plan_of

WHOLE = tuple(100 * number for number in range(1, 49))
NO_SUCH_NAME = 2


async def read(reader: AgentReader, agent: TabledAgent) -> Poll:
    agent.asked.clear()
    return await reader.read(lambda: NOW, 1, 15_000)


async def test_values_are_named_where_getbulk_is_answered_with_a_general_error() -> None:
    """144 values: 4 GETBULK are refused once, then as many GET bring the same."""
    agent = TabledAgent(apc())
    agent.has_bulk = False
    reader = AgentReader(agent, plan_of("apc-rpdu2"))
    first = await read(reader, agent)
    assert (first.snapshot.current, first.snapshot.errors) == (WHOLE, {})
    assert [request.kind for request in agent.asked] == [Kind.GET_BULK, Kind.GET] * 4
    second = await read(reader, agent)
    assert (second.snapshot.current, second.snapshot.errors) == (WHOLE, {})
    assert [request.kind for request in agent.asked] == [Kind.GET] * 4


async def test_another_reader_of_the_agent_knows_it() -> None:
    agent = TabledAgent(apc())
    agent.has_bulk = False
    await read(AgentReader(agent, plan_of("apc-rpdu2")), agent)
    await read(AgentReader(agent, plan_of("apc-rpdu2", 24)), agent)
    assert {request.kind for request in agent.asked} == {Kind.GET}


@pytest.mark.parametrize("most", [1, 7, 20])
async def test_fewer_are_named_until_it_answers_and_from_then_on(most: int) -> None:
    agent = TabledAgent(apc())
    agent.has_bulk, agent.general_above = False, most
    reader = AgentReader(agent, plan_of("apc-rpdu2"))
    for _ in range(3):
        poll = await read(reader, agent)
        assert (poll.snapshot.current, poll.snapshot.errors) == (WHOLE, {})
    # The first one of a poll has sysUpTime beside its values.
    assert all(len(request.expected) <= most for request in agent.asked)
    assert len(agent.asked) <= 1 + 2 * (-(-145 // most))


@pytest.mark.parametrize("error", [GENERAL, NO_SUCH_NAME])
async def test_one_value_that_is_refused_costs_no_other_and_is_read_by_itself(error: int) -> None:
    agent = TabledAgent(apc())
    agent.has_bulk, agent.refuses = False, {f"{APC}.7.5": error}
    reader = AgentReader(agent, plan_of("apc-rpdu2"))
    first = await read(reader, agent)
    assert first.answered
    assert first.snapshot.power is not None
    assert first.snapshot.power[3:6] == (40_000, None, 60_000)
    assert first.snapshot.current == WHOLE
    reason = "a general error" if error == GENERAL else "it has no such name"
    said = f"agent pdu.example:161 has no power of outlets 5: it answers with {reason}"
    assert first.snapshot.errors == {0: said}
    second = await read(reader, agent)
    assert second.snapshot == first.snapshot
    assert len(agent.asked) == 5  # four of many, and that one
    agent.refuses = {}
    third = await read(reader, agent)
    assert (third.snapshot.power or ())[4] == 50_000
    assert third.snapshot.errors == {}


async def test_an_agent_that_refuses_all_is_asked_no_hundred_times() -> None:
    agent = TabledAgent(apc())
    agent.has_bulk, agent.general_above = False, 0
    reader = AgentReader(agent, plan_of("apc-rpdu2"))
    for _ in range(2):
        poll = await read(reader, agent)
        assert poll.answered
        assert poll.snapshot.current == (None,) * 48
        assert poll.snapshot.errors == {0: "agent pdu.example:161 answers with a general error"}
        assert len(agent.asked) < 16
    assert agent.abilities == Abilities()  # a passing trouble teaches nothing


async def test_what_was_learned_is_tried_again_after_a_start() -> None:
    agent = TabledAgent(apc())
    agent.has_bulk = False
    reader = AgentReader(agent, plan_of("apc-rpdu2"))
    await read(reader, agent)
    agent.has_bulk, agent.values[UPTIME] = True, 3
    await read(reader, agent)
    await read(reader, agent)
    assert [request.kind for request in agent.asked] == [Kind.GET_BULK] * 4


async def test_and_after_many_polls() -> None:
    agent = TabledAgent(apc(3))
    agent.has_bulk = False
    reader = AgentReader(agent, plan_of("apc-rpdu2", 3))
    await read(reader, agent)
    agent.has_bulk = True
    for _ in range(2_000):
        poll = await read(reader, agent)
    assert [request.kind for request in agent.asked] == [Kind.GET_BULK]
    assert poll.snapshot.current == (100, 200, 300)


async def test_an_agent_that_falls_silent_meanwhile_has_what_came_before() -> None:
    agent = TabledAgent(apc())
    agent.has_bulk, agent.refuses = False, {f"{APC}.6.1": GENERAL}
    reader = AgentReader(agent, plan_of("apc-rpdu2"))
    await read(reader, agent)
    known = agent.abilities.alone
    agent.fails = AgentError(Failure.SILENCE, "no answer in 1 s")
    assert not (await read(reader, agent)).answered
    assert agent.abilities.alone == known
