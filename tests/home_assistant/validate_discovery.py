"""Checks MQTT device discovery payloads with the code of Home Assistant itself.

Run by the Python of `.venv-ha`. Reads from standard input a JSON list of
`{"topic": ..., "payload": ...}`, the payload as an object or as the string that is published, and
prints a list of `{"topic", "ok", "errors", "ignored", "components", "bytes"}`.

No schema is repeated here. The messages go into the callback with which Home Assistant receives
discovery messages, and the entities come out of the set-up function of its MQTT platforms. What
it logs on the way is what a person would find in the log, and counts as an error. `ignored` names
the keys it dropped without a word: a newer release may know them, or they are misspelt.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import sys
import tempfile
import time
from typing import Any
from unittest.mock import MagicMock, patch

from homeassistant import loader
from homeassistant.components.mqtt import discovery
from homeassistant.components.mqtt.const import (
    ATTR_DISCOVERY_HASH,
    ENTITY_PLATFORMS,
    SUPPORTED_COMPONENTS,
)
from homeassistant.components.mqtt.models import DATA_MQTT, MqttData, ReceiveMessage
from homeassistant.components.number import NumberEntity
from homeassistant.components.number.const import DEVICE_CLASS_UNITS
from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

PREFIX = "homeassistant"
LONGEST_ERROR = 600


class LoggedProblems(logging.Handler):
    """Keeps the messages of warnings and errors."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps one, with the exception behind it."""
        reason = f": {record.exc_info[1]}" if record.exc_info else ""
        self.messages.append(record.getMessage() + reason)

    def take(self) -> list[str]:
        """What came in since the last call."""
        taken, self.messages = self.messages, []
        return taken


