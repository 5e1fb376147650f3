"""The actions: what automations and people can ask of a bridge and of billing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN
from .requests import BILLING_ANSWERS_WITHIN_S

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse

    from .coordinator import BcmConfigEntry, BcmCoordinator

_ENTRY = "config_entry_id"
_CHANGES = (
    *("description", "customer", "rating", "connection"),
    *("power_factor", "power_factor_tolerance", "valid_from"),
)
_KINDS = (
    *("overload", "no_data", "wiring"),
    *("imbalance", "neutral", "redundancy", "redundant_share"),
)
_CONNECTIONS = ("1P", "2P", "2P-N", "3P", "3P-D")

_HOUSE = "Home Assistant"
_LONGEST_NAME = 150

_POLE = vol.All(vol.Coerce(int), vol.Range(min=1))
_SHARE = vol.All(vol.Coerce(float), vol.Range(min=0, max=1, min_included=False))
_CIRCUITS: dict[vol.Marker, Any] = {
    vol.Optional(_ENTRY): cv.string,
    vol.Optional("device_id"): vol.All(cv.ensure_list, [cv.string]),
    vol.Optional("panel"): cv.string,
    vol.Optional("pole"): vol.All(cv.ensure_list, [_POLE]),
}

BILLING_REPORT = vol.Schema(
    {
        vol.Optional(_ENTRY): cv.string,
        vol.Required("month"): cv.matches_regex(r"^\d{4}-\d{2}$"),
        vol.Optional("customer"): cv.string,
    }
)
SET_CIRCUIT = vol.All(
    vol.Schema(
        {
            **_CIRCUITS,
            vol.Optional("description"): cv.string,
            vol.Optional("customer"): cv.string,
            vol.Optional("rating"): vol.All(vol.Coerce(int), vol.Range(min=1)),
            vol.Optional("connection"): vol.In(_CONNECTIONS),
            vol.Optional("power_factor"): _SHARE,
            vol.Optional("power_factor_tolerance"): _SHARE,
            vol.Optional("valid_from"): cv.string,
        }
    ),
    cv.has_at_least_one_key(*_CHANGES[:-1]),
)
ASSIGN_CUSTOMER = vol.Schema(
    {**_CIRCUITS, vol.Required("customer"): cv.string, vol.Optional("valid_from"): cv.string}
)
ACKNOWLEDGE_ALARM = vol.Schema({**_CIRCUITS, vol.Optional("kind"): vol.In(_KINDS)})


@callback
def register_actions(hass: HomeAssistant) -> None:
    """Registers them once, for all bridges."""

    async def billing_report(call: ServiceCall) -> ServiceResponse:
        coordinator = _coordinator(hass, call, of_site=True)
        wanted = {key: call.data[key] for key in ("month", "customer") if key in call.data}
        response = await coordinator.ask_billing("report", wanted, BILLING_ANSWERS_WITHIN_S)
        report: dict[str, Any] = response["report"]
        return report

    async def change(call: ServiceCall) -> None:
        coordinator = _coordinator(hass, call)
        circuits = _circuits(hass, coordinator, call)
        changes = {key: call.data[key] for key in _CHANGES if key in call.data}
        body = [{"panel": panel, "pole": pole, **changes} for panel, pole in circuits]
        await coordinator.ask_bridge("circuit", {"circuits": body})

    async def acknowledge(call: ServiceCall) -> None:
        coordinator = _coordinator(hass, call)
        kind = {"kind": call.data["kind"]} if "kind" in call.data else {}
        if coordinator.info.names:
            kind["by"] = await _who(hass, call)
        if call.data.keys() & {"device_id", "pole"}:
            for panel, pole in _circuits(hass, coordinator, call):
                await coordinator.ask_bridge("acknowledge", {"panel": panel, "pole": pole, **kind})
            return
        if "panel" in call.data:
            kind["panel"] = call.data["panel"]
        await coordinator.ask_bridge("acknowledge", kind)

    hass.services.async_register(
        DOMAIN, "billing_report", billing_report, BILLING_REPORT, SupportsResponse.ONLY
    )
    hass.services.async_register(DOMAIN, "set_circuit", change, SET_CIRCUIT)
    hass.services.async_register(DOMAIN, "assign_customer", change, ASSIGN_CUSTOMER)
    hass.services.async_register(DOMAIN, "acknowledge_alarm", acknowledge, ACKNOWLEDGE_ALARM)


async def _who(hass: HomeAssistant, call: ServiceCall) -> str:
    """Who calls, for the journal of alarms; an automation is nobody, and the house itself."""
    user_id = call.context.user_id
    user = await hass.auth.async_get_user(user_id) if user_id else None
    return f"{user.name[:_LONGEST_NAME]} ({_HOUSE})" if user and user.name else _HOUSE


def _coordinator(
    hass: HomeAssistant, call: ServiceCall, *, of_site: bool = False
) -> BcmCoordinator:
    """Of the entry that is named, or that has the panel or the devices, or of the only one.

    What is asked `of_site` any of its bridges can ask, as they share a base topic.
    """
    loaded: list[BcmConfigEntry] = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.state is ConfigEntryState.LOADED
    ]
    wanted, panel = call.data.get(_ENTRY), call.data.get("panel")
    found = [entry.runtime_data for entry in loaded if wanted in {None, entry.entry_id}]
    if wanted is None and panel is not None:
        found = [coordinator for coordinator in found if panel in coordinator.info.panels]
    devices = call.data.get("device_id", ())
    if len(found) > 1 and devices:
        found = _with_all(hass, found, devices)
    bases = {coordinator.topics.base for coordinator in found}
    if len(found) == 1 or (of_site and len(bases) == 1):
        return found[0]
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="several_bridges" if found else "no_such_bridge",
    )


def _with_all(
    hass: HomeAssistant, coordinators: list[BcmCoordinator], devices: list[str]
) -> list[BcmCoordinator]:
    """Those that have each of the devices.

    Of several circuits all are changed or none, which two bridges cannot do together.
    """
    owners = {
        device: [one for one in coordinators if _circuit_of(hass, one, device)]
        for device in devices
    }
    for device, having in owners.items():
        if not having:
            raise _not_a_circuit(hass, device)
    found = [one for one in coordinators if all(one in having for having in owners.values())]
    if not found:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="devices_of_several_bridges"
        )
    return found


def _circuits(
    hass: HomeAssistant, coordinator: BcmCoordinator, call: ServiceCall
) -> list[tuple[str, int]]:
    """Panel and first pole of each circuit that is meant: by device, or by panel and pole."""
    found = []
    for device_id in call.data.get("device_id", ()):
        if (circuit := _circuit_of(hass, coordinator, device_id)) is None:
            raise _not_a_circuit(hass, device_id)
        found.append(circuit)
    if ("panel" in call.data) != ("pole" in call.data) or not (found or "pole" in call.data):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_circuit")
    return found + [(call.data["panel"], pole) for pole in call.data.get("pole", ())]


def _circuit_of(
    hass: HomeAssistant, coordinator: BcmCoordinator, device_id: str
) -> tuple[str, int] | None:
    """The circuit of a device that MQTT discovery made: `<site>_<panel>_<first pole>`."""
    device = dr.async_get(hass).async_get(device_id)
    for domain, identifier in device.identifiers if device else ():
        panel, _, pole = identifier.removeprefix(f"{coordinator.site}_").rpartition("_")
        if domain == "mqtt" and panel in coordinator.info.panels and pole.isdecimal():
            return panel, int(pole)
    return None


def _not_a_circuit(hass: HomeAssistant, device_id: str) -> ServiceValidationError:
    device = dr.async_get(hass).async_get(device_id)
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="not_a_circuit",
        translation_placeholders={"device": (device.name if device else None) or device_id},
    )
