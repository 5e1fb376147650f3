"""A circuit: its versions, and what a change of it requests and does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.site.circuit_field import (
    CUSTOMER,
    FIELDS,
    POLES,
    POWER_FACTOR,
    CircuitField,
    Poles,
    Text,
    Value,
    text_of,
)
from bcm_mqtt.domain.site.panel import Connection, Panel, breaker_poles
from bcm_mqtt.domain.time import BEGINNING, instant_text

CircuitId = int | str
"""What identifies a circuit within its panel: its first pole, or the id of a formula (`f-name`)."""
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CircuitVersion:
    """One breaker's data from `valid_from` until its next version; the fields are `FIELDS`.

    Attributes:
        poles: Its pole positions, ascending; the first identifies it within the panel.
        description: What the panel schedule says, such as `Customer1-A-1`.
        rating_amps: Of the breaker, None where unknown.
        connection: How its load is connected.
        customer: Explicit customer id, or "" to take it from the description.
        power_factor: Or None for the panel's.
        power_factor_tolerance: How far the power factor may be off, as a share of it, be it its
            own, the panel's or a companion's; None where nobody stated that.
        valid_from: UTC.
        formula: Id of a formula circuit, which has no poles; "" of a breaker.
    """

    poles: tuple[int, ...]
    description: str = ""
    rating_amps: int | None = None
    connection: Connection = Connection.LINE_NEUTRAL
    customer: str = ""
    power_factor: Decimal | None = None
    power_factor_tolerance: Decimal | None = None
    valid_from: datetime = BEGINNING
    formula: str = ""

    @classmethod
    def of(cls, values: Mapping[CircuitField, Value], valid_from: datetime) -> "CircuitVersion":
        """The version of a value for each field."""
        attributes: dict[str, Any] = {field.attribute: value for field, value in values.items()}
        return cls(**attributes, valid_from=valid_from)

    def value(self, field: CircuitField) -> Value:
        """Its value of a field."""
        value: Value = getattr(self, field.attribute)
        return value

    def texts(self, zone: ZoneInfo) -> dict[str, str]:
        """The text of every field and of `valid_from`, which reads as this version again.

        Args:
            zone: The site's, in which a `valid_from` at midnight is a date.
        """
        texts = {field.name: text_of(self.value(field)) for field in FIELDS}
        return {**texts, "valid_from": instant_text(self.valid_from, zone)}

    def in_force(self, panel: Panel, customer: str) -> dict[CircuitField, Value]:
        """Its values with what holds where it states none.

        Args:
            panel: With the power factor of its circuits.
            customer: Whose it is, be it by the version or by its description.
        """
        values = {field: self.value(field) for field in FIELDS}
        return values | {CUSTOMER: customer, POWER_FACTOR: self.power_factor_on(panel)}

    @property
    def first_pole(self) -> int:
        """The pole that identifies the circuit within its panel."""
        return self.poles[0]

    @property
    def id(self) -> CircuitId:
        """What identifies the circuit within its panel, be it a breaker or a formula."""
        return self.formula or self.poles[0]

    @property
    def place(self) -> str:
        """Its poles as people write them, `1+3+5`, or the id of a formula."""
        return self.formula or text_of(self.poles)

    @property
    def connection_name(self) -> str:
        """How its load is connected; "" of a formula, which has no load of its own."""
        return "" if self.formula else self.connection.value

    @property
    def order(self) -> tuple[bool, int, str]:
        """Breakers by their first pole, then formulas by name."""
        return bool(self.formula), min(self.poles, default=0), self.formula

    @property
    def in_service(self) -> bool:
        """False for the version that records the breaker's removal."""
        return self.connection is not Connection.NONE

    def power_factor_on(self, panel: Panel) -> Decimal:
        """Its own power factor, or the panel's where it states none."""
        return panel.power_factor if self.power_factor is None else self.power_factor

    def states_power_factor(self, panel: Panel) -> bool:
        """Whether it or its panel states a power factor; else it is taken for 1."""
        return self.power_factor is not None or panel.states_power_factor


class Leave(Enum):
    """The type of `LEAVE`."""

    AS_IT_IS = "as it is"


LEAVE: Final = Leave.AS_IT_IS
"""A field that a change does not touch; None is a value of its own."""


