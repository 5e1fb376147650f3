"""Sources over Modbus: meters behind a gateway or on a serial line, read by a profile."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.gateways import ids_on, is_modbus_tcp
from bcm_mqtt.config.settings import GatewaySettings
from bcm_mqtt.config.sources.common import common_of, connection_of, profile_of
from bcm_mqtt.config.sources.poles import MOST_POLES
from bcm_mqtt.config.sources.settings import ModbusSource
from bcm_mqtt.config.sources.written import Site, Written
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.errors import InputError
from bcm_mqtt.modbus import Link
from bcm_mqtt.profiles import (
    LAST_REGISTER,
    Addressing,
    Profile,
    load_profile,
    shipped_profiles,
    with_parameters,
)

_USUAL: Final = "bg08"
_ALL: Final = MOST_POLES


class ModbusKind:
    """A source that names a gateway."""

    keys: Final[Mapping[Any, Any]] = {
        vol.Optional("gateway"): values.identifier,
        vol.Optional("profile"): values.text,
        vol.Optional("parameters"): dict,  # the profile checks them
        vol.Optional("unit_ids"): [values.whole(0, 255)],
        vol.Optional("first_unit_id"): values.whole(0, 255),
        vol.Optional("transaction_ids"): vol.In(
            ["lenient"], msg="expected lenient, or strict at the gateway"
        ),
        vol.Optional("function_code"): vol.In([3, 4], msg="expected 3 (holding) or 4 (input)"),
        vol.Optional("addressing"): vol.Any(
            vol.All(values.whole(-1, 1), vol.In([-1, 1])),
            vol.Coerce(Addressing),
            msg="expected wire, one-based, modicon, -1 or +1",
        ),
    }

    def settings(self, written: Written, site: Site) -> ModbusSource | None:
        """The meters of a source; None where something is wrong with it."""
        before = len(site.problems)
        value = written.value
        wrong = "is no gateway of Modbus"
        gateway = connection_of(written, site, "gateway", GatewaySettings, wrong)
        profile = _profile(written, site)
        if profile is None:
            return None
        units = _unit_ids(value, profile)
        for keys, message in _mistakes(written, site, profile, units):
            site.complain(written, message, *keys)
        placed = _placed(written, site, profile)
        common = common_of(written, site, frozenset(one.quantity for one in profile.measures))
        if gateway is None or placed is None or not units or len(site.problems) > before:
            return None
        measured = _measured(placed, _ALL if written.is_listed else value.get("poles", _ALL))
        scales = {pole: placed.register_scale(pole) for pole in measured}
        steps = {quantity: placed.step(quantity) for quantity in Quantity}
        return ModbusSource(
            **common,
            name=value.get("name", f"{gateway.id}-{units[0]}") if written.is_listed else "",
            gateway=gateway.id,
            measured=measured,
            poll_interval=value.get("poll_interval", gateway.poll_interval),
            units=_by_unit(placed, units, measured),
            register_scales={pole: scale for pole, scale in scales.items() if scale},
            steps={quantity: step for quantity, step in steps.items() if step},
            profile=placed,
            unit_ids=units,
        )


def _profile(written: Written, site: Site) -> Profile | None:
    """With its parameters and what the source overrides; None where something is wrong with it."""
    name = written.value.get("profile", _USUAL)
    profile = profile_of(written, site, name, shipped_profiles(), load_profile)
    if profile is None:
        return None
    try:
        profile = with_parameters(profile, written.value.get("parameters", {}))
    except InputError as error:
        for problem in error.problems:
            keys = ("parameters", problem.key) if problem.key else ("parameters",)
            site.complain(written, problem.message, *keys)
        return None
    return _addressed(written.value, profile)


def _mistakes(
    written: Written, site: Site, profile: Profile, units: tuple[int, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What does not fit together, with its key."""
    value, place = written.value, ("panels", written.panel, *written.place)
    expected = f"profile {profile.id} expects {profile.unit_count} unit ids"
    if "unit_ids" in value and "first_unit_id" in value:
        yield ("first_unit_id",), "is given by unit_ids: expected one of the two"
    if not units and site.document.value((*place, "unit_ids")):
        pass  # a list with a mistake in it, which has been reported
    elif len(units) != profile.unit_count:
        yield ("unit_ids",), f"{expected}, not {len(units)}"
    elif len(set(units)) < len(units):
        yield ("unit_ids",), "expected each unit id once"
    gateway = site.gateways.get(value["gateway"])
    if isinstance(gateway, GatewaySettings):
        yield from _misfits(value, units, gateway.link)
    if "addressing" in value and (beyond := _beyond(profile)):
        yield ("addressing",), beyond


