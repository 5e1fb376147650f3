"""An edit of one circuit: what is asked for, and what it did."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Final, TypeVar

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.connection import Connection
from bcm_mqtt.domain.site.panel import breaker_poles

LONGEST_TEXT = 200
"""Characters of a description or a customer id."""
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_Value = TypeVar("_Value")


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
        description: At most 200 characters on one line.
        customer: Likewise; "" takes it from the description.
        rating_amps: None is unknown.
        connection: `none` records the breaker's removal; one of more or fewer poles than the
            circuit has takes or frees the poles below its first, where `poles` says no other.
        power_factor: None is the panel's.
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
    poles: tuple[int, ...] | Leave = LEAVE
    valid_from: datetime | None = None

    def applied_to(self, version: CircuitVersion) -> CircuitVersion:
        """The version with this change; its `valid_from` stays."""
        poles = tuple(sorted(_chosen(self.poles, self._poles_for_connection(version))))
        usual = version.connection
        if len(poles) != len(version.poles):
            usual = Connection.usual(len(poles))
        return replace(
            version,
            poles=poles,
            description=_chosen(self.description, version.description).strip(),
            customer=_chosen(self.customer, version.customer).strip(),
            rating_amps=_chosen(self.rating_amps, version.rating_amps),
            connection=_chosen(self.connection, usual),
            power_factor=_chosen(self.power_factor, version.power_factor),
        )

    def _poles_for_connection(self, version: CircuitVersion) -> tuple[int, ...]:
        """Those it has, or those that a connection of more or fewer poles takes from its first."""
        connection = self.connection
        if connection is LEAVE or connection.pole_count in {0, len(version.poles)}:
            return version.poles
        return breaker_poles(self.first_pole, connection.pole_count)

    def problems(self) -> Iterator[tuple[str, str]]:
        """What no row can say, by column; the rest is for the reader of the rows to judge."""
        for column, text in (("description", self.description), ("customer", self.customer)):
            if text is LEAVE:
                continue
            if len(text) > LONGEST_TEXT:
                yield column, f"{len(text)} characters: expected at most {LONGEST_TEXT}"
            if any(unicodedata.category(mark) in {"Cc", "Cs", "Zl", "Zp"} for mark in text):
                yield column, f"expected one line without control characters, not {text!r}"
        if self.poles is not LEAVE and min(self.poles, default=None) != self.first_pole:
            yield "poles", f"expected poles of which {self.first_pole} is the first"
        if self.valid_from is not None and not _FIRST <= self.valid_from < _LAST:
            yield "valid_from", "expected a time from 1970 to 9998"


@dataclass(frozen=True, slots=True)
class CircuitEdit:
    """What a change did to the file.

    Attributes:
        panel: Its id.
        before: The version that was in force when the change begins; None of a new circuit.
        after: As it is now. With the `valid_from` of `before`, that row was amended;
            otherwise this is a new row.
    """

    panel: str
    before: CircuitVersion | None
    after: CircuitVersion


def _chosen(asked: _Value | Leave, was: _Value) -> _Value:
    return was if isinstance(asked, Leave) else asked
