"""What a device answers, and what it is worth."""

from dataclasses import dataclass, field

Values = dict[int, int | None]


@dataclass(frozen=True)
class Answers:
    """What a device answers, and what it means.

    Attributes:
        requests: Unit, function code, wire address and count of each.
        registers: Words from a wire address on, by unit.
        current: mA by pole; the others are named as the quantities are, too.
    """

    requests: list[tuple[int, int, int, int]]
    registers: dict[int, dict[int, list[int]]]
    current: Values
    power: Values = field(default_factory=dict)
    voltage: Values = field(default_factory=dict)
    energy: Values = field(default_factory=dict)
    power_factor: Values = field(default_factory=dict)
    reactive_power: Values = field(default_factory=dict)
    apparent_power: Values = field(default_factory=dict)
    frequency: Values = field(default_factory=dict)
