"""Diagnostics of an entry, without what says who the customers are."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from homeassistant.components.diagnostics import async_redact_data

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from .coordinator import BcmConfigEntry

TO_REDACT = {"customer", "name", "problems", "reasons", "site_name"}
"""Reasons and problems may quote what somebody wrote."""


async def async_get_config_entry_diagnostics(
    _hass: HomeAssistant, entry: BcmConfigEntry
) -> dict[str, Any]:
    """What was published last; customers are numbered, in the order of their topics."""
    data = entry.runtime_data.data
    customers = [asdict(month) for _, month in sorted(data.customers.items())]
    shown = {
        "entry": {"data": dict(entry.data), "options": dict(entry.options)},
        "connected": data.connected,
        "online": data.online,
        "complete": data.complete,
        "info": asdict(entry.runtime_data.info),
        "site": asdict(data.site) if data.site else None,
        "customers": customers,
    }
    redacted: dict[str, Any] = async_redact_data(shown, TO_REDACT)
    return redacted
