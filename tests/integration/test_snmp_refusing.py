"""A small agent on a real socket that answers GETBULK, and more names than a few, with errors."""

from collections.abc import Mapping

import pytest

from bcm_mqtt.profiles.snmp import agent_profiles
from bcm_mqtt.snmp import AgentReader, agent_plan, ber
from bcm_mqtt.snmp.pdu import TOO_BIG, Kind
from integration.test_snmp_line import lined
from unit.snmp.tabled_agent import GENERAL, NOW, UPTIME
from unit.snmp.test_polls import apc

_GAUGE, _NO_SUCH_INSTANCE = 0x42, 0x81


def answered(data: bytes, values: Mapping[bytes, int], most: int, error: int) -> bytes:
    """The response to a request of SNMPv2c."""
    _, at, _ = ber.opened(data, 0)
    _, at = ber.number(data, at)
    community, at = ber.taken(data, at, ber.OCTETS)
    kind, at, _ = ber.opened(data, at)
    number, at = ber.number(data, at)
    for _ in range(2):
        _, at = ber.number(data, at)
    _, at, end = ber.opened(data, at, ber.SEQUENCE)
    names = list(ber.variables(data, at, end)[0])
    status = GENERAL if kind == Kind.GET_BULK else error if len(names) > most else 0
    pairs = b"".join(ber.encoded(ber.SEQUENCE, pair(name, values, status)) for name in names)
    content = ber.integer(number) + ber.integer(status) + ber.integer(0)
    pdu = ber.encoded(0xA2, content + ber.encoded(ber.SEQUENCE, pairs))
    head = ber.integer(1) + ber.encoded(ber.OCTETS, community)
    return ber.encoded(ber.SEQUENCE, head + pdu)


def pair(name: bytes, values: Mapping[bytes, int], status: int) -> bytes:
    named = ber.encoded(ber.OID, name)
    if status:
        return named + ber.encoded(ber.NULL, b"")
    if name not in values:
        return named + ber.encoded(_NO_SUCH_INSTANCE, b"")
    return named + ber.encoded(_GAUGE, values[name].to_bytes(4, "big"))


@pytest.mark.parametrize("error", [GENERAL, TOO_BIG])
async def test_it_is_read_whole_and_from_the_second_poll_on_without_an_error(error: int) -> None:
    """48 outlets of three values by 10 names at most: 15 requests where 4 GETBULK would do."""
    values = {ber.oid(name): value for name, value in {UPTIME: 500, **apc()}.items()}
    table = agent_profiles()["apc-rpdu2"].tables["outlets"]
    numbers = {number: number for number in range(1, 49)}
    plan = agent_plan("pdu", table, numbers, {}, table.quantities)
    async with lined(lambda _, data: [answered(data, values, 10, error)], 5.0) as (line, agent):
        reader = AgentReader(line, plan)
        for _ in range(2):
            agent.heard.clear()
            snapshot = (await reader.read(lambda: NOW, 1, 15_000)).snapshot
            assert snapshot.errors == {}
            assert snapshot.current == tuple(100 * number for number in range(1, 49))
            assert snapshot.energy == tuple(10_000 * number for number in range(1, 49))
        most = line.abilities.limit(plan.limit)
        assert 5 <= most <= 10
        assert len(agent.heard) <= -(-144 // most) + 2
