"""What a profile says of a device that speaks SNMP."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.register_step import RegisterScale
from bcm_mqtt.profiles.energy_register import register_scale
from bcm_mqtt.profiles.measure import Measure

NUMBER = "n"
"""Stands in an object identifier for the number of an outlet, branch or phase."""


@dataclass(frozen=True, slots=True)
class Column:
    """Where one quantity of a table is.

    Attributes:
        measure: How it is given. A negative number says that there is none.
        oid: Object identifier with `{n}` and the profile's parameters.
        digits: Of the object that says how many decimal digits it has, which is read once after
            each start of the agent; "" where it has as many as `measure` says.
    """

    measure: Measure
    oid: str
    digits: str = ""

    @property
    def quantity(self) -> Quantity:
        """What it is."""
        return self.measure.quantity

    def named(self, number: int, parameters: Mapping[str, int]) -> str:
        """The object identifier of a number."""
        return self.oid.format(**parameters, **{NUMBER: number})

    def digits_named(self, number: int, parameters: Mapping[str, int]) -> str:
        """The object identifier of its decimal digits; "" where they are fixed."""
        return self.digits.format(**parameters, **{NUMBER: number})

    @property
    def is_dense(self) -> bool:
        """Whether the next number's value is the next object, so that many come at once."""
        return self.oid.endswith(f".{{{NUMBER}}}")


@dataclass(frozen=True, slots=True)
class Table:
    """What a device has several of: outlets, branches or phases.

    Attributes:
        name: Which of them.
        columns: By quantity, in the order of `Quantity`.
    """

    name: str
    columns: tuple[Column, ...]

    @property
    def quantities(self) -> frozenset[Quantity]:
        """That it has."""
        return frozenset(column.quantity for column in self.columns)

    @property
    def named(self) -> list[str]:
        """Their names, in the order of quantities."""
        return [column.quantity.value for column in self.columns]

    @property
    def register_scale(self) -> RegisterScale | None:
        """How its energy registers count, or None where it has none."""
        energy = [one.measure for one in self.columns if one.quantity is Quantity.ENERGY]
        return register_scale(energy[0]) if energy else None


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """A device type.

    Attributes:
        id: As in the configuration.
        title: Of the device.
        source: Where its objects were taken from.
        checked: Another source that they were checked against; or "".
        uncertain: What no source says, or in which they differ; or "".
        recognised_by: What its sysObjectID begins with.
        parameters: That stand in its object identifiers, with their defaults.
        tables: By name, the usual one first.
    """

    id: str
    title: str
    source: str
    recognised_by: tuple[str, ...]
    tables: Mapping[str, Table]
    parameters: Mapping[str, int]
    checked: str = ""
    uncertain: str = ""

    def rows(self) -> Iterator[dict[str, str | int | float | None]]:
        """Each quantity of each table: its object, and what 1 is."""
        for table in self.tables.values():
            for column in table.columns:
                yield {
                    "table": table.name,
                    "quantity": column.quantity.value,
                    "oid": column.oid,
                    "scale": f"{column.measure.scale.normalize():f} {column.quantity.unit}",
                    "digits": column.digits,
                }

    def recognises(self, object_id: str) -> int:
        """How much of an agent's sysObjectID says that it is such a device; 0 is nothing."""
        fitting = (
            len(prefix)
            for prefix in self.recognised_by
            if object_id == prefix or object_id.startswith(f"{prefix}.")
        )
        return max(fitting, default=0)
