"""Setting up a bridge: found over MQTT, or by its base topic."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.components import mqtt
from homeassistant.config_entries import ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.core import callback
from homeassistant.helpers import selector

from .const import (
    CONF_BASE_TOPIC,
    CONF_BRIDGE,
    CONF_CUSTOMERS,
    CONF_ESTIMATED_PERCENT,
    CONF_GRACE_MINUTES,
    CONF_HISTORY_MONTHS,
    DEFAULT_BASE_TOPIC,
    DEFAULT_ESTIMATED_PERCENT,
    DEFAULT_GRACE_MINUTES,
    DEFAULT_HISTORY_MONTHS,
    DOMAIN,
    FOUND_WITHIN,
)
from .entity import title_of
from .payloads import BridgeInfo, PayloadError
from .topics import base_and_bridge, every_info, every_state, last_level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.components.mqtt import ReceiveMessage
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.service_info.mqtt import MqttServiceInfo

_SETTLED_S = 0.5
"""After the first bridge: so long others of the same site may take."""


class BcmConfigFlow(ConfigFlow, domain=DOMAIN):
    """Asks for a base topic, or for a word of consent where a bridge was found."""

    VERSION = 1

    def __init__(self) -> None:
        """Knows no bridge yet."""
        self._base = DEFAULT_BASE_TOPIC
        self._found: dict[str, BridgeInfo] = {}

    @staticmethod
    @callback
    def async_get_options_flow(_config_entry: ConfigEntry) -> OptionsFlow:
        """The options."""
        return BcmOptionsFlow()

    async def async_step_mqtt(self, discovery_info: MqttServiceInfo) -> ConfigFlowResult:
        """A bridge has published its info, as it does once a minute."""
        if last_level(discovery_info.topic) != "info":
            return self.async_abort(reason="invalid_discovery_info")
        try:
            self._base, bridge = base_and_bridge(discovery_info.topic)
            info = BridgeInfo.parse(discovery_info.payload)
        except ValueError:
            return self.async_abort(reason="invalid_discovery_info")
        # `already_configured` would end the discovery of further bridges on some versions.
        if await self.async_set_unique_id(_unique_id(info)):
            return self.async_abort(reason="invalid_discovery_info")
        self._found = {bridge: info}
        self.context["title_placeholders"] = {"name": title_of(info)}
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Somebody wants it."""
        bridge, info = next(iter(self._found.items()))
        if user_input is not None:
            return self._created(bridge, info)
        return self.async_show_form(
            step_id="confirm",
            description_placeholders={
                "site": info.site_name,
                "bridge": bridge,
                "panels": str(len(info.panels)),
            },
        )

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Somebody names a base topic."""
        errors = {}
        if user_input is not None:
            self._base = user_input[CONF_BASE_TOPIC]
            error, self._found = await _bridges(self.hass, self._base)
            configured = self._async_current_ids(include_ignore=False)
            new = {
                bridge: info
                for bridge, info in self._found.items()
                if _unique_id(info) not in configured
            }
            if self._found and not new:
                return self.async_abort(reason="already_configured")
            self._found = new
            if len(new) > 1:
                return await self.async_step_bridge()
            if new:
                return await self.async_step_bridge({CONF_BRIDGE: next(iter(new))})
            errors[CONF_BASE_TOPIC] = error
        return self.async_show_form(
            step_id="user", data_schema=_base_schema(self._base), errors=errors
        )

    async def async_step_bridge(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Several bridges were found: somebody chooses one."""
        if user_input is not None:
            bridge = user_input[CONF_BRIDGE]
            info = self._found[bridge]
            # A flow that discovery began asks for the same consent.
            await self.async_set_unique_id(_unique_id(info), raise_on_progress=False)
            self._abort_if_unique_id_configured()
            return self._created(bridge, info)
        options = [
            selector.SelectOptionDict(value=bridge, label=f"{info.site_name} ({bridge})")
            for bridge, info in sorted(self._found.items())
        ]
        config = selector.SelectSelectorConfig(options=options)
        schema = vol.Schema({vol.Required(CONF_BRIDGE): selector.SelectSelector(config)})
        return self.async_show_form(step_id="bridge", data_schema=schema)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """The bridge publishes below another base topic now."""
        entry = self._get_reconfigure_entry()
        errors = {}
        base: str = entry.data[CONF_BASE_TOPIC]
        if user_input is not None:
            base = user_input[CONF_BASE_TOPIC]
            error, found = await _bridges(self.hass, base)
            for bridge, info in found.items():
                if _unique_id(info) == entry.unique_id:
                    # Its listener reloads the entry.
                    self.hass.config_entries.async_update_entry(
                        entry, data={CONF_BASE_TOPIC: base, CONF_BRIDGE: bridge}
                    )
                    return self.async_abort(reason="reconfigure_successful")
            errors[CONF_BASE_TOPIC] = "other_bridge" if found else error
        return self.async_show_form(
            step_id="reconfigure", data_schema=_base_schema(base), errors=errors
        )

    def _created(self, bridge: str, info: BridgeInfo) -> ConfigFlowResult:
        # The customers of a site are those of all its bridges: one entry shows them.
        others = self._async_current_entries(include_ignore=False)
        first = all(entry.data[CONF_BASE_TOPIC] != self._base for entry in others)
        return self.async_create_entry(
            title=title_of(info),
            data={CONF_BASE_TOPIC: self._base, CONF_BRIDGE: bridge},
            options={CONF_CUSTOMERS: first},
        )


