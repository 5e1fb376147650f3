"""What a profile says."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import Decimal

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.register_step import RegisterScale
from bcm_mqtt.located import Document
from bcm_mqtt.profiles.addressing import (
    Addressing,
    modicon_number,
    own_code,
    wire_address,
)
from bcm_mqtt.profiles.energy_register import register_scale
from bcm_mqtt.profiles.measure import Measure


@dataclass(frozen=True, slots=True)
class Identification:
    """Where a device says what it is, and what it says.

    Attributes:
        register: First register, as the manual prints it.
        length: Registers that hold it.
        values: Numbers that it may be, high word first; empty where it is a text.
        pattern: Regular expression that the text begins with; "" where it is a number.
        function_code: 3 or 4 where it differs from the profile's.
    """

    register: int
    length: int = 1
    values: tuple[int, ...] = ()
    pattern: str = ""
    function_code: int | None = None

    def matches(self, registers: Sequence[int]) -> bool:
        """Whether the registers are those of such a device."""
        if self.pattern:
            return any(re.match(self.pattern, text) for text in _texts(registers))
        return _number(registers) in self.values

    def said(self, registers: Sequence[int]) -> str:
        """What the registers say, for a message."""
        return repr(_texts(registers)[0]) if self.pattern else str(_number(registers))

    def expected(self) -> str:
        """What they should say, for a message."""
        if self.pattern:
            return f"a text like {self.pattern}"
        return f"one of {', '.join(map(str, self.values))}"


def _number(registers: Sequence[int]) -> int:
    number = 0
    for register in registers:
        number = number << 16 | register
    return number


def _texts(registers: Sequence[int]) -> tuple[str, str]:
    """The text with the first character in the high byte and, as some makers have it, the low.

    Bytes of 0 are left out: they fill up the end, or every other byte where a register
    holds one character.
    """
    pairs = [divmod(register, 256) for register in registers]
    high_first = bytes(byte for high, low in pairs for byte in (high, low) if byte)
    low_first = bytes(byte for high, low in pairs for byte in (low, high) if byte)
    return _readable(high_first), _readable(low_first)


def _readable(text: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in text).strip()


MAX_REGISTERS = 125
"""Per request: Modbus Application Protocol V1.1b3, section 6.3."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One input of one meter: where a pole is read.

    Attributes:
        pole: Pole position on the panel.
        meter: Meter number as the manual prints it.
        channel: Its channel as the manual prints it.
        device_id: Number of the meter among the panel's, from 1; the panel's unit ids
            are listed in this order.
        register: Register number of the profile's first quantity (current, where it has
            that), as the manual prints it.
        others: Register numbers of its further quantities.
    """

    pole: int
    meter: int
    channel: int
    device_id: int
    register: int
    others: tuple[tuple[Quantity, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One pole as `profiles show` prints it.

    `register` is as the profile has it, `address` the same on the wire, and `modicon` as
    manuals write it that begin with the table's digit.
    """

    pole: int
    meter: int
    channel: int
    device_id: int
    unit_offset: int
    register: int
    address: int
    function_code: int
    modicon: int