class Discovery:
    """The receiving end of discovery: Home Assistant's callback and its MQTT platforms."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.entities: list[Any] = []
        self.unique_ids: dict[tuple[str, str], str] = {}
        self.problems = LoggedProblems()
        self.entry = MagicMock(subentries={})
        self.listening: set[str] = set()
        # Every platform counts as loaded, so that components go straight to its set-up.
        self.data = MqttData(client=MagicMock(connected=True), config=[])
        self.data.platforms_loaded.update(SUPPORTED_COMPONENTS)
        hass.data[DATA_MQTT] = self.data

    async def start(self) -> None:
        """Takes the callback instead of subscribing it."""
        with patch.object(discovery, "async_subscribe_internal") as subscribe:
            await discovery.async_start(self.hass, PREFIX, self.entry)
        self.receive = next(
            call.args[2]
            for call in subscribe.call_args_list
            if call.args[1] == f"{PREFIX}/device/+/config"
        )
        logger = logging.getLogger("homeassistant")
        logger.addHandler(self.problems)
        logger.propagate = False

    async def listen(self, components: dict[str, Any]) -> None:
        """Sets up the platforms of these components, which are slow to import all at once."""
        named = [c.get("platform", c.get("p")) for c in components.values() if isinstance(c, dict)]
        for platform in ENTITY_PLATFORMS:
            if platform in self.listening or platform not in named:
                continue
            module = importlib.import_module(f"homeassistant.components.mqtt.{platform}")
            await module.async_setup_entry(self.hass, self.entry, self.entities.extend)
            self.listening.add(platform)

    async def check(self, topic: str, payload: str) -> dict[str, Any]:
        """Receives one message as if it were the first of its device."""
        self.entities.clear()
        self.data.discovery_already_discovered.clear()
        for pending in self.data.discovery_pending_discovered.values():
            pending["unsub"]()
        self.data.discovery_pending_discovered.clear()
        components = components_of(payload)
        errors: list[str] = []
        await self.listen(components)
        # An empty message removes the device, and nothing can be wrong with that.
        if payload:
            message = ReceiveMessage(topic, payload, 1, True, topic, time.monotonic())  # noqa: FBT003
            # There is no device registry to look the other device up in.
            with patch("homeassistant.components.mqtt.entity.ensure_via_device_exists"):
                try:
                    self.receive(message)
                except Exception as error:  # noqa: BLE001 - its client logs whatever it is, too
                    errors.append(f"{type(error).__name__}: {error}")
            await self.hass.async_block_till_done()
            errors += self.problems.take()
            for entity in self.entities:
                errors += [f"{component_of(entity)}: {text}" for text in await self.faults(entity)]
            # A topic that is not a discovery topic, for example, loses everything in silence.
            expected = sum(not is_removal(component) for component in components.values())
            if len(self.entities) != expected and not errors:
                errors.append(f"{expected} entities were sent, {len(self.entities)} came out")
        return {
            "topic": topic,
            "ok": not errors,
            # They end with the whole message, which can be 99 kB.
            "errors": [text[:LONGEST_ERROR] for text in errors],
            "ignored": [name for entity in self.entities for name in ignored_keys(entity)],
            "components": len(components),
            "bytes": len(payload.encode()),
        }

    async def faults(self, entity: Any) -> list[str]:  # noqa: ANN401 - Home Assistant is untyped here
        """What Home Assistant would only notice when adding the entity or at its first value."""
        self.problems.take()
        found: list[str] = []
        # The base class wants a platform and a restored state; the checks are below it.
        with (
            patch("homeassistant.helpers.entity.Entity.async_internal_added_to_hass"),
            patch(
                "homeassistant.helpers.restore_state.RestoreEntity.async_get_last_state",
                return_value=None,
            ),
        ):
            try:
                await entity.async_internal_added_to_hass()
            except HomeAssistantError as error:
                found.append(str(error))
        if isinstance(entity, SensorEntity):
            found += self.faults_of_value(entity)
        if isinstance(entity, NumberEntity):
            found += faults_of_unit(entity)
        platform, _ = entity._discovery_data[ATTR_DISCOVERY_HASH]
        key = (platform, entity.unique_id)
        earlier = self.unique_ids.setdefault(key, component_of(entity))
        if earlier != component_of(entity):
            found.append(f"unique_id {entity.unique_id!r} belongs to {earlier} already")
        return found + self.problems.take()

    def faults_of_value(self, entity: Any) -> list[str]:  # noqa: ANN401
        """Device class, state class and unit are only compared when there is a value."""
        not_a_number = {SensorDeviceClass.DATE, SensorDeviceClass.TIMESTAMP, SensorDeviceClass.ENUM}
        if entity.device_class in not_a_number:
            return []
        entity.hass = self.hass
        entity._attr_native_value = "1"
        try:
            _ = entity.state
        except ValueError as error:
            return [str(error)]
        return []


def faults_of_unit(entity: Any) -> list[str]:  # noqa: ANN401
    """This release takes any unit of a number; later ones lose the entity."""
    unit = entity.native_unit_of_measurement
    units = DEVICE_CLASS_UNITS.get(entity.device_class)
    if units is None or unit in units:
        return []
    return [f"unit {unit!r} does not go with the device class {entity.device_class!s}"]


def components_of(payload: str) -> dict[str, Any]:
    """The components as they were sent, empty when the payload has none that can be read."""
    try:
        sent = json.loads(payload)
    except ValueError:
        return {}
    components = sent.get("components", sent.get("cmps")) if isinstance(sent, dict) else None
    return components if isinstance(components, dict) else {}


def is_removal(component: Any) -> bool:  # noqa: ANN401
    """Whether it names its platform alone, which removes the component."""
    return isinstance(component, dict) and len(component) == 1


def component_of(entity: Any) -> str:  # noqa: ANN401
    """The id of its device and of its component, as Home Assistant keeps them."""
    _, discovery_id = entity._discovery_data[ATTR_DISCOVERY_HASH]
    return str(discovery_id)


def ignored_keys(entity: Any) -> list[str]:  # noqa: ANN401
    """Keys the schema dropped."""
    sent = entity._discovery_data["discovery_payload"]
    return [f"{component_of(entity)}: {key}" for key in sorted(set(sent) - set(entity._config))]


async def main() -> None:
    """Checks what is on standard input."""
    messages = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as directory:
        hass = HomeAssistant(directory)
        hass.config.safe_mode = True  # no custom integrations
        loader.async_setup(hass)
        received = Discovery(hass)
        await received.start()
        results = [
            await received.check(
                message["topic"],
                message["payload"]
                if isinstance(message["payload"], str)
                else json.dumps(message["payload"]),
            )
            for message in messages
        ]
        await hass.async_stop(force=True)
    json.dump(results, sys.stdout, indent=1)


if __name__ == "__main__":
    asyncio.run(main())
