"""Groups of a customer's circuits, each with a tariff of its own.

A circuit is in the first group that has it, so that nothing is priced twice; what is in no group
goes by the customer's own tariff, so that nothing is left out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.site.circuit import CircuitId, CircuitVersion

REST = ""
"""The name of what is in no group."""


@dataclass(frozen=True, slots=True)
class TariffGroup:
    """Circuits that are rated together: those of panels or a pattern, and those it names.

    Attributes:
        name: Before the lines and determinants of the group.
        tariff: Tariff id.
        panels: Ids; where there is a pattern as well, a circuit must be of both.
        pattern: Regular expression, searched in descriptions; "" is none.
        circuits: Others, each a panel and a pole or a formula's id, such as `rpp-1a:3`.
        committed_kw: Power that is committed to the group, or None for its tariff's.
    """

    name: str
    tariff: str
    panels: tuple[str, ...] = ()
    pattern: str = ""
    circuits: tuple[str, ...] = ()
    committed_kw: Decimal | None = None

    def has(self, panel: str, circuit: CircuitVersion) -> bool:
        """Whether a circuit is of the group."""
        names: list[CircuitId] = [*circuit.poles, circuit.id]
        if any(f"{panel}:{one}" in self.circuits for one in names):
            return True
        if not self.panels and not self.pattern:
            return False
        on_panel = not self.panels or panel in self.panels
        return on_panel and re.search(self.pattern, circuit.description) is not None


def group_of(groups: Iterable[TariffGroup], panel: str, circuit: CircuitVersion) -> str:
    """The name of the first group that has a circuit, or REST."""
    return next((one.name for one in groups if one.has(panel, circuit)), REST)