@dataclass(frozen=True, slots=True)
class QuantityRow(ProfileRow):
    """One quantity of one pole, for profiles that have more than current."""

    quantity: Quantity
    type: str
    word_order: str
    scale: str
    scaled_by: str
    """Key and register number of what scales it further, or empty."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A device type's register map.

    Attributes:
        id: As in the configuration.
        title: Of the device.
        source: Where the map was taken from.
        checked: Another source that the map was checked against, and what that has; or "".
        uncertain: What no source says, or in which they differ; or "".
        function_code: 3 reads holding, 4 input registers.
        addressing: How register numbers become addresses.
        measures: How each quantity is given, in the order of `Quantity`.
        channels: By pole.
        max_gap: Registers of no interest that one request may read over.
        skip: Numbers, from and to, of registers that no request reads over.
        max_registers: Most that the device gives in one request.
        min_delay: The line is left alone for so long before each request.
        identification: Where the device says what it is, or None.
        parameters: What a panel may set in its configuration.
        sunspec: The models of SunSpec whose block has these registers, counted from its
            first; empty where the map is none of SunSpec's.
        start: Address that all registers are counted from.
        document: What it was read from, for setting parameters.
        shift: What a panel adds to every address.
    """

    id: str
    title: str
    source: str
    function_code: int
    addressing: Addressing
    measures: tuple[Measure, ...]
    channels: tuple[Channel, ...]
    max_gap: int = 0
    skip: tuple[tuple[int, int], ...] = ()
    max_registers: int = MAX_REGISTERS
    min_delay: timedelta = timedelta(0)
    identification: Identification | None = None
    parameters: tuple[str, ...] = ()
    sunspec: tuple[int, ...] = ()
    start: int = 0
    document: Document | None = field(default=None, compare=False, repr=False)
    shift: int = 0
    checked: str = ""
    uncertain: str = ""

    @property
    def pole_count(self) -> int:
        """The highest pole that is measured."""
        return max(channel.pole for channel in self.channels)

    @property
    def unit_count(self) -> int:
        """Meters per panel, each with a unit id of its own."""
        return max(channel.device_id for channel in self.channels)

    def measure(self, quantity: Quantity) -> Measure:
        """How a quantity is given, which it must be."""
        return next(measure for measure in self.measures if measure.quantity is quantity)

    def step(self, quantity: Quantity) -> Decimal | None:
        """What one count of a quantity is, in its unit; None where it is not always the same."""
        for measure in self.measures:
            if measure.quantity is quantity:
                varies = measure.factor or measure.type.significand_bits
                return None if varies else measure.scale
        return None

    def register(self, channel: Channel, measure: Measure) -> int | None:
        """Register number of a quantity of a channel, or None where it has none."""
        if measure.quantity is self.measures[0].quantity:
            return channel.register
        return dict(channel.others).get(measure.quantity)

    def register_scale(self, pole: int) -> RegisterScale | None:
        """How the energy register of a pole counts, or None where it has none."""
        energy = next((one for one in self.measures if one.quantity is Quantity.ENERGY), None)
        channel = next((one for one in self.channels if one.pole == pole), None)
        if energy is None or channel is None or self.register(channel, energy) is None:
            return None
        return register_scale(energy)

    def address(self, register: int) -> int:
        """A register number as it goes over the wire."""
        return wire_address(register, self.addressing) + self.start + self.shift

    def code(self, register: int, stated: int | None = None) -> int:
        """The function code that reads a register.

        Args:
            register: Its number, which may state it (`modicon`).
            stated: Where the quantity has its own.
        """
        return own_code(register, self.addressing) or stated or self.function_code

    def rows(self) -> list[ProfileRow]:
        """Every pole with what a poll will request, of the first quantity."""
        return [self._row(at, at.register, self.measures[0]) for at in self.channels]

    def quantity_rows(self) -> list[QuantityRow]:
        """Every quantity of every pole."""
        return [
            QuantityRow(
                **asdict(self._row(at, register, measure)),
                quantity=measure.quantity,
                type=measure.type.value,
                word_order=measure.word_order.value,
                scale=f"{measure.scale:f}",
                scaled_by=f"{factor.kind} {factor.register(at.channel)}"
                if (factor := measure.factor)
                else "",
            )
            for at in self.channels
            for measure in self.measures
            if (register := self.register(at, measure)) is not None
        ]

    def _row(self, at: Channel, register: int, measure: Measure) -> ProfileRow:
        address, code = self.address(register), self.code(register, measure.function_code)
        return ProfileRow(
            pole=at.pole,
            meter=at.meter,
            channel=at.channel,
            device_id=at.device_id,
            unit_offset=at.device_id - 1,
            register=register,
            address=address,
            function_code=code,
            modicon=modicon_number(address, code),
        )
