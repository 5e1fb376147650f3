"""Panels and their profiles: from validated data to settings, checked.

A panel's profile is a shipped one or a file of the site, with its parameters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from bcm_mqtt.config.companions import with_companions
from bcm_mqtt.config.gateways import ids_on, is_modbus_tcp
from bcm_mqtt.config.settings import GatewaySettings, PanelSettings
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.errors import InputError, Problem
from bcm_mqtt.located import Document
from bcm_mqtt.modbus import Link
from bcm_mqtt.profiles import (
    LAST_REGISTER,
    Profile,
    load_profile,
    shipped_profiles,
    with_parameters,
)


def panels_of(
    document: Document,
    data: Mapping[str, Any],
    gateways: Mapping[str, GatewaySettings],
    profiles: Mapping[str, Profile],
) -> tuple[dict[str, PanelSettings], list[Problem]]:
    """The panels that can be polled, by id, and why the others cannot.

    Args:
        document: Names and places as the user wrote them; a gateway that is there but
            wrong is not reported a second time by its panels.
        data: Validated `panels`.
        gateways: By id.
        profiles: Of the panels that have a good one, by panel id.
    """
    problems: list[Problem] = []
    panels: dict[str, PanelSettings] = {}
    for key, value in data.items():
        mistakes = [
            document.problem(("panels", key, *place), message)
            for place, message in _panel_mistakes(key, value, document, profiles, gateways)
        ]
        problems += mistakes
        good = not mistakes and key in profiles and value["gateway"] in gateways
        if good and value.get("unit_ids") != []:
            panels[key] = _panel(key, value, profiles[key], gateways[value["gateway"]])
    problems += [
        document.problem(("panels", key), f"could be taken for a circuit of panel {other}")
        for key in data
        for other in data
        if key.startswith(f"{other}_") and key.removeprefix(f"{other}_").isdecimal()
    ]
    problems += [
        document.problem(("panels", key, "unit_ids"), message)
        for key, message in _units_claimed_twice(panels)
    ]
    panels, more = with_companions(document, data, panels)
    return panels, [*problems, *more]


def _panel_mistakes(
    key: str,
    value: Mapping[str, Any],
    document: Document,
    profiles: Mapping[str, Profile],
    found: Mapping[str, GatewaySettings],
) -> list[tuple[tuple[str, ...], str]]:
    """What a panel refers to that does not exist or does not fit, with its key."""
    mistakes: list[tuple[tuple[str, ...], str]] = []
    gateways, partners = document.keys("gateways"), document.keys("panels") - {key}
    if value["gateway"] not in gateways:
        mistakes.append((("gateway",), unknown("gateway", value["gateway"], gateways)))
    partner = value.get("redundant_with", "")
    if partner and partner not in partners:
        mistakes.append((("redundant_with",), unknown("panel", partner, partners)))
    profile = profiles.get(key)
    if profile is None:  # which has been reported
        return mistakes
    units = _unit_ids(value, profile)
    expected = f"profile {profile.id} expects {profile.unit_count} unit ids"
    if "unit_ids" in value and "first_unit_id" in value:
        mistakes.append((("first_unit_id",), "is given by unit_ids: expected one of the two"))
    if not units and document.value(("panels", key, "unit_ids")):
        pass  # a list with a mistake in it, which has been reported
    elif len(units) != profile.unit_count:
        mistakes.append((("unit_ids",), f"{expected}, not {len(units)}"))
    elif len(set(units)) < len(units):
        mistakes.append((("unit_ids",), "expected each unit id once"))
    if gateway := found.get(value["gateway"]):
        mistakes += _misfits(value, units, gateway.link)
    if "addressing" in value and (beyond := _beyond(_addressed(value, profile))):
        mistakes.append((("addressing",), beyond))
    return mistakes


def _misfits(
    value: Mapping[str, Any], units: tuple[int, ...], link: Link
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a panel says that its gateway or serial port cannot do."""
    ids = ids_on(link)
    key = "unit_ids" if "unit_ids" in value else "first_unit_id"
    if strange := sorted(set(units) - set(ids)):
        tcp_only = "" if is_modbus_tcp(link) else "; 0 and 248 to 255 go over Modbus TCP only"
        yield (key,), f"unit id {strange[0]}: expected {ids[0]} to {ids[-1]}{tcp_only}"
    if "transaction_ids" in value and not is_modbus_tcp(link):
        yield ("transaction_ids",), "has a meaning over Modbus TCP only"


