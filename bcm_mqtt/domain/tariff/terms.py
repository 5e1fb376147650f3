"""The words of a charge: what people read that it costs."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol, TypeAlias

from bcm_mqtt.domain.money import in_full

Terms: TypeAlias = Iterator[tuple[str, str]]
"""What a charge is called and its price, for people."""


def exact(value: Decimal) -> str:
    """With its own decimals and thousands separators."""
    return f"{value:,f}"


def percent(share: Decimal) -> str:
    """A share as `80 %`."""
    return f"{(share * 100).normalize():f} %"


def price_of(value: Decimal, currency: str) -> str:
    """A price in full, with thousands separators."""
    return exact(in_full(value, currency))


def listed(name: str, lines: frozenset[str]) -> Terms:
    """On which lines a share is, where it names them."""
    if lines:
        yield f"{name}: on", ", ".join(sorted(lines))


class Charge(Protocol):
    """A component of a rate."""

    def terms(self, currency: str) -> Terms:
        """Its words."""
