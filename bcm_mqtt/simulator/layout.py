"""A believable panel: the breakers of a data centre, in an order, with their loads."""

import re
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bcm_mqtt.simulator.loads import IDLE, Cycling, Daytime, Load, Off, Overloading, Steady
from bcm_mqtt.simulator.panel import POLES, Connection, SimulatedCircuit, SimulatedPanel
from bcm_mqtt.simulator.waveform import between, circuit_key, mix

# Customers that rent more racks stand here more often.
_TENANTS: Final = ("Acme", "Acme", "Acme", "Globex", "Globex", "Initech", "Initech", "Umbrella")
_OVERLOADER: Final = "Hooli"
_RACK: Final = "{rack}"

_POLES_PER_SIDE: Final = POLES // 2
_SERVER: Final = Decimal("0.98")
_MOTOR: Final = Decimal("0.88")
_UNITY: Final = Decimal("1.0")


@dataclass(frozen=True, slots=True)
class _Breaker:
    """A circuit that has no place in the panel yet; `{rack}` in its name waits for the place."""

    name: str
    rating_amps: int
    load: Load
    connection: Connection = "1P"
    power_factor: Decimal = _UNITY

    @property
    def pole_count(self) -> int:
        """Number of poles it takes."""
        return int(self.connection[0])


def demo_panel(
    panel_id: str, seed: int, measured: Collection[int] = range(1, POLES + 1)
) -> SimulatedPanel:
    """Return a panel of about forty circuits on 48 poles; others for other ids and seeds.

    Every panel has servers of several customers, exactly one circuit that overloads now and then,
    an idle one, lights and an office, two-pole rack PDUs, two-pole and three-phase cooling, spare
    breakers (no description, hence no customer) and one or two poles without a breaker.

    Args:
        panel_id: Id of the panel; its number and letter, as in `rpp-2b`, name the racks.
        seed: Makes panels with equal ids differ.
        measured: Poles that its meters measure. The others have no breaker, and where that
            cuts one, servers are on what is left of it.
    """
    key = circuit_key(seed, panel_id, 0)

    def rack_pdu(number: int) -> _Breaker:
        load = Steady(between(8_000, 16_000, key, 10 + number), noise=15)
        return _Breaker(_tenant(key, 20 + number), 30, load, "2P", _SERVER)

    def cooler(number: int, rating_amps: int, connection: Connection, load: Load) -> _Breaker:
        return _Breaker(f"House-CRAC-{number}", rating_amps, load, connection, _MOTOR)

    def lights(number: int) -> _Breaker:
        load = Daytime(between(5_000, 9_000, key, 36 + number), night_milliamps=400)
        return _Breaker(f"House-Lights-{number}", 20, load)

    pump = Steady(between(12_000, 16_000, key, 30), daily=200, noise=10)
    compressor = Cycling(between(14_000, 18_000, key, 31), 1_200, between(720, 1_200, key, 32))
    split_cooler = Cycling(between(11_000, 14_000, key, 33), 600, between(540, 900, key, 34))
    small_compressor = Cycling(between(5_000, 8_000, key, 35), 300, between(420, 720, key, 36))
    office = Daytime(between(3_000, 7_000, key, 39), night_milliamps=700, noise=120)
    spare = _Breaker("", 20, Off())
    left = [
        _Breaker("House-Chiller-Pump-1", 30, pump, "3P", _MOTOR),
        rack_pdu(1),
        rack_pdu(2),
        lights(1),
        _Breaker(f"{_OVERLOADER}-{_RACK}", 20, Overloading(20), power_factor=_SERVER),
        _Breaker("House-Security-1", 20, IDLE),
        *[spare] * between(1, 2, key, 1),
    ]
    right = [
        cooler(1, 40, "3P", compressor),
        cooler(2, 30, "2P", split_cooler),
        rack_pdu(3),
        lights(2),
        cooler(3, 20, "1P", small_compressor),
        _Breaker("House-Office-1", 20, office, power_factor=_SERVER),
        *[spare] * between(1, 2, key, 2),
    ]
    placed = [
        *_place(left, 1, mix(key, 3), unused=between(0, 1, key, 4)),
        *_place(right, 2, mix(key, 5), unused=1),
    ]
    placed = sorted(_measured(placed, {*measured}, key), key=lambda circuit: circuit[0][0])
    return SimulatedPanel(panel_id, _with_racks_named(placed, panel_id, key), seed)


def _measured(
    placed: Sequence[tuple[tuple[int, ...], _Breaker]], measured: AbstractSet[int], key: int
) -> Iterator[tuple[tuple[int, ...], _Breaker]]:
    """The breakers of which all poles are measured, and servers on single poles of the others."""
    for poles, breaker in placed:
        left = measured & {*poles}
        if len(left) == len(poles):
            yield poles, breaker
        else:
            yield from (((pole,), _server(key, 100 + pole)) for pole in left)


def _place(
    breakers: Sequence[_Breaker], first_pole: int, key: int, unused: int
) -> list[tuple[tuple[int, ...], _Breaker]]:
    """Shuffle breakers into one side of a panel and fill it with servers.

    Args:
        breakers: The breakers that must be there.
        first_pole: 1 for the left side, 2 for the right.
        key: Decides the order and the servers.
        unused: Poles without a breaker, at the bottom.
    """
    servers = _POLES_PER_SIDE - unused - sum(breaker.pole_count for breaker in breakers)
    every = [*breakers, *(_server(key, number) for number in range(servers))]
    order = sorted(range(len(every)), key=lambda index: mix(key, 1000 + index))
    placed = []
    pole = first_pole
    for breaker in (every[index] for index in order):
        after = pole + 2 * breaker.pole_count
        placed.append((tuple(range(pole, after, 2)), breaker))
        pole = after
    return placed


def _with_racks_named(
    placed: Sequence[tuple[tuple[int, ...], _Breaker]], panel_id: str, key: int
) -> tuple[SimulatedCircuit, ...]:
    """Number the racks from the top of the panel; feed B of a rack is its PDU 2."""
    number = re.search(r"(\d+)([a-z]?)$", panel_id)
    row = int(number[1]) if number else between(1, 9, key, 6)
    feed = 2 if number and number[2] == "b" else 1
    circuits = []
    rack = 0
    for poles, breaker in placed:
        rack += _RACK in breaker.name
        circuits.append(
            SimulatedCircuit(
                poles=poles,
                description=breaker.name.replace(_RACK, f"R{row}{rack:02d}-PDU{feed}"),
                rating_amps=breaker.rating_amps,
                connection=breaker.connection,
                load=breaker.load,
                power_factor=breaker.power_factor,
            )
        )
    return tuple(circuits)


def _tenant(key: int, count: int) -> str:
    """Return the name of a circuit in a rented rack."""
    return f"{_TENANTS[mix(key, count) % len(_TENANTS)]}-{_RACK}"


def _server(key: int, number: int) -> _Breaker:
    load = Steady(
        base_milliamps=between(1_500, 10_500, key, 2000 + number),
        daily=between(20, 120, key, 3000 + number),
        jobs=between(0, 2, key, 4000 + number) * 60,
    )
    return _Breaker(_tenant(key, 5000 + number), 20, load, power_factor=_SERVER)
