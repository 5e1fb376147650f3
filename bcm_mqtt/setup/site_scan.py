"""A scan that runs while somebody looks on: what it has found so far, and what is silent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus import Link, ReadError
from bcm_mqtt.modbus.scan import ScannedUnit
from bcm_mqtt.profiles import Profile
from bcm_mqtt.setup.fragment import FoundPanel, ScannedGateway, found_panels
from bcm_mqtt.setup.scanning import scanned_place

_TIMEOUT_MS: Final = 300


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


class SiteScan:
    """One scan at a time; what is known of its places stays until the next."""

    def __init__(self) -> None:
        """No place yet."""
        self.places: tuple[Place, ...] = ()
        self._running: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether unit ids still get requests."""
        return self._running is not None and not self._running.done()

    def start(
        self, places: Sequence[Sequence[Link]], profiles: Sequence[Profile], units: range
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
        self._running = asyncio.create_task(self._scan(self.places, profiles, units))

    async def stop(self) -> None:
        """Ends it; what has answered until then stays."""
        if self._running:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    def panels(self) -> list[FoundPanel]:
        """That the units make, and meters that are no full set."""
        return found_panels(place.scanned for place in self.places)

    async def _scan(
        self, places: Sequence[Place], profiles: Sequence[Profile], units: range
    ) -> None:
        async with asyncio.TaskGroup() as group:
            for place in places:
                group.create_task(_scan_place(place, profiles, units))


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
