"""What a real browser does on Home Assistant's pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from home_assistant.instance import HomeAssistant

NEVER_MS = 4_102_444_800_000
"""In 2100."""


def log_in(page: Page, home: HomeAssistant) -> None:
    """By the token of the tests."""
    url = f"http://127.0.0.1:{home.port}"
    tokens = {
        "access_token": home.token,
        "token_type": "Bearer",
        "expires_in": 1800,
        "hassUrl": url,
        "clientId": f"{url}/",
        "expires": NEVER_MS,
        "refresh_token": "",
    }
    page.add_init_script(f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))})")


def make_dashboard(home: HomeAssistant, path: str, title: str, config: dict[str, Any]) -> None:
    """As a person makes one: in Home Assistant's storage, so that it can be edited."""
    home.ask(
        {
            "type": "lovelace/dashboards/create",
            "url_path": path,
            "title": title,
            "mode": "storage",
            "icon": "mdi:flash",
            "show_in_sidebar": True,
            "require_admin": False,
        },
        {"type": "lovelace/config/save", "url_path": path, "config": config},
    )