class BcmOptionsFlow(OptionsFlow):
    """What is shown, and when something counts as a fault."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """All options in one form."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init", data_schema=_options_schema(self.config_entry.options)
        )


def _unique_id(info: BridgeInfo) -> str:
    return f"{info.site}_{info.bridge}"


def _base_schema(base: str) -> vol.Schema:
    return vol.Schema({vol.Required(CONF_BASE_TOPIC, default=base): selector.TextSelector()})


def _options_schema(options: Mapping[str, Any]) -> vol.Schema:
    def number(key: str, default: int, least: int, most: int, unit: str) -> dict[vol.Marker, Any]:
        config = selector.NumberSelectorConfig(
            min=least,
            max=most,
            unit_of_measurement=unit,
            mode=selector.NumberSelectorMode.BOX,
        )
        marker = vol.Required(key, default=options.get(key, default))
        return {marker: vol.All(selector.NumberSelector(config), vol.Coerce(int))}

    customers = vol.Required(CONF_CUSTOMERS, default=options.get(CONF_CUSTOMERS, True))
    return vol.Schema(
        {customers: selector.BooleanSelector()}
        | number(CONF_GRACE_MINUTES, DEFAULT_GRACE_MINUTES, 1, 1440, "min")
        | number(CONF_ESTIMATED_PERCENT, DEFAULT_ESTIMATED_PERCENT, 0, 100, "%")
        | number(CONF_HISTORY_MONTHS, DEFAULT_HISTORY_MONTHS, 1, 120, "months")
    )


async def _bridges(hass: HomeAssistant, base: str) -> tuple[str, dict[str, BridgeInfo]]:
    """The bridges that run below a base topic by id, or the name of the error if there is none."""
    if not all(base.split("/")) or any(sign in base for sign in "+#\0"):
        return "bad_base_topic", {}
    if not await mqtt.async_wait_for_mqtt_client(hass) or not mqtt.is_connected(hass):
        return "no_mqtt", {}
    infos: dict[str, BridgeInfo] = {}
    online: set[str] = set()
    come = asyncio.Event()

    @callback
    def heard(message: ReceiveMessage) -> None:
        _, bridge = base_and_bridge(message.topic)
        if last_level(message.topic) == "state":
            (online.add if message.payload == "online" else online.discard)(bridge)
        else:
            with suppress(PayloadError):
                infos[bridge] = BridgeInfo.parse(message.payload)
        if online & infos.keys():
            come.set()

    topics = every_info(base), every_state(base)
    forget = [await mqtt.async_subscribe(hass, topic, heard, qos=1) for topic in topics]
    try:
        async with asyncio.timeout(FOUND_WITHIN.total_seconds()):
            await come.wait()
        await asyncio.sleep(_SETTLED_S)
    except TimeoutError:
        # Its info stays at the broker when a bridge has gone elsewhere.
        return "bridge_is_offline" if infos else "no_bridge", {}
    finally:
        for one in forget:
            one()
    return "", {bridge: info for bridge, info in infos.items() if bridge in online}
