"""Recordings of rack PDUs, served by snmpsim: each profile over the wire, and recognised."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.profiles.snmp import agent_profiles
from bcm_mqtt.snmp import Agent, AgentLine, AgentReader, Auth, Privacy, User, agent_plan
from bcm_mqtt.snmp.scan import scanned_agent
from peers import snmpsim
from unit.snmp.tabled_agent import NOW
from unit.snmp.test_profiles_read import WALKS

if TYPE_CHECKING:
    from pathlib import Path

OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYSTEM: dict[str, tuple[str, int | str]] = {"1.3.6.1.2.1.1.3.0": ("ticks", 4711)}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[snmpsim.Snmpsim]:
    """All devices in one: their numbers are of different makers."""
    values: dict[str, tuple[str, int | str]] = dict(SYSTEM)
    for walk, _ in WALKS.values():
        values |= {oid: ("gauge", value) for oid, value in walk.items()}
    values[OBJECT_ID] = "object", f"{agent_profiles()['sentry4'].recognised_by[0]}.2"
    folder: Path = tmp_path_factory.mktemp("snmpsim")
    with snmpsim.Snmpsim(folder, values) as agents:
        yield agents


def line_to(agents: snmpsim.Snmpsim, credentials: str | User) -> AgentLine:
    return AgentLine("pdu", Agent(agents.host, agents.port, credentials), 10.0, lambda: 0.5)


async def test_each_profile_reads_its_recording_as_community_and_as_user(
    recorded: snmpsim.Snmpsim,
) -> None:
    user = User(
        *(snmpsim.USER, Auth.SHA256, snmpsim.AUTH_PASSWORD),
        *(Privacy.AES, snmpsim.PRIVACY_PASSWORD, snmpsim.COMMUNITY),
    )
    for credentials in (snmpsim.COMMUNITY, user):
        with closing(line_to(recorded, credentials)) as line:
            for (key, name), (_, meant) in WALKS.items():
                profile = agent_profiles()[key]
                table = profile.tables[name]
                plan = agent_plan("pdu", table, {1: 2}, profile.parameters, table.quantities)
                poll = await AgentReader(line, plan).read(lambda: NOW, 1, 15_000)
                assert poll.snapshot.errors == {}, (key, name)
                read = {
                    quantity.value: of[0]
                    for quantity in Quantity
                    if (of := poll.snapshot.values(quantity))
                }
                assert read == meant, (key, name)


async def test_a_device_is_taken_for_what_its_object_id_says(recorded: snmpsim.Snmpsim) -> None:
    with closing(line_to(recorded, snmpsim.COMMUNITY)) as line:
        found = await scanned_agent(line, agent_profiles().values())
    assert found.profile is not None
    assert (found.profile.id, found.is_identified, found.count) == ("sentry4", True, 2)
