"""Writes the configuration of a Home Assistant that a person has already set up.

The files are those of 2025.4: an owner with a long-lived token, the onboarding done, and the MQTT
integration connected. Nothing in them makes Home Assistant look for the internet.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import shutil
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# No default_config: it brings in what searches the network and the internet. At info the log
# shows which entities came into being, for when a test fails.
CONFIGURATION = """\
http:
  server_host: 127.0.0.1
  server_port: {http_port}
api:
config:
diagnostics:
history:
persistent_notification:
recorder:
  commit_interval: 1
repairs:
system_log:
websocket_api:
logger:
  default: info
{extra}
"""

LIFETIME = 10 * 365 * 24 * 3600.0


def seed(
    directory: Path,
    *,
    http_port: int,
    mqtt_port: int,
    custom_components: Path | None = None,
    extra_yaml: str = "",
) -> str:
    """Fills a directory with a configuration.

    Args:
        directory: where to; it is made if it does not exist.
        http_port: where Home Assistant will listen, on 127.0.0.1.
        mqtt_port: where the broker listens, on 127.0.0.1.
        custom_components: a folder of that name, to be copied.
        extra_yaml: goes to the end of configuration.yaml.

    Returns:
        The token for its API.
    """
    storage = directory / ".storage"
    storage.mkdir(parents=True)
    (directory / "configuration.yaml").write_text(
        CONFIGURATION.format(http_port=http_port, extra=extra_yaml)
    )
    if custom_components is not None:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(custom_components, directory / "custom_components", ignore=ignored)
    now = datetime.now(UTC).isoformat()
    jwt_key, refresh_token = secrets.token_hex(64), uuid.uuid4().hex
    _store(storage, "auth", 1, 1, _auth(now, refresh_token, jwt_key))
    done = ["user", "core_config", "analytics", "integration"]
    _store(storage, "onboarding", 4, 1, {"done": done})
    _store(storage, "core.analytics", 1, 1, {"onboarded": True, "preferences": {}, "uuid": None})
    _store(storage, "core.config", 1, 4, _core_config())
    _store(storage, "core.config_entries", 1, 5, {"entries": [_mqtt_entry(now, mqtt_port)]})
    return _access_token(refresh_token, jwt_key)


def _store(storage: Path, key: str, version: int, minor: int, data: dict[str, object]) -> None:
    content = {"version": version, "minor_version": minor, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content, indent=1))


def _auth(now: str, refresh_token: str, jwt_key: str) -> dict[str, object]:
    owner = uuid.uuid4().hex
    groups = {
        "system-admin": "Administrators",
        "system-users": "Users",
        "system-read-only": "Read Only",
    }
    return {
        "users": [
            {
                "id": owner,
                "group_ids": ["system-admin"],
                "is_owner": True,
                "is_active": True,
                "name": "Tester",
                "system_generated": False,
                "local_only": False,
            }
        ],
        "groups": [{"id": group, "name": name} for group, name in groups.items()],
        "credentials": [],
        "refresh_tokens": [
            {
                "id": refresh_token,
                "user_id": owner,
                "client_id": None,
                "client_name": "tests",
                "client_icon": None,
                "token_type": "long_lived_access_token",
                "created_at": now,
                "access_token_expiration": LIFETIME,
                "token": secrets.token_hex(64),
                "jwt_key": jwt_key,
                "last_used_at": None,
                "last_used_ip": None,
                "expire_at": None,
                "credential_id": None,
                "version": None,
            }
        ],
    }


def _core_config() -> dict[str, object]:
    return {
        "latitude": 40.71,
        "longitude": -74.01,
        "elevation": 0,
        "unit_system_v2": "us_customary",
        "location_name": "Data Center 1",
        "time_zone": "America/New_York",
        "external_url": None,
        "internal_url": None,
        "currency": "USD",
        "country": "US",
        "language": "en",
        "radius": 100,
    }


def _mqtt_entry(now: str, port: int) -> dict[str, object]:
    return {
        "created_at": now,
        "modified_at": now,
        "data": {"broker": "127.0.0.1", "port": port},
        "discovery_keys": {},
        "disabled_by": None,
        "domain": "mqtt",
        "entry_id": uuid.uuid4().hex.upper()[:26],
        "version": 1,
        "minor_version": 2,
        "options": {"discovery": True, "discovery_prefix": "homeassistant"},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": [],
        "title": "127.0.0.1",
        "unique_id": None,
    }


def _access_token(refresh_token: str, jwt_key: str) -> str:
    """A JSON web token as Home Assistant signs it: HS256 with the key of the refresh token."""
    issued = int(time.time())
    claims = {"iss": refresh_token, "iat": issued, "exp": issued + int(LIFETIME)}
    signed = f"{_base64(_json({'alg': 'HS256', 'typ': 'JWT'}))}.{_base64(_json(claims))}"
    signature = hmac.new(jwt_key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64(signature)}"


def _json(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
