"""The fields of a circuit: one table, from which files, topics, forms, commands and SQL derive.

A field that is added here, as an attribute of `CircuitVersion` and of `CircuitChange`, and as
an SQL column by a migration, is a column of circuits.csv, a key of the directory, of requests
and of the API, an option of `circuits assign`, a column of `circuits list` and a line of the
page's form.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from bcm_mqtt.domain.number import decimal_of, point
from bcm_mqtt.domain.printable import has_controls
from bcm_mqtt.domain.site.panel import Connection

Poles: TypeAlias = tuple[int, ...]
Value: TypeAlias = str | int | Decimal | Connection | Poles | None
"""Of a field; None is unknown, or the panel's."""


def text_of(value: Value) -> str:
    """The text that reads as this value again; "" for none. Poles are `1+3+5`."""
    if isinstance(value, tuple):
        return "+".join(map(str, value))
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text of at most `longest` characters, wherever it comes from."""

    longest: int

    def read(self, text: str) -> str:
        """The text itself; raises ValueError where it is longer, or no line."""
        if problem := self.problem(text):
            raise ValueError(problem)
        return text

    def problem(self, value: Value) -> str:
        """Why it may not be this value, or ""."""
        text = str(value)
        if len(text) > self.longest:
            return f"{len(text)} characters: expected at most {self.longest}"
        if has_controls(text):
            return f"expected one line without control characters, not {text!r}"
        return ""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`, or none.

    Attributes:
        low: The lowest.
        high: The highest.
        unit: Its symbol, such as `A`.
        units: In words, such as `amps`.
    """

    low: int
    high: int
    unit: str
    units: str

    def read(self, text: str) -> int:
        """The number of a text; raises ValueError."""
        if not (text.isascii() and text.isdecimal()) or not self.low <= int(text) <= self.high:
            message = f"expected {self.units} as a whole number from {self.low} to {self.high}"
            raise ValueError(message)
        return int(text)


@dataclass(frozen=True, slots=True)
class Factor:
    """A number above 0, at most 1, or none.

    Attributes:
        what: It is, in words.
    """

    what: str = "power factor"

    def read(self, text: str) -> Decimal:
        """The number of a text; raises ValueError."""
        message = "expected a number from 0 to 1"
        try:
            number = decimal_of(text)
        except ValueError:
            raise ValueError(message + point(text)) from None
        if not 0 <= number <= 1:
            raise ValueError(message)
        if number == 0:
            message = f"expected a {self.what} above 0, at most 1"
            raise ValueError(message)
        return number


@dataclass(frozen=True, slots=True)
class Choice:
    """How a circuit is connected."""

    def read(self, text: str) -> Connection:
        """The connection of that name; raises ValueError."""
        try:
            return Connection(text)
        except ValueError:
            message = f"expected one of {', '.join(Connection)}"
            raise ValueError(message) from None


@dataclass(frozen=True, slots=True)
class PoleList:
    """The pole positions of one breaker, ascending."""

    def read(self, text: str) -> Poles:
        """The poles of `1` or `1+3+5`; raises ValueError."""
        if not re.fullmatch(r"[0-9]{1,4}(\s*\+\s*[0-9]{1,4}){0,2}", text):
            message = "expected poles such as 1 or 1+3+5"
            raise ValueError(message)
        poles = tuple(sorted(int(part) for part in text.split("+")))
        if len(set(poles)) < len(poles):
            message = "expected each pole once"
            raise ValueError(message)
        return poles


Kind: TypeAlias = Text | Whole | Factor | Choice | PoleList


