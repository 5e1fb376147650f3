"""What the page of system health says of all bridges together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback

from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.components.system_health import SystemHealthRegistration
    from homeassistant.core import HomeAssistant

    from .coordinator import BcmConfigEntry


@callback
def async_register(_hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Registers the information."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Bridges, panels and customers in figures."""
    entries: list[BcmConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    loaded = [entry.runtime_data for entry in entries if entry.state is ConfigEntryState.LOADED]
    panels = [answers for item in loaded for answers in item.info.panels.values()]
    return {
        "bridges": len(entries),
        "bridges_online": sum(item.data.online for item in loaded),
        "bridge_versions": ", ".join(sorted({item.info.version for item in loaded})),
        "panels": len(panels),
        "panels_answering": sum(answers is True for answers in panels),
        "snapshots_waiting": sum(item.info.waiting for item in loaded),
        "customers": sum(len(item.data.customers) for item in loaded),
    }
