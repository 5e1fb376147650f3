"""Whether a bridge may poll: of two that could, one does."""

from typing import Protocol


class Permission(Protocol):
    """Whether requests may be sent: of two bridges that could, one does."""

    def granted(self) -> bool:
        """Whether one may be sent now."""

    async def obtained(self) -> None:
        """Waits until one may be sent; raises what ends the polling."""
