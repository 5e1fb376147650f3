"""Each profile that comes with the package reads what its MIB has, and writes nothing.

The walks are worked by hand from the MIBs that the profiles name: counts as an agent gives them,
and what they mean.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.profiles.snmp import agent_profiles
from bcm_mqtt.snmp import AgentPlan, agent_plan
from bcm_mqtt.snmp.pdu import Kind
from unit.snmp.tabled_agent import TabledAgent, polled

RARITAN = "1.3.6.1.4.1.13742.6"
EATON = "1.3.6.1.4.1.534.6.6.7"
SENTRY = "1.3.6.1.4.1.1718.4.1"
VERTIV = "1.3.6.1.4.1.21239.5.2.3"
APC = "1.3.6.1.4.1.318.1.1.26"
# By profile and table: what an agent has of number 2, and what is read of it in thousandths
# (an energy in Wh).
WALKS: dict[tuple[str, str], tuple[dict[str, int], dict[str, int]]] = {
    ("apc-rpdu2", "outlets"): (
        {
            f"{APC}.9.4.3.1.6.2": 37,  # tenths of A
            f"{APC}.9.4.3.1.7.2": 812,  # W
            f"{APC}.9.4.3.1.11.2": 12345,  # tenths of kWh
        },
        {"current": 3700, "power": 812_000, "energy": 1_234_500},
    ),
    ("apc-rpdu2", "branches"): ({f"{APC}.8.3.1.5.2": 91}, {"current": 9100}),
    ("apc-rpdu2", "phases"): (
        {f"{APC}.6.3.1.5.2": 123, f"{APC}.6.3.1.6.2": 207, f"{APC}.6.3.1.7.2": 254},
        {"current": 12_300, "voltage": 207_000, "power": 2_540_000},  # hundredths of kW
    ),
    ("sentry4", "outlets"): (
        {
            f"{SENTRY}.8.3.1.3.1.1.2": 152,  # hundredths of A
            f"{SENTRY}.8.3.1.6.1.1.2": 2081,  # tenths of V
            f"{SENTRY}.8.3.1.7.1.1.2": 300,
            f"{SENTRY}.8.3.1.9.1.1.2": 316,
            f"{SENTRY}.8.3.1.10.1.1.2": 95,  # hundredths
            f"{SENTRY}.8.3.1.14.1.1.2": 987_654,  # Wh
        },
        {
            "current": 1520,
            "voltage": 208_100,
            "power": 300_000,
            "apparent_power": 316_000,
            "power_factor": 950,
            "energy": 987_654,
        },
    ),
    ("sentry4", "branches"): ({f"{SENTRY}.7.3.1.3.1.1.2": 845}, {"current": 8450}),
    ("sentry4", "phases"): (
        {
            f"{SENTRY}.5.3.1.3.1.1.2": 1199,
            f"{SENTRY}.5.3.1.6.1.1.2": 1012,
            f"{SENTRY}.5.3.1.8.1.1.2": 1190,
            f"{SENTRY}.5.3.1.9.1.1.2": 1213,
            f"{SENTRY}.5.3.1.10.1.1.2": 98,
            f"{SENTRY}.5.3.1.13.1.1.2": 54_321,  # tenths of kWh
        },
        {
            "current": 10_120,
            "voltage": 119_900,
            "power": 1_190_000,
            "apparent_power": 1_213_000,
            "power_factor": 980,
            "energy": 5_432_100,
        },
    ),
    ("eaton-epdu", "outlets"): (
        {
            f"{EATON}.6.4.1.3.0.2": 1234,  # mA
            f"{EATON}.6.3.1.2.0.2": 230_400,  # mV
            f"{EATON}.6.5.1.3.0.2": 271,
            f"{EATON}.6.5.1.4.0.2": 4_000_000_000,  # Wh, beyond an Integer32
            f"{EATON}.6.5.1.6.0.2": 958,
        },
        {
            "current": 1234,
            "voltage": 230_400,
            "power": 271_000,
            "energy": 4_000_000_000,
            "power_factor": 958,
        },
    ),
    ("eaton-epdu", "branches"): (
        {
            f"{EATON}.5.4.1.3.0.2": 7001,
            f"{EATON}.5.3.1.3.0.2": 229_900,
            f"{EATON}.5.5.1.3.0.2": 1500,
            f"{EATON}.5.5.1.4.0.2": 77,
            f"{EATON}.5.5.1.6.0.2": 930,
        },
        {
            "current": 7001,
            "voltage": 229_900,
            "power": 1_500_000,
            "energy": 77,
            "power_factor": 930,
        },
    ),
    ("eaton-epdu", "phases"): (
        {
            f"{EATON}.3.3.1.4.0.1.2": 15_500,
            f"{EATON}.3.2.1.3.0.1.2": 231_000,
            f"{EATON}.3.4.1.4.0.1.2": 3400,
            f"{EATON}.3.4.1.5.0.1.2": 5_555_555,
        },
        {"current": 15_500, "voltage": 231_000, "power": 3_400_000, "energy": 5_555_555},
    ),
    ("vertiv-v5", "outlets"): (
        {
            f"{VERTIV}.6.1.4.2": 2075,  # tenths of V
            f"{VERTIV}.6.1.8.2": 246,  # hundredths of A
            f"{VERTIV}.6.1.12.2": 480,
            f"{VERTIV}.6.1.14.2": 94,  # per cent
            f"{VERTIV}.6.1.15.2": 9_998_999,  # Wh
        },
        {
            "voltage": 207_500,
            "current": 2460,
            "power": 480_000,
            "power_factor": 940,
            "energy": 9_998_999,
        },
    ),
    ("vertiv-v5", "branches"): (
        {f"{VERTIV}.3.1.4.2": 1001, f"{VERTIV}.3.1.12.2": 2000, f"{VERTIV}.3.1.15.2": 3000},
        {"current": 10_010, "power": 2_000_000, "energy": 3000},
    ),
    ("vertiv-v5", "phases"): (
        {
            f"{VERTIV}.2.1.4.2": 1200,
            f"{VERTIV}.2.1.8.2": 1617,
            f"{VERTIV}.2.1.12.2": 1900,
            f"{VERTIV}.2.1.14.2": 98,
            f"{VERTIV}.2.1.15.2": 1,
        },
        {
            "voltage": 120_000,
            "current": 16_170,
            "power": 1_900_000,
            "power_factor": 980,
            "energy": 1,
        },
    ),
    ("raritan-px", "outlets"): (
        {
            f"{RARITAN}.5.4.3.1.4.1.2.1": 1234,
            f"{RARITAN}.3.5.4.1.7.1.2.1": 3,  # a PX3's decimal digits
            f"{RARITAN}.5.4.3.1.4.1.2.4": 2312,
            f"{RARITAN}.3.5.4.1.7.1.2.4": 1,
            f"{RARITAN}.5.4.3.1.4.1.2.5": 285,
            f"{RARITAN}.3.5.4.1.7.1.2.5": 0,
            f"{RARITAN}.5.4.3.1.4.1.2.7": 98,
            f"{RARITAN}.3.5.4.1.7.1.2.7": 2,
            f"{RARITAN}.5.4.3.1.4.1.2.8": 3_456_789,
            f"{RARITAN}.3.5.4.1.7.1.2.8": 0,
        },
        {
            "current": 1234,
            "voltage": 231_200,
            "power": 285_000,
            "power_factor": 980,
            "energy": 3_456_789,
        },
    ),
    ("raritan-px", "branches"): (
        {f"{RARITAN}.5.3.3.1.4.1.2.1": 155, f"{RARITAN}.3.4.4.1.7.1.2.1": 1},
        {"current": 15_500},
    ),
    ("raritan-px", "phases"): (
        {
            f"{RARITAN}.5.2.4.1.4.1.1.2.1": 12_345,
            f"{RARITAN}.3.3.6.1.7.1.1.2.1": 3,
            f"{RARITAN}.5.2.4.1.4.1.1.2.5": 2800,
            f"{RARITAN}.3.3.6.1.7.1.1.2.5": 0,
            f"{RARITAN}.5.2.4.1.4.1.1.2.8": 123_456,
            f"{RARITAN}.3.3.6.1.7.1.1.2.8": 0,
        },
        {"current": 12_345, "power": 2_800_000, "energy": 123_456},
    ),
}


def tables() -> Iterator[tuple[str, str]]:
    for key, profile in agent_profiles().items():
        for table in profile.tables:
            yield key, table


def whole_plan(key: str, table: str, numbers: int) -> AgentPlan:
    profile = agent_profiles()[key]
    found = profile.tables[table]
    by_pole = {number: number for number in range(1, numbers + 1)}
    return agent_plan("pdu", found, by_pole, profile.parameters, found.quantities)


def test_every_table_of_every_profile_has_a_walk() -> None:
    assert set(WALKS) == set(tables())


@pytest.mark.parametrize("key", [*WALKS], ids="-".join)
async def test_a_walk_is_read_as_its_mib_has_it(key: tuple[str, str]) -> None:
    values, meant = WALKS[key]
    table = agent_profiles()[key[0]].tables[key[1]]
    plan = agent_plan("pdu", table, {7: 2}, agent_profiles()[key[0]].parameters, table.quantities)
    poll = await polled(TabledAgent(values), plan)
    assert poll.answered
    assert poll.snapshot.errors == {}
    read: dict[str, Any] = {
        quantity.value: of[6] for quantity in Quantity if (of := poll.snapshot.values(quantity))
    }
    assert read == meant
    assert {quantity.value for quantity in table.quantities} == set(meant)


@pytest.mark.parametrize("key", [*tables()], ids="-".join)
async def test_nothing_that_is_sent_writes_and_every_reply_fits_a_packet(
    key: tuple[str, str],
) -> None:
    plan = whole_plan(*key, 48)
    agent = TabledAgent({})
    await polled(agent, plan)
    sent = [*agent.asked, *plan.requests(1), *plan.requests(plan.limit)]
    assert {request.pdu(0x40000000)[0] for request in sent} <= {Kind.GET, Kind.GET_BULK}
    longest = max(len(value.name) for value in plan.values)
    for request in plan.requests(plan.limit):
        assert 220 + request.values * (longest + 12) <= 1450
    expected = [name for request in plan.requests(plan.limit) for name in request.expected]
    assert sorted(expected) == sorted(value.name for value in plan.values)


@pytest.mark.parametrize("key", [*agent_profiles()])
def test_a_profile_names_its_sources_and_is_found_by_its_object_id(key: str) -> None:
    profile = agent_profiles()[key]
    assert "MIB" in profile.source
    assert profile.checked
    for prefix in profile.recognised_by:
        by_id = {one.id: one.recognises(f"{prefix}.1.2") for one in agent_profiles().values()}
        assert max(by_id, key=lambda one: by_id[one]) == key
        assert sum(map(bool, by_id.values())) == 1
        assert not profile.recognises(f"{prefix}9")
