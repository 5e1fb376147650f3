"""A scan that runs while somebody looks on: what it has found so far, and what is silent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus import Link, ReadError, line_random
from bcm_mqtt.modbus.scan import ScannedUnit
from bcm_mqtt.profiles import Profile
from bcm_mqtt.profiles.snmp import agent_profiles
from bcm_mqtt.setup.agents import FoundOutlets, ScannedAgent
from bcm_mqtt.setup.fragment import FoundPanel, ScannedGateway, found_panels
from bcm_mqtt.setup.scanning import scanned_place
from bcm_mqtt.snmp import Agent, AgentLine
from bcm_mqtt.snmp.failures import AgentError
from bcm_mqtt.snmp.scan import FoundAgent, scanned_agent

_TIMEOUT_MS: Final = 300
_AGENT_TIMEOUT_S: Final = 2.0


@dataclass(slots=True)
class Place:
    """A gateway or a serial port.

    Attributes:
        id: Of the gateway in the configuration.
        links: To try.
        of: How many unit ids get requests, on all links together.
        done: How many of them did.
        link: The one on which units answered, else the first.
        units: That answered.
        problem: Why nothing answers, or "".
    """

    id: str
    links: Sequence[Link]
    of: int
    done: int = 0
    link: Link = field(init=False)
    units: list[ScannedUnit] = field(default_factory=list)
    problem: str = ""

    def __post_init__(self) -> None:
        """Nothing has answered yet."""
        self.link = self.links[0]

    def advanced(self, done: int, link: Link, unit: ScannedUnit | None) -> None:
        """A unit id is done, and may have answered."""
        self.done = done
        if unit:
            self.link = link
            self.units.append(unit)

    @property
    def scanned(self) -> ScannedGateway:
        """It, as a configuration needs it."""
        return ScannedGateway(self.id, self.link, _TIMEOUT_MS, tuple(self.units))


@dataclass(slots=True)
class AgentPlace:
    """An agent of SNMP.

    Attributes:
        id: Of the gateway in the configuration.
        agent: Where it is, and by what it lets us read.
        is_done: Whether it has answered, or will not.
        found: What it is, if it answered.
        problem: Why it does not, or "".
    """

    id: str
    agent: Agent
    is_done: bool = False
    found: FoundAgent | None = None
    problem: str = ""

    @property
    def scanned(self) -> ScannedAgent | None:
        """It, as a configuration needs it; None where it did not answer."""
        return ScannedAgent(self.id, self.found) if self.found else None


class SiteScan:
    """One scan at a time; what is known of its places stays until the next."""

    def __init__(self) -> None:
        """No place yet."""
        self.places: tuple[Place, ...] = ()
        self.agents: tuple[AgentPlace, ...] = ()
        self._running: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether unit ids still get requests."""
        return self._running is not None and not self._running.done()

    def start(
        self,
        places: Sequence[Sequence[Link]],
        profiles: Sequence[Profile],
        units: range,
        agents: Sequence[Agent] = (),
    ) -> None:
        """Scans all places at once, in the background.

        Raises:
            InputError: another scan is running.
        """
        if self.is_running:
            raise InputError.of("a scan is running: wait for its end, or stop it")
        self.places = tuple(
            Place(f"gateway-{number}", links, len(links) * len(units))
            for number, links in enumerate(places, 1)
        )
        self.agents = tuple(AgentPlace(f"pdu-{at}", agent) for at, agent in enumerate(agents, 1))
        self._running = asyncio.create_task(self._scan(profiles, units))

    async def stop(self) -> None:
        """Ends it; what has answered until then stays."""
        if self._running:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    def panels(self) -> list[FoundPanel]:
        """That the units make, and meters that are no full set."""
        return found_panels(place.scanned for place in self.places)

    def outlets(self) -> list[FoundOutlets]:
        """Of the agents that were recognised."""
        scanned = [place.scanned for place in self.agents]
        found = [one.outlets for one in scanned if one]
        return [one for one in found if one]

    async def _scan(self, profiles: Sequence[Profile], units: range) -> None:
        async with asyncio.TaskGroup() as group:
            for place in self.places:
                group.create_task(_scan_place(place, profiles, units))
            for agent in self.agents:
                group.create_task(_scan_agent(agent))


async def _scan_agent(place: AgentPlace) -> None:
    line = AgentLine("scan", place.agent, _AGENT_TIMEOUT_S, line_random())
    try:
        place.found = await scanned_agent(line, agent_profiles().values())
    except AgentError as error:
        place.problem = str(error)
    else:
        if place.found.profile is None:
            place.problem = "no profile fits: docs/how-to/snmp.md has how to write one"
    finally:
        line.close()
        place.is_done = True


async def _scan_place(place: Place, profiles: Sequence[Profile], units: range) -> None:
    scan = partial(scanned_place, place.links, _TIMEOUT_MS / 1000, profiles, units)
    try:
        await scan(place.advanced)
    except ReadError as error:
        place.problem = str(error)
    else:
        if not place.units:
            place.problem = f"no unit id of {units[0]}-{units[-1]} answers on {place.link}"
    place.done = place.of