def _misfits(
    value: Mapping[str, Any], units: tuple[int, ...], link: Link
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a source says that its gateway or serial port cannot do."""
    ids = ids_on(link)
    key = "unit_ids" if "unit_ids" in value else "first_unit_id"
    if strange := sorted(set(units) - set(ids)):
        tcp_only = "" if is_modbus_tcp(link) else "; 0 and 248 to 255 go over Modbus TCP only"
        yield (key,), f"unit id {strange[0]}: expected {ids[0]} to {ids[-1]}{tcp_only}"
    if "transaction_ids" in value and not is_modbus_tcp(link):
        yield ("transaction_ids",), "has a meaning over Modbus TCP only"


def _addressed(value: Mapping[str, Any], profile: Profile) -> Profile:
    """The profile with the function code and the addressing that a source sets."""
    addressing = value.get("addressing", profile.addressing)
    shifted = isinstance(addressing, int)
    return replace(
        profile,
        function_code=value.get("function_code", profile.function_code),
        addressing=profile.addressing if shifted else addressing,
        shift=addressing if shifted else profile.shift,
    )


def _beyond(profile: Profile) -> str:
    """What is wrong where a register has no address on the wire; or ""."""
    rows = profile.quantity_rows()
    for row in min(rows, key=lambda row: row.address), max(rows, key=lambda row: row.address):
        if not 0 <= row.address <= LAST_REGISTER:
            return f"register {row.register} would be address {row.address}"
    return ""


def _unit_ids(value: Mapping[str, Any], profile: Profile) -> tuple[int, ...]:
    """Unit ids as listed, or counted from the first (default 1)."""
    if "unit_ids" in value:
        return tuple(value["unit_ids"])
    first = value.get("first_unit_id", 1)
    return tuple(range(first, first + profile.unit_count))


def _placed(written: Written, site: Site, profile: Profile) -> Profile | None:
    """The profile with its channels on the poles that the source lists, in their order."""
    if not written.is_listed or "poles" not in written.value:
        return profile
    poles = written.value["poles"]
    own = sorted({channel.pole for channel in profile.channels})
    if len(poles) > len(own):
        message = f"profile {profile.id} measures {len(own)} poles, not {len(poles)}"
        site.complain(written, message, "poles")
        return None
    places = dict(zip(own, poles, strict=False))
    channels = [
        replace(channel, pole=places[channel.pole])
        for channel in profile.channels
        if channel.pole in places
    ]
    return replace(profile, channels=tuple(channels))


def _measured(profile: Profile, last: int) -> dict[int, frozenset[Quantity]]:
    """The quantities of each pole up to the last."""
    return {
        channel.pole: frozenset(
            one.quantity for one in profile.measures if profile.register(channel, one) is not None
        )
        for channel in profile.channels
        if channel.pole <= last
    }


def _by_unit(
    profile: Profile, unit_ids: tuple[int, ...], measured: Mapping[int, object]
) -> dict[int, tuple[int, ...]]:
    units: dict[int, tuple[int, ...]] = {}
    for channel in sorted(profile.channels, key=lambda channel: channel.pole):
        if channel.pole in measured:
            unit = unit_ids[channel.device_id - 1]
            units[unit] = (*units.get(unit, ()), channel.pole)
    return dict(sorted(units.items()))
