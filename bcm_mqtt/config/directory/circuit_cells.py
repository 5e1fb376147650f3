"""The cells of circuits.csv: what each column's text means, and the text of each value."""

import re
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.domain.site.circuit import CircuitVersion, poles_text
from bcm_mqtt.domain.site.connection import Connection
from bcm_mqtt.domain.time.instants import BEGINNING
from bcm_mqtt.domain.time.month import midnight

COLUMNS = (
    "panel",
    "poles",
    "description",
    "customer",
    "rating",
    "connection",
    "power_factor",
    "valid_from",
)
REQUIRED = frozenset({"panel", "poles"})


def poles_of(cell: str) -> tuple[int, ...]:
    """The poles of `1` or `1+3+5`, ascending; raises ValueError."""
    if not re.fullmatch(r"\d+(\s*\+\s*\d+){0,2}", cell):
        message = "expected poles such as 1 or 1+3+5"
        raise ValueError(message)
    poles = tuple(sorted(int(part) for part in cell.split("+")))
    if len(set(poles)) < len(poles):
        message = "expected each pole once"
        raise ValueError(message)
    return poles


def rating_of(cell: str) -> int:
    """Amps of a breaker; raises ValueError."""
    if not cell.isdecimal() or not 1 <= int(cell) <= 10000:
        message = "expected amps as a whole number from 1 to 10000"
        raise ValueError(message)
    return int(cell)


def connection_of(cell: str) -> Connection:
    """The connection of that name; raises ValueError."""
    try:
        return Connection(cell)
    except ValueError:
        message = f"expected one of {', '.join(Connection)}"
        raise ValueError(message) from None


def power_factor_of(cell: str) -> Decimal:
    """A power factor; raises ValueError."""
    try:
        return values.power_factor(cell)
    except vol.Invalid as error:
        raise ValueError(str(error)) from None


def usual_connection(poles: tuple[int, ...]) -> Connection:
    """What an empty connection means."""
    return Connection.usual(len(poles))


def texts_of(panel: str, version: CircuitVersion, zone: ZoneInfo) -> dict[str, str]:
    """The text of every column, which reads as this version again.

    Args:
        panel: Its id.
        version: To be written.
        zone: The site's, in which a `valid_from` at midnight is a date.
    """
    rating, power_factor = version.rating_amps, version.power_factor
    return {
        "panel": panel,
        "poles": poles_text(version.poles),
        "description": version.description,
        "customer": version.customer,
        "rating": "" if rating is None else str(rating),
        "connection": version.connection.value,
        "power_factor": "" if power_factor is None else format(power_factor, "f"),
        "valid_from": instant_text(version.valid_from, zone),
    }


def instant_text(at: datetime, zone: ZoneInfo) -> str:
    """A date where the instant is its midnight, else local time with offset; "" for always."""
    if at == BEGINNING:
        return ""
    local = at.astimezone(zone)
    if midnight(local.date(), zone) == at:
        return local.date().isoformat()
    whole_minute = not local.second and not local.microsecond
    return local.isoformat(timespec="minutes" if whole_minute else "auto")


def row_text(cells: list[str]) -> str:
    """A row without its line end, quoted where commas, quotes or a first # need it."""
    return ",".join(map(_quoted, cells))


def _quoted(cell: str) -> str:
    if cell.startswith("#") or any(mark in cell for mark in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell
