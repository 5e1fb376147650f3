"""Reconciliation: what feeds a panel against the sum of the panel's circuits."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from bcm_mqtt.domain.usage.usage import Usage, total_kwh


@dataclass(frozen=True, slots=True)
class Feeder:
    """The measured circuit that feeds a panel, such as a breaker of the main switchboard.

    Attributes:
        panel: Panel id.
        pole: First pole.
    """

    panel: str
    pole: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The feeder of `PANEL:POLE`.

        Raises:
            ValueError: it is not so written.
        """
        if match := re.fullmatch(r"([a-z0-9_-]+):([1-9][0-9]{0,2})", text):
            return cls(match[1], int(match[2]))
        message = f"{text!r} is no circuit: expected PANEL:POLE such as msb-1:5"
        raise ValueError(message)

    def __str__(self) -> str:
        """`PANEL:POLE`."""
        return f"{self.panel}:{self.pole}"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A panel's energy by what feeds it and by its circuits.

    Attributes:
        panel: Panel id.
        feeder: What feeds it.
        fed_kwh: By the feeder.
        circuits_kwh: Of all circuits of the panel, unassigned ones as well.
    """

    panel: str
    feeder: Feeder
    fed_kwh: Decimal
    circuits_kwh: Decimal

    @property
    def difference(self) -> Decimal:
        """Energy that no circuit has measured: losses, or circuits without a transformer."""
        return self.fed_kwh - self.circuits_kwh


def without_feeders(usage: Iterable[Usage], feeders: Iterable[Feeder]) -> list[Usage]:
    """The rows that are no panel's feeder: its energy is that of the panel's circuits."""
    known = set(feeders)
    return [row for row in usage if _circuit(row) not in known]


def reconciled(usage: Iterable[Usage], feeders: Mapping[str, Feeder]) -> Iterator[Reconciliation]:
    """Each fed panel by its feeder and by its circuits.

    Args:
        usage: Rows of the whole site, feeders as well.
        feeders: By the panel that they feed.
    """
    rows = list(usage)
    for panel, feeder in sorted(feeders.items()):
        fed = [row for row in rows if _circuit(row) == feeder]
        # What a fed panel feeds on is among its circuits, and with it what that one feeds.
        circuits = [row for row in rows if row.panel == panel]
        if fed or circuits:
            yield Reconciliation(panel, feeder, total_kwh(fed), total_kwh(circuits))


def _circuit(row: Usage) -> Feeder:
    return Feeder(row.panel, row.circuit.first_pole)
