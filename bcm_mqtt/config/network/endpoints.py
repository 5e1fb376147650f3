"""Validators of where something is on the network: hosts, databases and archives."""

import re
from ipaddress import ip_address

import voluptuous as vol

from bcm_mqtt.archive import is_url
from bcm_mqtt.config import values
from bcm_mqtt.located import UnshownError

_URL = re.compile(r"([a-z0-9]+)(?:\+\w+)?://.*", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_STORES = ("s3", "gs", "abfs", "abfss")
_PORT = re.compile(r"([^:\s]+|\[.*\]):([0-9]+)")


def host(value: object) -> str:
    """A host name or an address, without the port and the scheme that have keys of their own."""
    found = values.text(value)
    if scheme := _SCHEME.match(found):
        message = f"expected a host such as 192.168.1.20 or meters.example.com, without {scheme[0]}"
        raise vol.Invalid(message)
    if named := _PORT.fullmatch(found):
        message = f"expected a host alone, and its port as port: {named[2]}"
        raise vol.Invalid(message)
    if re.search(r"[\s/,;@]", found) or (":" in found and not _is_address(found.strip("[]"))):
        message = "expected a host such as 192.168.1.20, fe80::1 or meters.example.com"
        raise vol.Invalid(message)
    return found


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def database_url(value: object) -> str:
    """The URL of a database that can be used; its password is never printed."""
    found = values.text(value)
    match = _URL.fullmatch(found)
    if match and match[1] in {"sqlite", "postgresql"}:
        return found
    message = "expected sqlite:///data/bcm.db or postgresql+psycopg://user@host/database"
    raise UnshownError(message if match is None else f"{message}, not {match[1]}://")


def replica_url(value: object) -> str:
    """The URL of a server that follows the database; its password is never printed."""
    found = values.text(value)
    match = _URL.fullmatch(found)
    if match and match[1] == "postgresql":
        return found
    message = "expected the URL of a PostgreSQL replica: postgresql+psycopg://user@host/database"
    raise UnshownError(message if match is None else f"{message}, not {match[1]}://")


def archive_location(value: object) -> str:
    """A folder, or a URL that pyarrow knows; what it may have of a password is never printed."""
    found = values.text(value)
    if not is_url(found):
        return found
    store, _, rest = found.partition("://")
    if store not in _STORES:
        message = "expected a folder, or the URL of an object store such as s3://bucket/polls"
        raise UnshownError(message)
    if not re.split(r"[/?#]", rest.strip())[0].rpartition("@")[2]:
        raise UnshownError(f"names no bucket: expected one such as {store}://bucket/polls")
    return found
