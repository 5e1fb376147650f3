"""What the bridge tells of its gateways and units in `info`, and when.

Owns: the health in `info`, the count of polls left out, what is worth telling
at once. Does not own: the figures (modbus), the rest of `info` (service).
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from bcm_mqtt.config import Settings
from bcm_mqtt.domain.time import whole_ms
from bcm_mqtt.modbus import Line, LineHealth, UnitHealth
from bcm_mqtt.mqtt.payloads import GatewayReport, UnitId, UnitReport

EVERY_S = 60.0
"""At least that often; sooner when a connection or a unit comes or goes."""


class GatewayHealth:
    """The health of all gateways of a bridge."""

    def __init__(self, settings: Settings, lines: Mapping[str, Line]) -> None:
        """Nothing told yet.

        Args:
            settings: To know each panel's gateway.
            lines: By gateway id.
        """
        self._lines = lines
        self._gateway_of = {key: panel.gateway for key, panel in settings.panels.items()}
        self._overruns = Counter[str]()
        self._told: dict[str, object] = {}
        self._told_at = float("-inf")

    def take(self, settings: Settings) -> None:
        """Takes over changed settings."""
        self._gateway_of = {key: panel.gateway for key, panel in settings.panels.items()}

    def overrun(self, panel: str, missed: int) -> None:
        """Polls of a panel were left out, because its line is too slow."""
        self._overruns[self._gateway_of[panel]] += missed

    def overruns(self, gateway: str) -> int:
        """Polls of a gateway's panels that were left out since the start."""
        return self._overruns[gateway]

    def due(self, loop_time: float) -> bool:
        """Whether something changed that is worth telling, or a minute is over."""
        return loop_time - self._told_at >= EVERY_S or self._material() != self._told

    def told(self, now: datetime, loop_time: float) -> dict[str, GatewayReport]:
        """By gateway, for `info`; the next is due when this has changed.

        Args:
            now: For the times of last answers.
            loop_time: For `due`.
        """
        self._told, self._told_at = self._material(), loop_time
        return {
            key: _gateway(line, line.health(), self._overruns[key], now)
            for key, line in self._lines.items()
        }

    def _material(self) -> dict[str, object]:
        return {
            key: (line.reachable, line.silent_units(), self._overruns[key] > 0)
            for key, line in self._lines.items()
        }


def _gateway(line: Line, health: LineHealth, overruns: int, now: datetime) -> GatewayReport:
    return GatewayReport(
        connected=health.connected,
        reachable=line.reachable,
        silent_units=tuple(line.silent_units()),
        connections=health.connections,
        failures=health.failures,
        overruns=overruns,
        last_answer=_time(health.answered_ago_s, now),
        last_error=health.last_error,
        units={UnitId(unit.unit): _unit(unit, now) for unit in health.units},
    )


def _unit(health: UnitHealth, now: datetime) -> UnitReport:
    trip = health.round_trip_s
    return UnitReport(
        round_trip_ms=None if trip is None else round(trip * 1000, 1),
        failures=health.failures,
        silent_in_a_row=health.silent_in_a_row,
        last_answer=_time(health.answered_ago_s, now),
        last_error=health.last_error,
    )


def _time(ago_s: float | None, now: datetime) -> datetime | None:
    return None if ago_s is None else whole_ms(now - timedelta(seconds=ago_s))
