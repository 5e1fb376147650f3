"""The bridge's info as it is read; what it says is made by the bridge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bcm_mqtt.mqtt.payloads.fields import field, json_object, perhaps, text, time, whole


@dataclass(frozen=True, slots=True)
class UnitReport:
    """How a device on a line fares.

    Attributes:
        round_trip_ms: From request to answer; None before the first.
        failures: Requests without a value since the bridge started.
        silent_in_a_row: Requests without an answer since the last one.
        last_error: Why, or "".
    """

    round_trip_ms: float | None
    failures: int
    silent_in_a_row: int
    last_error: str


@dataclass(frozen=True, slots=True)
class GatewayReport:
    """How a gateway fares.

    Attributes:
        reachable: Whether connecting, and being answered, did not fail last time.
        silent_units: Unit ids that did not answer when they were last asked.
        overruns: Polls left out because the line is too slow.
        last_answer: Of any unit.
        last_error: Of the connection, or "".
        units: By unit id.
    """

    reachable: bool
    silent_units: tuple[int, ...]
    overruns: int
    last_answer: datetime | None
    last_error: str
    units: Mapping[int, UnitReport]


@dataclass(frozen=True, slots=True)
class BridgeReport:
    """A bridge as it tells of itself.

    Attributes:
        version: Of its software.
        panels: Gateway by panel id.
        gateways: By id.
        waiting: Snapshots that the broker does not have yet.
        dropped: Snapshots that had to go unsent.
        disk_fails: Whether the outbox cannot be written.
        problems: Why changed files were refused.
    """

    version: str
    panels: Mapping[str, str]
    gateways: Mapping[str, GatewayReport]
    waiting: int
    dropped: int
    disk_fails: bool
    problems: tuple[str, ...]


def decode_info(payload: bytes) -> BridgeReport:
    """The bridge of a payload on its topic of info.

    Raises:
        PayloadError: not such a report.
    """
    body = json_object(payload)
    outbox = field(body, "outbox", _outbox, "an object of counts")
    problems = (
        field(body, name, perhaps(text), "a text or null")
        for name in ("configuration_problem", "directory_problem")
    )
    return BridgeReport(
        version=field(body, "version", text, "a text"),
        panels=field(body, "panels", _panels, "an object of panels"),
        gateways=field(body, "gateways", _gateways, "an object of gateways"),
        waiting=outbox[0],
        dropped=outbox[1],
        disk_fails=outbox[2],
        problems=tuple(problem for problem in problems if problem),
    )


def _outbox(value: Any) -> tuple[int, int, bool]:
    return whole(value["waiting"]), whole(value["dropped"]), bool(value["disk_fails"])


def _panels(value: Any) -> dict[str, str]:
    return {key: text(panel["gateway"]) for key, panel in value.items()}


def _gateways(value: Any) -> dict[str, GatewayReport]:
    return {key: _gateway(gateway) for key, gateway in value.items()}


def _gateway(value: Any) -> GatewayReport:
    return GatewayReport(
        reachable=bool(value["reachable"]),
        silent_units=tuple(map(whole, value["silent_units"])),
        overruns=whole(value["overruns"]),
        last_answer=perhaps(time)(value["last_answer"]),
        last_error=text(value["last_error"]),
        units={int(key): _unit(unit) for key, unit in value["units"].items()},
    )


def _unit(value: Any) -> UnitReport:
    trip = value["round_trip_ms"]
    return UnitReport(
        round_trip_ms=None if trip is None else float(trip),
        failures=whole(value["failures"]),
        silent_in_a_row=whole(value["silent_in_a_row"]),
        last_error=text(value["last_error"]),
    )
