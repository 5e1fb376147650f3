"""Home Assistant's MQTT discovery: one device per circuit, via the panel, via the bridge.

Seen on 2025.4 and 2026.11: one unknown root key loses a whole payload, and a `via_device`
that was never discovered becomes an unnamed device, so the bridge's and the panels'
devices are published first. Availability is the bridge's last will and the panel's
state; `expire_after` is not used, because it would revive stale retained values.

Owns: which entities a bridge, a panel, a circuit and a formula circuit have, their ids and keys.
Does not own: what is published on their topics (payloads), when (bridge).
Invariants: a changed name or rating never changes an id; a device comes after the one it is
reached through.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bcm_mqtt import __version__
from bcm_mqtt.domain.printable import shown_json
from bcm_mqtt.domain.reading.alarm import MAIN
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind, Watch
from bcm_mqtt.domain.site.circuit import CircuitId, CircuitVersion, poles_text
from bcm_mqtt.domain.site.formula.formula import FormulaVersion
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.mqtt.discovery.components import (
    CIRCUIT_SENSORS,
    FORMULA_SENSORS,
    MAIN_SENSORS,
    OFFLINE,
    ONLINE,
    Component,
    alarm_state,
    button,
    connectivity,
    outbox_problem,
    problem,
    sensor,
    settings,
    shortened,
    with_entity_ids,
)
from bcm_mqtt.mqtt.discovery.devices import FormulaMember, PanelDevices
from bcm_mqtt.mqtt.discovery.panel_facts import connections, is_of_a_pair, phases
from bcm_mqtt.mqtt.topics import Topics

__all__ = ["OFFLINE", "ONLINE", "Discovery", "FormulaMember", "PanelDevices"]

_URL = "https://github.com/bcm-mqtt/bcm-mqtt"
_ACKNOWLEDGE = "Acknowledge alarms"
_BY = "Home Assistant"
"""Who acknowledges by its buttons, for the journal."""
_NEED_MAIN_RATING = {"imbalance", "load"}


@dataclass(frozen=True, slots=True)
class Discovery:
    """Discovery messages of one bridge.

    Attributes:
        topics: Where things are published.
        site: Site id, the first part of every unique id.
        bridge: Bridge id.
        measure_power: Panels whose devices do: those of others say nothing that current does not.
    """

    topics: Topics
    site: str
    bridge: str
    measure_power: Collection[str] = ()

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
            self._bridge_id,
            device,
            {
                "connection": connectivity(f"{self._bridge_id}_connection", state),
                "outbox": outbox_problem(
                    f"{self._bridge_id}_outbox", self.topics.bridge_info(self.bridge), state
                ),
            },
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
        measured = self._main_sensors(panel) | self._main_alarms(panel) | self._of_alarms(panel)
        components = {
            key: {**component, **self._available_with(panel)} for key, component in measured.items()
        }
        components["connection"] = connectivity(
            panel_id + "_connection", self.topics.availability(panel.id)
        )
        # A bridge that dies reports no panel as away: its last will speaks for both.
        availability = [{"topic": self.topics.bridge_state(self.bridge)}]
        named = with_entity_ids(components, panel.id)
        return self._message(panel_id, device, named, {"availability": availability})

    def circuit_device(self, panel: Panel, version: CircuitVersion) -> tuple[str, bytes]:
        """Topic and payload of a circuit's device; a new name never changes an id."""
        pole = version.first_pole
        device_id = f"{self._panel_id(panel)}_{pole}"
        device = {
            "identifiers": [device_id],
            "name": f"{panel.name} {poles_text(version.poles)} {version.description}".strip(),
            "model": f"Circuit {version.connection}, phase {phases(panel, version)}",
            "via_device": self._panel_id(panel),
        }
        sensors = self._circuit_sensors(panel, version, device_id)
        components = sensors | self._circuit_settings(panel, version, device_id)
        return self._message(
            device_id,
            device,
            with_entity_ids(components, f"{panel.id} {pole}"),
            self._available_with(panel, version),
        )

    def formula_device(
        self, panel: Panel, formula: FormulaVersion, members: Sequence[FormulaMember]
    ) -> tuple[str, bytes]:
        """Topic and payload of a formula circuit's device, available while all its members are."""
        device_id = f"{self._panel_id(panel)}_{formula.id}"
        device = {
            "identifiers": [device_id],
            "name": f"{panel.name} {formula.id} {formula.description}".strip(),
            "model": "Formula circuit",
            "via_device": self._panel_id(panel),
        }
        sensors = {
            name: sensor(of, f"{device_id}_{name}", self.topics.circuit(panel.id, formula.id, name))
            for name, of in FORMULA_SENSORS.items()
        }
        needed = [
            topic for member in members for topic in self._available_with(*member)["availability"]
        ]
        # As an object with one key of each: some members are on the same panel.
        each = list({topic["topic"]: topic for topic in needed}.values())
        available = {"availability": each, "availability_mode": "all"} if each else {}
        named = with_entity_ids(sensors, f"{panel.id} {formula.id}")
        return self._message(device_id, device, named, available)

    def everything(self, panels: Sequence[PanelDevices]) -> Iterator[tuple[str, bytes]]:
        """All messages, each device after the one it is reached through."""
        yield self.bridge_device()
        for panel, _, _ in panels:
            yield self.panel_device(panel)
        for panel, versions, formulas in panels:
            for version in versions:
                yield self.circuit_device(panel, version)
            for formula, members in formulas:
                yield self.formula_device(panel, formula, members)

    def panel_topic(self, panel: str) -> str:
        """Topic of a panel's device; an empty retained payload removes it."""
        return self.topics.discovery(f"{self.site}_{panel}")

    def circuit_topic(self, panel: str, circuit: CircuitId) -> str:
        """Topic of a circuit's device; an empty retained payload removes it."""
        return self.topics.discovery(f"{self.site}_{panel}_{circuit}")

    @property
    def _bridge_id(self) -> str:
        return f"{self.site}_bridge_{self.bridge}"

    def _panel_id(self, panel: Panel) -> str:
        return f"{self.site}_{panel.id}"

    def _main_sensors(self, panel: Panel) -> dict[str, Component]:
        return {
            quantity: sensor(
                of, f"{self._panel_id(panel)}_{quantity}", self.topics.main(panel.id, quantity)
            )
            for quantity, of in MAIN_SENSORS.items()
            if panel.main_rating or quantity not in _NEED_MAIN_RATING
            if quantity != "current_c" or "C" in panel.phase_letters
            if quantity != "redundant_load" or is_of_a_pair(panel)
        }

    def _main_alarms(self, panel: Panel) -> dict[str, Component]:
        if not panel.main_rating:
            return {}
        return {
            kind.entity_key: self._problem(self._panel_id(panel), panel.id, MAIN, kind, watch)
            for kind in AlarmKind
            if (watch := (is_of_a_pair(panel) and kind.pair) or kind.main) and watch.entity
        }

    def _of_alarms(self, panel: Panel) -> dict[str, Component]:
        """What is to be done about the main's overload, and what is done about all alarms."""
        panel_id, request = self._panel_id(panel), self.topics.request(self.bridge, "acknowledge")
        which = {"panel": panel.id, "by": _BY}
        found = {"acknowledge": button(_ACKNOWLEDGE, f"{panel_id}_acknowledge", request, which)}
        if panel.main_rating:
            alarm = self.topics.alarm(panel.id, MAIN, AlarmKind.OVERLOAD)
            found["alarm"] = {**alarm_state(f"{panel_id}_alarm", alarm), "name": "Main alarm"}
        return found

    def _problem(
        self,
        device_id: str,
        panel: str,
        pole: int,
        kind: AlarmKind,
        watch: Watch[Any],
    ) -> Component:
        """Whether an alarm is active, of a circuit or of the main."""
        of_alarm = not kind.plain_level
        topic = self.topics.alarm if of_alarm else self.topics.plain_alarm
        unique_id = f"{device_id}_{kind.entity_key}"
        return problem(watch.entity, unique_id, topic(panel, pole, kind), of_alarm=of_alarm)

    def _circuit_sensors(
        self, panel: Panel, version: CircuitVersion, device_id: str
    ) -> dict[str, Component]:
        pole = version.first_pole
        seldom_wanted = {"load"} if panel.id in self.measure_power else {"load", "power"}
        sensors = {
            quantity: sensor(
                of,
                f"{device_id}_{quantity}",
                self.topics.circuit(panel.id, pole, quantity),
                enabled=quantity not in seldom_wanted,
            )
            for quantity, of in CIRCUIT_SENSORS.items()
        }
        problems = {
            kind.entity_key: self._problem(device_id, panel.id, pole, kind, kind.circuit)
            for kind in AlarmKind
            if kind.circuit and kind.circuit.entity
        }
        alarm = self.topics.alarm(panel.id, pole, AlarmKind.OVERLOAD)
        request = self.topics.request(self.bridge, "acknowledge")
        which = {"panel": panel.id, "pole": pole, "by": _BY}
        return {
            **sensors,
            **problems,
            "alarm": alarm_state(f"{device_id}_alarm", alarm),
            "acknowledge": button(_ACKNOWLEDGE, f"{device_id}_acknowledge", request, which),
        }

    def _circuit_settings(
        self, panel: Panel, version: CircuitVersion, device_id: str
    ) -> dict[str, Component]:
        """They can be edited while the meters are away, but not while the bridge is."""
        pole = version.first_pole
        topics = (
            self.topics.circuit_directory(panel.id, pole),
            self.topics.request(self.bridge, "circuit"),
        )
        which = json.dumps({"panel": panel.id, "pole": pole}, separators=(",", ":"))
        editable = settings(device_id, topics, which.removesuffix("}"), connections(panel, pole))
        available = {"availability": [{"topic": self.topics.bridge_state(self.bridge)}]}
        return {key: {**component, **available} for key, component in editable.items()}

    def _available_with(
        self, panel: Panel, version: CircuitVersion | None = None
    ) -> dict[str, Any]:
        """Available while the bridge lives, the panel's meters answer and the circuit is read."""
        topics: list[dict[str, str]] = [
            {"topic": self.topics.bridge_state(self.bridge)},
            {"topic": self.topics.availability(panel.id)},
        ]
        if version and panel.monitored(version.poles):
            topics.append(
                {
                    "topic": self.topics.alarm(panel.id, version.first_pole, AlarmKind.NO_DATA),
                    "value_template": "{{ 'offline' if value_json.active else 'online' }}",
                }
            )
        return {"availability": topics, "availability_mode": "all"}

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
        payload = json.dumps(shortened(body), separators=(",", ":"), ensure_ascii=False)
        return self.topics.discovery(device_id), shown_json(payload).encode()
