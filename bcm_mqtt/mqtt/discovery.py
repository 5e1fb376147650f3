"""Home Assistant's MQTT discovery: one device per circuit, via the panel, via the bridge.

Seen on 2025.4 and 2026.11: one unknown root key loses a whole payload, and a `via_device`
that was never discovered becomes an unnamed device, so the bridge's and the panels'
devices are published first. Availability is the bridge's last will and the panel's
state; `expire_after` is not used, because it would revive stale retained values.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bcm_mqtt import __version__
from bcm_mqtt.domain.circuit import CircuitVersion, poles_text
from bcm_mqtt.domain.panel import Panel
from bcm_mqtt.mqtt.topics import Topics

_URL = "https://github.com/bcm-mqtt/bcm-mqtt"
ONLINE, OFFLINE = "online", "offline"


@dataclass(frozen=True, slots=True)
class _Sensor:
    """A per-circuit number in Home Assistant's terms."""

    name: str
    unit: str
    device_class: str | None
    state_class: str
    decimals: int


_SENSORS = {
    "current": _Sensor("Current", "A", "current", "measurement", 1),
    "power": _Sensor("Power", "W", "power", "measurement", 0),
    "energy": _Sensor("Energy", "kWh", "energy", "total_increasing", 2),
    "load": _Sensor("Load", "%", None, "measurement", 0),
}

_MAIN_SENSORS = {
    "current_a": _Sensor("Current A", "A", "current", "measurement", 1),
    "current_b": _Sensor("Current B", "A", "current", "measurement", 1),
    "current_c": _Sensor("Current C", "A", "current", "measurement", 1),
    "power": _Sensor("Power", "W", "power", "measurement", 0),
    "neutral": _Sensor("Neutral current", "A", "current", "measurement", 1),
    "imbalance": _Sensor("Phase imbalance", "%", None, "measurement", 0),
    "load": _Sensor("Main load", "%", None, "measurement", 0),
}
_NEED_MAIN_RATING = {"imbalance", "load"}


@dataclass(frozen=True, slots=True)
class Discovery:
    """Discovery messages of one bridge.

    Attributes:
        topics: Where things are published.
        site: Site id, the first part of every unique id.
        bridge: Bridge id.
    """

    topics: Topics
    site: str
    bridge: str

    def bridge_device(self) -> tuple[str, bytes]:
        """Topic and payload of the bridge's device."""
        state = self.topics.bridge_state(self.bridge)
        device = {
            "identifiers": [self._bridge_id],
            "name": f"BCM bridge {self.bridge}",
            "model": "bcm-mqtt bridge",
            "sw_version": __version__,
        }
        return self._message(
            self._bridge_id, device, {"connection": self._connectivity(self._bridge_id, state)}
        )

    def panel_device(self, panel: Panel) -> tuple[str, bytes]:
        """Topic and payload of a panel's device."""
        device = {
            "identifiers": [self._panel_id(panel)],
            "name": panel.name,
            "model": f"{panel.pole_count}-pole panel, {panel.service.name} V",
            "via_device": self._bridge_id,
        }
        panel_id = self._panel_id(panel)
        components = {
            quantity: {
                **_component(
                    sensor, f"{panel_id}_{quantity}", self.topics.main(panel.id, quantity)
                ),
                **self._available_with(panel),
            }
            for quantity, sensor in _MAIN_SENSORS.items()
            if panel.main_rating or quantity not in _NEED_MAIN_RATING
            if quantity != "current_c" or "C" in panel.phase_letters
        }
        components["connection"] = self._connectivity(panel_id, self.topics.availability(panel.id))
        # When the bridge dies nobody says so of the panel: its last will speaks for both.
        availability = [{"topic": self.topics.bridge_state(self.bridge)}]
        return self._message(panel_id, device, components, {"availability": availability})

    def circuit_device(self, panel: Panel, version: CircuitVersion) -> tuple[str, bytes]:
        """Topic and payload of a circuit's device; a new name never changes an id."""
        pole = version.first_pole
        device_id = f"{self._panel_id(panel)}_{pole}"
        device = {
            "identifiers": [device_id],
            "name": f"{panel.name} {poles_text(version.poles)} {version.description}".strip(),
            "model": f"Circuit {version.connection}, phase {_phases(panel, version)}",
            "via_device": self._panel_id(panel),
        }
        components = {
            quantity: _component(
                sensor, f"{device_id}_{quantity}", self.topics.circuit(panel.id, pole, quantity)
            )
            for quantity, sensor in _SENSORS.items()
        }
        components["overload"] = {
            "platform": "binary_sensor",
            "name": "Overload",
            "unique_id": f"{device_id}_overload",
            "device_class": "problem",
            "state_topic": self.topics.overload(panel.id, pole),
        }
        return self._message(device_id, device, components, self._available_with(panel))

    def everything(
        self, circuits: list[tuple[Panel, list[CircuitVersion]]]
    ) -> Iterator[tuple[str, bytes]]:
        """All messages, each device after the one it is reached through."""
        yield self.bridge_device()
        for panel, _ in circuits:
            yield self.panel_device(panel)
        for panel, versions in circuits:
            for version in versions:
                yield self.circuit_device(panel, version)

    def panel_topic(self, panel: str) -> str:
        """Topic of a panel's device; an empty retained payload removes it."""
        return self.topics.discovery(f"{self.site}_{panel}")

    def circuit_topic(self, panel: str, first_pole: int) -> str:
        """Topic of a circuit's device; an empty retained payload removes it."""
        return self.topics.discovery(f"{self.site}_{panel}_{first_pole}")

    @property
    def _bridge_id(self) -> str:
        return f"{self.site}_bridge_{self.bridge}"

    def _panel_id(self, panel: Panel) -> str:
        return f"{self.site}_{panel.id}"

    def _available_with(self, panel: Panel) -> dict[str, Any]:
        """Available while the bridge lives and the panel's meters answer."""
        return {
            "availability": [
                {"topic": self.topics.bridge_state(self.bridge)},
                {"topic": self.topics.availability(panel.id)},
            ],
            "availability_mode": "all",
        }

    def _connectivity(self, device_id: str, topic: str) -> dict[str, Any]:
        return {
            "platform": "binary_sensor",
            "name": "Connection",
            "unique_id": f"{device_id}_connection",
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "state_topic": topic,
            "payload_on": ONLINE,
            "payload_off": OFFLINE,
        }

    def _message(
        self,
        device_id: str,
        device: dict[str, Any],
        components: dict[str, Any],
        availability: dict[str, Any] | None = None,
    ) -> tuple[str, bytes]:
        body: dict[str, Any] = {
            "device": {**device, "manufacturer": "bcm-mqtt"},
            "origin": {"name": "bcm-mqtt", "sw_version": __version__, "support_url": _URL},
            "components": components,
            **(availability or {}),
        }
        payload = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        return self.topics.discovery(device_id), payload


def _component(sensor: _Sensor, unique_id: str, topic: str) -> dict[str, Any]:
    component = {
        "platform": "sensor",
        "name": sensor.name,
        "unique_id": unique_id,
        "state_topic": topic,
        "unit_of_measurement": sensor.unit,
        "state_class": sensor.state_class,
        "suggested_display_precision": sensor.decimals,
    }
    if sensor.device_class:
        component["device_class"] = sensor.device_class
    else:
        component["icon"] = "mdi:gauge"
    return component


def _phases(panel: Panel, version: CircuitVersion) -> str:
    return "".join(panel.phase(pole) for pole in version.poles)
