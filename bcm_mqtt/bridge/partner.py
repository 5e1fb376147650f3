"""The other bridge of a pair, as the one that polls needs it."""

from typing import Protocol

from bcm_mqtt.domain.reading.polled.permission import Permission


class Partner(Permission, Protocol):
    """Goes on where this bridge ends."""

    def goes_on(self) -> bool:
        """Whether it polls when this bridge ends, so that the site's bridge is not `offline`."""

    async def copied(self) -> None:
        """Returns when it has what is on this bridge's disk now, or is away."""


async def to_nobody() -> None:
    """What a bridge that is alone does to have its files copied."""
