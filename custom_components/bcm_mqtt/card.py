"""The breaker panel as a card of dashboards: serves its modules and has pages load them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from homeassistant.components import frontend
from homeassistant.components.http import StaticPathConfig

from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

FOLDER: Final = Path(__file__).with_name("frontend")


async def serve_card(hass: HomeAssistant) -> None:
    """Pages have the card, its editor and the dashboard strategy.

    A Home Assistant without pages has no use for them. Browsers keep the modules for a month, so
    that the address says what is in them; they import each other relatively to it.
    """
    if "frontend" not in hass.config.components:
        return
    url = f"/{DOMAIN}/{await hass.async_add_executor_job(_digest)}"
    paths = [StaticPathConfig(url, str(FOLDER), cache_headers=True)]
    await hass.http.async_register_static_paths(paths)
    frontend.add_extra_js_url(hass, f"{url}/index.js")


def _digest() -> str:
    content = b"".join(file.read_bytes() for file in sorted(FOLDER.glob("*.js")))
    return hashlib.sha256(content).hexdigest()[:12]