@dataclass(frozen=True, slots=True)
class CircuitChange:
    """What is to be different about one circuit, from one instant on.

    Attributes:
        panel: Its id.
        first_pole: Which identifies the circuit within the panel.
        description: One line.
        customer: "" takes it from the description.
        rating_amps: None is unknown.
        connection: `none` records the breaker's removal; one of more or fewer poles than the
            circuit has takes or frees the poles below its first, where `poles` says no other.
        power_factor: None is the panel's.
        power_factor_tolerance: None is not stated.
        poles: With the same first pole; another number of poles brings its usual connection
            where none is given.
        valid_from: Aware; None is now.
    """

    panel: str
    first_pole: int
    description: str | Leave = LEAVE
    customer: str | Leave = LEAVE
    rating_amps: int | Leave | None = LEAVE
    connection: Connection | Leave = LEAVE
    power_factor: Decimal | Leave | None = LEAVE
    power_factor_tolerance: Decimal | Leave | None = LEAVE
    poles: tuple[int, ...] | Leave = LEAVE
    valid_from: datetime | None = None

    @classmethod
    def of(
        cls,
        panel: str,
        first_pole: int,
        values: Mapping[CircuitField, Value],
        valid_from: datetime | None,
    ) -> "CircuitChange":
        """The change that sets these values and leaves all other fields as they are."""
        attributes: dict[str, Any] = {field.attribute: value for field, value in values.items()}
        return cls(panel, first_pole, **attributes, valid_from=valid_from)

    @property
    def values(self) -> dict[CircuitField, Value]:
        """What it sets, in the order of `FIELDS`."""
        chosen = ((field, getattr(self, field.attribute)) for field in FIELDS)
        return {field: value for field, value in chosen if value is not LEAVE}

    def applied_to(self, version: CircuitVersion) -> CircuitVersion:
        """The version with this change; its `valid_from` stays."""
        poles = self.poles
        if poles is LEAVE:
            poles = self._poles_for_connection(version)
        values: dict[str, Any] = {
            field.attribute: str(value).strip() if isinstance(field.kind, Text) else value
            for field, value in self.values.items()
        }
        if len(poles) != len(version.poles):
            values = {"connection": Connection.usual(len(poles))} | values
        return replace(version, **values | {POLES.attribute: tuple(sorted(poles))})

    def _poles_for_connection(self, version: CircuitVersion) -> tuple[int, ...]:
        """Those it has, or those that a connection of more or fewer poles takes from its first."""
        connection = self.connection
        if connection is LEAVE or connection.pole_count in {0, len(version.poles)}:
            return version.poles
        return breaker_poles(self.first_pole, connection.pole_count)

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong with it by itself, by field; the rest depends on the directory."""
        for field, value in self.values.items():
            if problem := field.change_problem(value):
                yield field.name, problem
        if self.poles is not LEAVE and min(self.poles, default=None) != self.first_pole:
            yield POLES.name, f"expected poles of which {self.first_pole} is the first"
        if self.valid_from is not None and not _FIRST <= self.valid_from < _LAST:
            yield "valid_from", "expected a time from 1970 to 9998"


@dataclass(frozen=True, slots=True)
class CircuitEdit:
    """What a change did to the directory.

    Attributes:
        panel: Its id.
        before: The version that was in force when the change begins; None of a new circuit.
        after: As it is now. With the `valid_from` of `before`, that version was amended;
            otherwise this is a new version.
    """

    panel: str
    before: CircuitVersion | None
    after: CircuitVersion

    def differences(self, zone: ZoneInfo) -> "Iterator[Difference]":
        """Field by field, with `valid_from`; of a new circuit every field that is not empty."""
        before = self.before.texts(zone) if self.before else {}
        for name, after in self.after.texts(zone).items():
            if before.get(name, "") != after:
                poles = text_of(self.after.poles)
                yield Difference(self.panel, poles, name, before.get(name, ""), after)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a circuit that becomes another, in the texts of circuits.csv."""

    panel: str
    poles: str
    field: str
    before: str
    after: str


def poles_text(poles: Poles) -> str:
    """Poles as people write them: `1+3+5`."""
    return text_of(poles)
