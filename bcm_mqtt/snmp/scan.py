"""What an agent is: its profile by sysObjectID, else by what it has, and how much of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.profiles.snmp import AgentProfile, Column, Table
from bcm_mqtt.snmp import ber
from bcm_mqtt.snmp.agent import Agent
from bcm_mqtt.snmp.line import AgentLine
from bcm_mqtt.snmp.pdu import get
from bcm_mqtt.snmp.plan import gets

_DESCRIPTION: Final = ber.oid("1.3.6.1.2.1.1.1.0")
_OBJECT_ID: Final = ber.oid("1.3.6.1.2.1.1.2.0")
_LONGEST: Final = 200
_MOST: Final = 128
_TOGETHER: Final = 16
"""Names of one request: so many any agent takes."""


@dataclass(frozen=True, slots=True)
class FoundAgent:
    """An agent that answered.

    Attributes:
        agent: Where it is.
        description: sysDescr, on one line.
        object_id: sysObjectID.
        profile: That it looks like; None where it looks like none.
        is_identified: Whether sysObjectID says so, and not only what the agent has.
        table: What of it is measured, where it has a profile.
        count: Outlets, branches or phases of the table.
        quantities: Of the table, those that it has.
    """

    agent: Agent
    description: str
    object_id: str
    profile: AgentProfile | None = None
    is_identified: bool = False
    table: Table | None = None
    count: int = 0
    quantities: tuple[Quantity, ...] = ()


async def scanned_agent(line: AgentLine, profiles: Iterable[AgentProfile]) -> FoundAgent:
    """What answers at the other end of a line.

    Args:
        line: To the agent; used by no other task.
        profiles: To recognise.

    Raises:
        AgentError: nothing does.
    """
    said = await _values(line, [_DESCRIPTION, _OBJECT_ID])
    object_id = ber.oid_text(_bytes(said, _OBJECT_ID))
    text = _bytes(said, _DESCRIPTION)[:_LONGEST].decode("utf-8", "replace")
    description = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    ordered = sorted(profiles, key=lambda one: one.recognises(object_id), reverse=True)
    for profile in ordered:
        for table in profile.tables.values():
            if numbers := await _numbers(line, table, profile.parameters):
                quantities = await _quantities(line, table, numbers[0], profile.parameters)
                identified = bool(profile.recognises(object_id))
                count = numbers[-1]
                return FoundAgent(
                    *(line.agent, description, object_id, profile, identified),
                    *(table, count, quantities),
                )
    return FoundAgent(line.agent, description, object_id)


async def _numbers(line: AgentLine, table: Table, parameters: Mapping[str, int]) -> list[int]:
    """Of which the table has a first quantity, up to the first request in which it has none."""
    found = list[int]()
    column = table.columns[0]
    for first in range(1, _MOST + 1, _TOGETHER):
        numbers = range(first, first + _TOGETHER)
        names = {number: _name(column, number, parameters) for number in numbers}
        values = await _values(line, list(names.values()))
        here = [number for number, name in names.items() if values.get(name) is not None]
        if not here:
            break
        found += here
    return found


async def _quantities(
    line: AgentLine, table: Table, number: int, parameters: Mapping[str, int]
) -> tuple[Quantity, ...]:
    names = {one.quantity: _name(one, number, parameters) for one in table.columns}
    values = await _values(line, list(names.values()))
    return tuple(quantity for quantity, name in names.items() if values.get(name) is not None)


async def _values(line: AgentLine, names: Sequence[bytes]) -> dict[bytes, int | bytes | None]:
    """Those that the agent has; one by one where it takes no more."""
    reply = await line.read(get(names))
    if not reply.error:
        return reply.values
    found: dict[bytes, int | bytes | None] = {}
    for request in gets(names, 1):
        found |= (await line.read(request)).values
    return found


def _name(column: Column, number: int, parameters: Mapping[str, int]) -> bytes:
    return ber.oid(column.named(number, parameters))


def _bytes(values: Mapping[bytes, int | bytes | None], name: bytes) -> bytes:
    value = values.get(name)
    return value if isinstance(value, bytes) else b""
