"""A simulated site: panels in redundant pairs, their directory, and the gateways they hang on."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bcm_mqtt.simulator.described_meter import DescribedMeter, DescribedPanel, MeterKind
from bcm_mqtt.simulator.layout import demo_panel
from bcm_mqtt.simulator.panel import UNITS_PER_PANEL, Registers, SimulatedPanel, panel_units
from bcm_mqtt.simulator.server import HIGHEST_UNIT_ID, SimulatedGateway

CIRCUIT_COLUMNS: Final = (
    "panel",
    "poles",
    "description",
    "customer",
    "rating",
    "connection",
    "power_factor",
    "valid_from",
)
"""The columns of circuits.csv, in their order."""

MOST_PANELS_PER_GATEWAY: Final = HIGHEST_UNIT_ID // UNITS_PER_PANEL


@dataclass(frozen=True, slots=True)
class PanelPlace:
    """Where a panel's meters answer.

    Attributes:
        panel: The panel.
        gateway_id: Id of the gateway in front of its line.
        first_unit_id: Unit id of its first meter; the others follow.
        described: Its meters, where they are no BG08.
    """

    panel: SimulatedPanel
    gateway_id: str
    first_unit_id: int
    described: DescribedPanel | None = None

    @property
    def profile(self) -> str:
        """Name of the profile that reads its meters."""
        return self.described.kind.name if self.described else "bg08"

    @property
    def last_unit_id(self) -> int:
        """Unit id of its last meter."""
        count = self.described.kind.unit_count if self.described else UNITS_PER_PANEL
        return self.first_unit_id + count - 1

    def units(self, clock: Callable[[], datetime]) -> Mapping[int, Registers | DescribedMeter]:
        """Its meters for a gateway, by unit id."""
        if self.described:
            return self.described.units(self.first_unit_id, clock)
        return panel_units(self.panel, self.first_unit_id, clock)


@dataclass(frozen=True, slots=True)
class SimulatedSite:
    """Panels `rpp-1a`, `rpp-1b`, `rpp-2a` and so on, some to a gateway `sim-1`, `sim-2` and so on.

    Attributes:
        panels: Number of panels.
        seed: Makes sites differ.
        panels_per_gateway: Panels on one line, 1 to 30.
        kinds: Of the panels' meters, one after the other and again; None, or no kind: BG08.
        places: The panels and where their meters answer.
    """

    panels: int
    seed: int
    panels_per_gateway: int = 4
    kinds: tuple[MeterKind | None, ...] = ()
    places: tuple[PanelPlace, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Build the panels."""
        if self.panels < 1:
            raise ValueError(f"a site has at least one panel, not {self.panels}")
        if not 1 <= self.panels_per_gateway <= MOST_PANELS_PER_GATEWAY:
            raise ValueError(
                f"a gateway has 1 to {MOST_PANELS_PER_GATEWAY} panels of {UNITS_PER_PANEL} meters, "
                f"not {self.panels_per_gateway}"
            )
        places = list[PanelPlace]()
        for index in range(self.panels):
            places.append(self._place(index, places[-1].last_unit_id if places else 0))
        object.__setattr__(self, "places", tuple(places))

    def circuit_rows(self, valid_from: datetime) -> list[dict[str, str]]:
        """Return the rows of circuits.csv, keyed by `CIRCUIT_COLUMNS`.

        The customer stays empty: it is the start of the description.

        Args:
            valid_from: Since when the circuits are as they are; it must be aware.
        """
        if valid_from.tzinfo is None:
            raise ValueError(f"valid_from must carry its time zone: {valid_from}")
        return [
            {
                "panel": place.panel.panel_id,
                "poles": "+".join(str(pole) for pole in circuit.poles),
                "description": circuit.description,
                "customer": "",
                "rating": str(circuit.rating_amps),
                "connection": circuit.connection,
                "power_factor": str(circuit.power_factor),
                "valid_from": valid_from.isoformat(),
            }
            for place in self.places
            for circuit in place.panel.circuits
        ]

    def gateways(
        self,
        clock: Callable[[], datetime],
        *,
        host: str = "127.0.0.1",
        first_port: int = 0,
        latency_ms: float = 0.0,
    ) -> dict[str, SimulatedGateway]:
        """Return the gateways by id; each serves while its context is entered.

        Args:
            clock: Gives the time now, aware; it decides what the meters read.
            host: Address to listen on.
            first_port: TCP port of the first gateway, the others follow; 0 takes free ones.
            latency_ms: Time that each request holds its line.
        """
        units: dict[str, dict[int, Registers | DescribedMeter]] = {}
        for place in self.places:
            of_gateway = units.setdefault(place.gateway_id, {})
            of_gateway |= place.units(clock)
        return {
            gateway_id: SimulatedGateway(
                of_gateway,
                host=host,
                port=first_port + number if first_port else 0,
                latency_ms=latency_ms,
            )
            for number, (gateway_id, of_gateway) in enumerate(units.items())
        }

    @asynccontextmanager
    async def serve(
        self,
        clock: Callable[[], datetime],
        *,
        host: str = "127.0.0.1",
        first_port: int = 0,
        latency_ms: float = 0.0,
    ) -> AsyncIterator[dict[str, SimulatedGateway]]:
        """Serve all gateways, with the arguments of `gateways`; gives them by id."""
        gateways = self.gateways(clock, host=host, first_port=first_port, latency_ms=latency_ms)
        async with AsyncExitStack() as stack:
            for gateway in gateways.values():
                await stack.enter_async_context(gateway)
            yield gateways

    def _place(self, index: int, last_unit_id: int) -> PanelPlace:
        """Return the panel of a number, counted from 0, and its place.

        Args:
            index: The number.
            last_unit_id: Of the panel before, whose line it may share.
        """
        line, position = divmod(index, self.panels_per_gateway)
        panel_id = f"rpp-{index // 2 + 1}{'ab'[index % 2]}"
        kind = self.kinds[index % len(self.kinds)] if self.kinds else None
        panel = demo_panel(panel_id, self.seed, *([kind.poles] if kind else []))
        return PanelPlace(
            panel=panel,
            gateway_id=f"sim-{line + 1}",
            first_unit_id=1 + (last_unit_id if position else 0),
            described=DescribedPanel(panel, kind) if kind else None,
        )
