"""What there is a device for: a panel, its circuits, and the formula circuits listed with it."""

from collections.abc import Sequence
from typing import NamedTuple

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.formula.formula import FormulaVersion
from bcm_mqtt.domain.site.panel import Panel

FormulaMember = tuple[Panel, CircuitVersion]
"""A circuit that a formula adds or takes away, with its panel."""


class PanelDevices(NamedTuple):
    """A panel with what is reached through it.

    Attributes:
        panel: The panel.
        circuits: Its circuits.
        formulas: The formula circuits that are listed with it, each with its members.
    """

    panel: Panel
    circuits: Sequence[CircuitVersion]
    formulas: Sequence[tuple[FormulaVersion, Sequence[FormulaMember]]] = ()
