"""What sources of every kind say alike: connection, profile, periods, and when they are read."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.directory.panel_times import times_of
from bcm_mqtt.config.settings import ConnectionSettings
from bcm_mqtt.config.sources.written import Site, Written
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.errors import InputError

_FILE: Final = ".yaml"
_Connection = TypeVar("_Connection", bound=ConnectionSettings)
_Profile = TypeVar("_Profile")
_QUANTITIES: Final = {str(quantity): quantity for quantity in Quantity}


def quantity_name(value: object) -> Quantity:
    """A quantity by its name."""
    if value in _QUANTITIES:
        return _QUANTITIES[str(value)]
    message = f"expected a quantity: one of {', '.join(_QUANTITIES)}"
    raise vol.Invalid(message)


def profile_file(value: Mapping[str, Any], folder: Path) -> Path | None:
    """The file that a source names as its profile; None where it names a shipped one."""
    name = value.get("profile", "")
    return folder / name if name.endswith(_FILE) else None


def connection_of(
    written: Written, site: Site, key: str, kind: type[_Connection], is_none: str
) -> _Connection | None:
    """What a source is read through; None where it names none that is good.

    Args:
        written: The source.
        site: Is told what is wrong.
        key: Of the source, which names one of `gateways`.
        kind: That it must be.
        is_none: What is said of one of another kind, after its name.
    """
    name, known = written.value[key], site.document.keys("gateways")
    found = site.gateways.get(name)
    if name not in known:
        site.complain(written, values.unknown("gateway", name, known), key)
    elif found and not isinstance(found, kind):
        site.complain(written, f"{name} {is_none}", key)
    return found if isinstance(found, kind) else None


def profile_of(
    written: Written,
    site: Site,
    name: str,
    shipped: Mapping[str, _Profile],
    load: Callable[[Path], _Profile],
) -> _Profile | None:
    """The profile of a source; None where it is none, or its file is wrong.

    Args:
        written: The source.
        site: Is told what is wrong.
        name: Of the profile.
        shipped: By name.
        load: Makes one of a file, where the source names one.
    """
    try:
        file = profile_file(written.value, site.folder)
        profile = load(file) if file else shipped.get(name)
    except InputError as error:
        site.problems.extend(error.problems)
        return None
    if profile is None:
        site.complain(written, values.unknown("profile", name, shipped), "profile")
    return profile


def common_of(written: Written, site: Site, measured: frozenset[Quantity]) -> dict[str, Any]:
    """`periods`, `valid_from` and `valid_to` as `SourceSettings` has them; mistakes are noted.

    Args:
        written: The source.
        site: Is told what is wrong.
        measured: What the source measures.
    """
    periods = dict[Quantity, timedelta]()
    for quantity, interval in written.value.get("periods", {}).items():
        if quantity in measured:
            periods[quantity] = interval
        else:
            expected = ", ".join(one for one in Quantity if one in measured)
            message = f"is not measured by this source: expected one of {expected}"
            site.complain(written, message, "periods", quantity)
    if not written.is_listed:  # the panel's own times are those of all it has
        return {"periods": periods}
    times = times_of(written.value, site.zone)
    for keys, message in times.mistakes:
        site.complain(written, message, *keys)
    return {"periods": periods, "valid_from": times.valid_from, "valid_to": times.valid_to}
