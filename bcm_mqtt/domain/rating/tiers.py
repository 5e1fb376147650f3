"""Tiers: what of an amount falls into each, and where those of a month end."""

from collections.abc import Iterator
from decimal import Decimal

from bcm_mqtt.domain.tariff import Tier


def by_tier(
    amount: Decimal, tiers: tuple[Tier, ...], unit: str = "kWh"
) -> Iterator[tuple[str, Decimal, Decimal]]:
    """What falls into each tier: its label, amount and price; the first always, others if any."""
    below = Decimal(0)
    for number, tier in enumerate(tiers):
        top = amount if tier.up_to is None else min(amount, tier.up_to)
        if top > below or not number:
            yield _label(below, tier.up_to, unit), top - below, tier.price
        below = max(below, top)


def _label(below: Decimal, up_to: Decimal | None, unit: str) -> str:
    if up_to is None:
        return f"above {below:,} {unit}" if below else ""
    return f"{below:,} to {up_to:,} {unit}" if below else f"up to {up_to:,} {unit}"
