"""What a profile says."""

from dataclasses import dataclass
from enum import StrEnum


class Addressing(StrEnum):
    """What a register number in the device's manual means on the wire."""

    WIRE = "wire"
    """Register 501 is address 501."""
    ONE_BASED = "one-based"
    """Register 501 is address 500."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One input of one meter: where a pole's current is read.

    Attributes:
        pole: Pole position on the panel.
        meter: Meter number as the manual prints it.
        channel: Its channel as the manual prints it.
        device_id: Number of the meter among the panel's, from 1; the panel's unit ids
            are listed in this order.
        register: Register number as the manual prints it.
    """

    pole: int
    meter: int
    channel: int
    device_id: int
    register: int


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One pole as `profiles show` prints it; `address` is its register on the wire."""

    pole: int
    meter: int
    channel: int
    device_id: int
    unit_offset: int
    register: int
    address: int
    function_code: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A device type's register map.

    Attributes:
        id: As in the configuration.
        title: Of the device.
        source: Where the map was taken from.
        function_code: 3 reads holding, 4 input registers.
        addressing: How register numbers become addresses.
        milliamps_per_count: Of the current registers (uint16).
        channels: By pole.
    """

    id: str
    title: str
    source: str
    function_code: int
    addressing: Addressing
    milliamps_per_count: int
    channels: tuple[Channel, ...]

    @property
    def pole_count(self) -> int:
        """The highest pole that is measured."""
        return max(channel.pole for channel in self.channels)

    @property
    def unit_count(self) -> int:
        """Meters per panel, each with a unit id of its own."""
        return max(channel.device_id for channel in self.channels)

    def rows(self) -> list[ProfileRow]:
        """Every pole with what a poll will ask for."""
        base = 1 if self.addressing is Addressing.ONE_BASED else 0
        return [
            ProfileRow(
                pole=channel.pole,
                meter=channel.meter,
                channel=channel.channel,
                device_id=channel.device_id,
                unit_offset=channel.device_id - 1,
                register=channel.register,
                address=channel.register - base,
                function_code=self.function_code,
            )
            for channel in self.channels
        ]
