"""What to request of an agent so that every poll brings the planned values.

Values of one quantity that follow one another come many at a time (GETBULK), for several
quantities at once; others are named one by one (GET). A reply fits one packet of Ethernet, so
that none is lost because a part of it is.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Final

from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.reading.reading import PER_UNIT, Thousandths
from bcm_mqtt.profiles.snmp import Column, Table
from bcm_mqtt.snmp import ber
from bcm_mqtt.snmp.pdu import Kind, Request, get

UPTIME: Final = ber.oid("1.3.6.1.2.1.1.3.0")
"""sysUpTime, in hundredths of a second since the agent started."""
_BEFORE_UPTIME: Final = ber.oid("1.3.6.1.2.1.1.3")
_PACKET: Final = 1400
_HEAD: Final = 220
"""Bytes of a reply beside its values, those of SNMPv3 and of sysUpTime included."""
_OF_A_VALUE: Final = 12
"""Bytes of a value beside its name."""


@dataclass(frozen=True, slots=True)
class PlannedValue:
    """One value of a poll.

    Attributes:
        quantity: Of it.
        pole: Of the panel.
        number: Of the outlet, branch or phase on the device.
        name: Encoded object identifier.
        digits: Name of its number of decimal digits; b"" where that is fixed.
        above: Thousandths of one count, as a fraction: what stands above the line,
        below: and below it.
    """

    quantity: Quantity
    pole: int
    number: int
    name: bytes
    digits: bytes
    above: int
    below: int

    def thousandths(self, count: int, digits: int) -> int | None:
        """Rounded half up once; None of what is no amount of it.

        Args:
            count: As the agent has it.
            digits: How many of them are decimal.
        """
        above, below = count * self.above, self.below * 10**digits
        value = above if below == 1 else (2 * above + below) // (2 * below)
        return value if 0 <= value <= self.quantity.most else None


@dataclass(frozen=True)
class AgentPlan:
    """What of a source is read together.

    Attributes:
        panel: Its id.
        source: Of the panel's readings.
        poles: That it reads; () of all.
        pole_count: The highest pole that a snapshot has.
        table: Of the device, for messages.
        values: That are read.
        columns: Of the table, those that are read.
        numbers: Of outlets, ascending.
        parameters: In the names of the columns.
    """

    panel: str
    source: str
    poles: tuple[int, ...]
    pole_count: int
    table: str
    values: tuple[PlannedValue, ...]
    columns: tuple[Column, ...]
    numbers: tuple[int, ...]
    parameters: Mapping[str, int] = field(default_factory=dict)
    delay_s: float = 0.0

    @cached_property
    def limit(self) -> int:
        """Most values of a reply that fits one packet."""
        longest = max(len(value.name) for value in self.values)
        return (_PACKET - _HEAD) // (longest + _OF_A_VALUE)

    @cached_property
    def request_count(self) -> int:
        """Requests of a poll."""
        return len(self.requests(self.limit))

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """That are read."""
        return tuple(column.quantity for column in self.columns)

    @cached_property
    def digits(self) -> tuple[bytes, ...]:
        """Names of the numbers of decimal digits."""
        return tuple(dict.fromkeys(value.digits for value in self.values if value.digits))

    @property
    def without_current(self) -> Thousandths:
        """What a snapshot has for a current that is not read: of one of several, nothing."""
        return () if self.poles else (None,) * self.pole_count

    def requests(
        self, limit: int, *, has_bulk: bool = True, alone: Collection[bytes] = ()
    ) -> tuple[Request, ...]:
        """Of a poll; the first brings sysUpTime, too.

        Args:
            limit: Most values of a reply, at least 1.
            has_bulk: Whether the agent answers GETBULK; else all values are named.
            alone: Names that are read by themselves.
        """
        dense = [column for column in self.columns if column.is_dense and has_bulk]
        sparse = [column for column in self.columns if column not in dense]
        names = [self._name(column, number) for number in self.numbers for column in sparse]
        together = [name for name in names if name not in alone]
        apart = [name for name in names if name in alone]
        return with_uptime([*self._bulks(dense, limit), *gets(together, limit), *gets(apart, 1)])

    def _bulks(self, columns: Sequence[Column], limit: int) -> Iterator[Request]:
        for first in range(0, len(columns), limit):
            together = columns[first : first + limit]
            for run in _runs(self.numbers, limit // len(together)):
                yield Request(
                    Kind.GET_BULK,
                    tuple(self._name(column, run[0] - 1) for column in together),
                    repetitions=len(run),
                    expected=tuple(
                        self._name(column, number) for number in run for column in together
                    ),
                )

    def _name(self, column: Column, number: int) -> bytes:
        return ber.oid(column.named(number, self.parameters))


def agent_plan(
    panel: str,
    table: Table,
    numbers: Mapping[int, int],
    parameters: Mapping[str, int],
    quantities: Collection[Quantity],
    *,
    source: str = "",
    poles: tuple[int, ...] = (),
    pole_count: int = 0,
) -> AgentPlan:
    """What reads some quantities of a device.

    Args:
        panel: Its id.
        table: Of the device's profile.
        numbers: Of the outlets, branches or phases, by pole of the panel.
        parameters: Of the profile.
        quantities: That are read.
        source: Of the panel's readings.
        poles: That it reads, where others read more of the panel.
        pole_count: Of the panel, where it reads all of it.
    """
    columns = tuple(column for column in table.columns if column.quantity in quantities)
    return AgentPlan(
        *(panel, source, poles, max(pole_count, *numbers), table.name),
        values=tuple(
            _planned(column, pole, number, parameters)
            for column in columns
            for pole, number in sorted(numbers.items())
        ),
        columns=columns,
        numbers=tuple(sorted(numbers.values())),
        parameters=parameters,
    )


def gets(names: Sequence[bytes], limit: int) -> Iterator[Request]:
    """Requests of these names, so many of them at a time."""
    for first in range(0, len(names), limit):
        yield get(names[first : first + limit])


def _planned(column: Column, pole: int, number: int, parameters: Mapping[str, int]) -> PlannedValue:
    above, below = (column.measure.scale * PER_UNIT).as_integer_ratio()
    digits = column.digits_named(number, parameters)
    name, of_digits = ber.oid(column.named(number, parameters)), ber.oid(digits) if digits else b""
    return PlannedValue(column.quantity, pole, number, name, of_digits, above, below)


def with_uptime(requests: Sequence[Request]) -> tuple[Request, ...]:
    """The same, of which the first brings sysUpTime, too."""
    first, *others = requests
    if first.kind is Kind.GET:
        return Request(Kind.GET, (UPTIME, *first.names), expected=first.expected), *others
    bulk = Request(
        Kind.GET_BULK,
        (_BEFORE_UPTIME, *first.names),
        single=1,
        repetitions=first.repetitions,
        expected=first.expected,
    )
    return bulk, *others


def _runs(numbers: Sequence[int], most: int) -> Iterator[tuple[int, ...]]:
    """Numbers that follow one another, at most so many at a time and about equally many."""
    run = list[int]()
    runs = list[list[int]]()
    for number in numbers:
        if not run or number != run[-1] + 1:
            run = []
            runs.append(run)
        run.append(number)
    return chain.from_iterable(_parts(one, most) for one in runs)


def _parts(run: Sequence[int], most: int) -> Iterator[tuple[int, ...]]:
    count = -(-len(run) // most)
    size = -(-len(run) // count)
    for first in range(0, len(run), size):
        yield tuple(run[first : first + size])