@dataclass(frozen=True, slots=True, eq=False)
class CircuitField:
    """What all that shows, stores or edits circuits must know of a field.

    Attributes:
        name: Its CSV column, its key in payloads and the API, its name in forms and, with
            hyphens, its option.
        attribute: Its name in `CircuitVersion`, in `CircuitChange` and as an SQL column.
        label: To people.
        kind: What values it takes.
        about: A sentence for those who set it.
        metavar: Of its option, in the list of commands.
        form_label: To people who edit it, where that is another than `label`.
        hint: What an empty line of a form means.
        entity: Name of the entity of Home Assistant that edits it; "" for none.
        empty: What an empty cell means to a breaker of these poles.
        required: Whether an empty cell is a mistake.
        added: Whether payloads of earlier releases lack it, which then means an empty cell.
    """

    name: str
    attribute: str
    label: str
    kind: Kind
    about: str
    metavar: str
    form_label: str = ""
    hint: str = ""
    entity: str = ""
    empty: Callable[[Poles], Value] = lambda _: None
    required: bool = False
    added: bool = False

    def read(self, text: str, poles: Poles) -> Value:
        """The value of a cell of a breaker of these poles.

        Raises:
            ValueError: what was expected instead.
        """
        return self.kind.read(text) if text or self.required else self.empty(poles)

    def problem(self, value: Value) -> str:
        """Why a version may not have this value, or "": its text would not read as it again."""
        text = text_of(value)
        try:
            if text or self.required:
                self.kind.read(text)
        except ValueError as error:
            return f"{error}, not {text!r}"
        return ""

    def change_problem(self, value: Value) -> str:
        """Why a change may not set this value, or ""."""
        return self.kind.problem(value) if isinstance(self.kind, Text) else ""


POLES: Final = CircuitField(
    name="poles",
    attribute="poles",
    label="Poles",
    kind=PoleList(),
    about="Of a breaker that is tied or untied: 1+3+5.",
    metavar="POLES",
    required=True,
)
DESCRIPTION: Final = CircuitField(
    name="description",
    attribute="description",
    label="Description",
    kind=Text(longest=200),
    about="What the panel schedule says.",
    metavar="TEXT",
    entity="Description",
    empty=lambda _: "",
)
CUSTOMER: Final = CircuitField(
    name="customer",
    attribute="customer",
    label="Customer",
    kind=Text(longest=200),
    about='Customer id; "" takes it from the description.',
    metavar="ID",
    hint="from the description",
    empty=lambda _: "",
)
RATING: Final = CircuitField(
    name="rating",
    attribute="rating_amps",
    label="Rating",
    kind=Whole(low=1, high=10_000, unit="A", units="amps"),
    about="Of the breaker in amps; empty is unknown.",
    metavar="A",
    form_label="Rated amps",
    entity="Rating",
)
CONNECTION: Final = CircuitField(
    name="connection",
    attribute="connection",
    label="Connection",
    kind=Choice(),
    about="1P, 2P, 2P-N, 3P, 3P-D, or none when it is gone; more poles take those below.",
    metavar="C",
    entity="Connection type",
    empty=lambda poles: Connection.usual(len(poles)),
)
POWER_FACTOR: Final = CircuitField(
    name="power_factor",
    attribute="power_factor",
    label="Power factor",
    kind=Factor(),
    about="Above 0, at most 1; empty is the panel's.",
    metavar="F",
    hint="the panel's",
)
POWER_FACTOR_TOLERANCE: Final = CircuitField(
    name="power_factor_tolerance",
    attribute="power_factor_tolerance",
    label="Power factor tolerance",
    kind=Factor("share"),
    about="How far its power factor may be off, as a share of it: 0.02 is 2 %; empty is 5 %.",
    metavar="SHARE",
    form_label="Power factor tolerance (0.02 is 2 %)",
    hint="0.05; of a companion's 0.2",
    added=True,
)
FIELDS: Final = (
    POLES,
    DESCRIPTION,
    CUSTOMER,
    RATING,
    CONNECTION,
    POWER_FACTOR,
    POWER_FACTOR_TOLERANCE,
)
"""In the order of the columns of circuits.csv."""
IN_FORMS: Final = (
    DESCRIPTION,
    RATING,
    CONNECTION,
    CUSTOMER,
    POWER_FACTOR,
    POWER_FACTOR_TOLERANCE,
)
"""In the order in which people fill them in, without the poles, which the connection takes."""
BY_NAME: Final[Mapping[str, CircuitField]] = {field.name: field for field in FIELDS}
