"""The health of a line to meters: a gateway, a serial port, or an agent of its own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnitHealth:
    """Health of a unit.

    Attributes:
        unit: Unit id.
        round_trip_s: Smoothed time from request to answer; None before the first.
        failures: Requests without a value since the start, those left out not counted.
        silent_in_a_row: Requests without an answer since the last one.
        answered_ago_s: Since the last answer, be it an exception; None before the first.
        last_error: Of the last failure, or "".
    """

    unit: int
    round_trip_s: float | None
    failures: int
    silent_in_a_row: int
    answered_ago_s: float | None
    last_error: str


@dataclass(frozen=True, slots=True)
class LineHealth:
    """Health of a line.

    Attributes:
        connected: Whether it has accepted a connection that still stands.
        connections: Opened since the start.
        failures: Connections refused or lost since the start.
        answered_ago_s: Since the last answer of any unit; None before the first.
        last_error: Of the last connection refused or lost, or "".
        units: Health of every unit that ever got a request, by id.
    """

    connected: bool
    connections: int
    failures: int
    answered_ago_s: float | None
    last_error: str
    units: tuple[UnitHealth, ...]
