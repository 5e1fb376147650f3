"""Panel geometry: poles, sides and phases of a panelboard."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.site.service import Service, System


@dataclass(frozen=True, slots=True)
class Panel:
    """A panelboard, RPP or PDU panel.

    Attributes:
        id: `[a-z0-9_-]+`, as in topics.
        name: What people call it.
        service: Its nominal voltages.
        pole_count: Pole positions, 1 to `pole_count`; odd left, even right.
        main_rating: Amps of the main breaker, None where unknown.
        power_factor: Of circuits that state none, 0 < pf <= 1.
        feed: `A` or `B` of a redundant pair, or "".
        redundant_with: Id of the other panel of the pair, or "".
        unmonitored: Poles without a current transformer.
    """

    id: str
    name: str
    service: Service
    pole_count: int
    main_rating: int | None = None
    power_factor: Decimal = Decimal(1)
    feed: str = ""
    redundant_with: str = ""
    unmonitored: frozenset[int] = frozenset()

    @property
    def phase_letters(self) -> str:
        """The phases of its service: `ABC`, or `AB` of split phase."""
        return "AB" if self.service.system is System.SPLIT else "ABC"

    def phase(self, pole: int) -> str:
        """Phase letter of a pole: rows go A, B, C down the panel (split phase: A, B)."""
        letters = self.phase_letters
        return letters[((pole - 1) // 2) % len(letters)]

    def monitored(self, poles: tuple[int, ...]) -> tuple[int, ...]:
        """Those of the poles that have a current transformer."""
        return tuple(pole for pole in poles if pole not in self.unmonitored)


def breaker_poles(first: int, count: int) -> tuple[int, ...]:
    """Poles of a breaker: n, n+2, n+4, down one side of the panel."""
    return tuple(range(first, first + 2 * count, 2))
