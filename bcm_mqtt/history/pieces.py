"""Circuits of a history: on which panel, with which versions, for how long."""

from collections.abc import Callable
from dataclasses import dataclass

from bcm_mqtt.domain.site.circuit import CircuitId, CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan
from bcm_mqtt.domain.site.panel import Panel

Owner = Callable[[CircuitVersion], str]
"""The customer of a circuit, "" of an unallocated one."""


class NotThereError(Exception):
    """No such circuit, customer or source; the text says which there are."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A circuit on its panel, with its versions and their times; `pole` is a formula's id."""

    panel: Panel
    pole: CircuitId
    spans: tuple[CircuitSpan, ...]


def no_circuit(panel: str, pole: CircuitId) -> str:
    """What is said of a circuit that is not there, or that whoever asks may not see."""
    if isinstance(pole, str):
        return f"panel {panel} has no formula circuit {pole}"
    return f"panel {panel} has no circuit whose first pole is {pole}"