def _addressed(value: Mapping[str, Any], profile: Profile) -> Profile:
    """The profile with the function code and the addressing that a panel sets."""
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


def _panel(
    key: str, value: Mapping[str, Any], profile: Profile, gateway: GatewaySettings
) -> PanelSettings:
    pole_count = value.get("poles", profile.pole_count)
    power_factor = value.get("power_factor", Decimal(1))
    measured = {channel.pole for channel in profile.channels}
    unmeasured = set(range(1, pole_count + 1)) - measured
    return PanelSettings(
        panel=Panel(
            id=key,
            name=value.get("name", key),
            service=value["service"],
            pole_count=pole_count,
            main_rating=value.get("main_rating"),
            power_factor=power_factor,
            feed=value["feed"],
            redundant_with=value.get("redundant_with", ""),
            unmonitored=frozenset(unmeasured | set(value["unmonitored"])),
            states_unity="power_factor" in value and power_factor == 1,
            current_step=profile.step(Quantity.CURRENT),
            power_step=profile.step(Quantity.POWER),
        ),
        gateway=gateway.id,
        profile=_addressed(value, profile),
        unit_ids=_unit_ids(value, profile),
        poll_interval=value.get("poll_interval", gateway.poll_interval),
        fully_rated=frozenset(value["fully_rated"]),
    )


def _units_claimed_twice(panels: Mapping[str, PanelSettings]) -> list[tuple[str, str]]:
    taken: dict[tuple[str, int], str] = {}
    mistakes = []
    for key, panel in panels.items():
        for unit in panel.unit_ids:
            other = taken.setdefault((panel.gateway, unit), key)
            if other != key:
                message = f"unit id {unit} of gateway {panel.gateway} is panel {other}'s already"
                mistakes.append((key, message))
    return mistakes


def _unit_ids(value: Mapping[str, Any], profile: Profile) -> tuple[int, ...]:
    """Unit ids as listed, or counted from the first (default 1)."""
    if "unit_ids" in value:
        return tuple(value["unit_ids"])
    first = value.get("first_unit_id", 1)
    return tuple(range(first, first + profile.unit_count))


_FILE = ".yaml"


def profiles_of(
    document: Document, data: Mapping[str, Any], folder: Path
) -> tuple[dict[str, Profile], list[Problem]]:
    """The profile of each panel that has a good one, and what is wrong with the others.

    Args:
        document: For the places of the problems.
        data: Validated `panels`.
        folder: Of the main file: a profile that is a file's name is looked for here.
    """
    profiles: dict[str, Profile] = {}
    problems: list[Problem] = []
    for key, value in data.items():
        name = value["profile"]
        try:
            profile = (
                load_profile(folder / name)
                if name.endswith(_FILE)
                else shipped_profiles().get(name)
            )
        except InputError as error:
            problems += error.problems
            continue
        if profile is None:
            message = unknown("profile", name, shipped_profiles())
            problems.append(document.problem(("panels", key, "profile"), message))
            continue
        try:
            profiles[key] = with_parameters(profile, value["parameters"])
        except InputError as error:
            place = ("panels", key, "parameters")
            problems += [
                document.problem((*place, problem.key) if problem.key else place, problem.message)
                for problem in error.problems
            ]
    return profiles, problems


def profile_files(data: Mapping[str, Any], folder: Path) -> set[Path]:
    """The files that panels name as their profile.

    Args:
        data: Validated `panels`.
        folder: Of the main file.
    """
    names = (value["profile"] for value in data.values())
    return {folder / name for name in names if name.endswith(_FILE)}
