"""Sources over SNMP: agents in `gateways`, and what of them is read by a profile."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.network.endpoints import host
from bcm_mqtt.config.settings import ConnectionSettings
from bcm_mqtt.config.sources.common import (
    common_of,
    connection_of,
    profile_of,
    quantity_name,
)
from bcm_mqtt.config.sources.poles import number_list
from bcm_mqtt.config.sources.settings import SourceSettings
from bcm_mqtt.config.sources.written import Site, Written, WrittenGateway
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.located import UnshownError
from bcm_mqtt.profiles.snmp import AgentProfile, Table, agent_profiles, load_agent_profile
from bcm_mqtt.snmp import PORT, Agent, Auth, Privacy, User

_MOST_NUMBER: Final = 512
_SHORTEST: Final = 8
"""Characters of a password: RFC 3414, section 11.2."""
_OF_V3: Final = ("user", "auth", "auth_password", "privacy", "privacy_password", "context")


def _secret(value: object) -> str:
    """A text that is never printed."""
    if isinstance(value, str) and value:
        return value
    message = "expected a text"
    raise UnshownError(message)


_AGENT: Final = {
    vol.Required("host"): host,
    vol.Optional("port", default=PORT): values.whole(1, 65535),
    vol.Optional("version", default="2c"): vol.In(
        ["2c", "3", 3], msg="expected 2c or 3; SNMPv1 has no bulk reads and no 64-bit counters"
    ),
    vol.Optional("community"): _secret,
    vol.Optional("user"): values.text,
    vol.Optional("auth"): values.text,
    vol.Optional("auth_password"): _secret,
    vol.Optional("privacy"): values.text,
    vol.Optional("privacy_password"): _secret,
    vol.Optional("context"): values.text,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings(ConnectionSettings):
    """An agent of SNMP.

    Attributes:
        agent: Where it is, and by what it lets us read.
    """

    agent: Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpSource(SourceSettings):
    """Outlets, branches or phases of a device.

    Attributes:
        profile: Id of the device's.
        table: That is read.
        numbers: On the device, by pole of the panel.
        parameters: Of the profile.
    """

    profile: str
    table: Table
    numbers: Mapping[int, int]
    parameters: Mapping[str, int]


class Agents:
    """`gateways: {pdu-a1: {snmp: {host: 10.0.0.31, community: !secret pdus}}}`."""

    keys: Final[Mapping[Any, Any]] = {vol.Optional("snmp"): _AGENT}

    def settings(
        self, key: str, value: Mapping[str, Any], gateway: WrittenGateway
    ) -> AgentSettings | None:
        """The agent of a gateway."""
        before = len(gateway.problems)
        for other in sorted(gateway.keys - {"snmp", "timeout", "poll_interval"}):
            gateway("is given with snmp: expected one of the two", other)
        written = value["snmp"]
        for keys, message in _mistakes(written):
            gateway(message, "snmp", *keys)
        if len(gateway.problems) > before:
            return None
        credentials = (
            User(
                written["user"],
                Auth(written["auth"]) if "auth" in written else None,
                written.get("auth_password", ""),
                Privacy(written["privacy"]) if "privacy" in written else None,
                written.get("privacy_password", ""),
                written.get("context", ""),
            )
            if str(written["version"]) == "3"
            else written["community"]
        )
        agent = Agent(written["host"], written["port"], credentials)
        times = {name: value[name] for name in ("timeout", "poll_interval")}
        return AgentSettings(id=key, agent=agent, **times)


def _mistakes(written: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What of an agent's keys does not fit together, with its key."""
    if str(written["version"]) != "3":
        if "community" not in written:
            yield ("community",), "is required with version 2c: what the agent has for reading"
        for key in _OF_V3:
            if key in written:
                yield (key,), "has a meaning with version: 3 only"
        return
    if "community" in written:
        yield ("community",), "has a meaning with version: 2c only"
    if "user" not in written:
        yield ("user",), "is required with version 3"
    for kind, known in (("auth", Auth), ("privacy", Privacy)):
        yield from _protection_mistakes(written, kind, list(known))
    if "privacy" in written and "auth" not in written:
        yield ("auth",), "is required with privacy: SNMPv3 encrypts nothing that it does not sign"


def _protection_mistakes(
    written: Mapping[str, Any], kind: str, known: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], str]]:
    password = f"{kind}_password"
    if kind in written and written[kind] not in known:
        yield (kind,), f"expected one of {', '.join(known)}, not {written[kind]!r}"
    if kind in written and password not in written:
        yield (password,), f"is required with {kind}"
    if password in written and kind not in written:
        yield (kind,), f"is required with {password}"
    if password in written and len(written[password]) < _SHORTEST:
        yield (password,), f"expected at least {_SHORTEST} characters, as SNMPv3 asks for"


class SnmpKind:
    """`sources: [{snmp: pdu-a1, profile: raritan-px, poles: 49-72}]`."""

    keys: Final[Mapping[Any, Any]] = {
        vol.Optional("snmp"): values.identifier,
        vol.Optional("profile"): values.text,
        vol.Optional("parameters"): dict,  # the profile says which there are
        vol.Optional("table"): vol.In(
            ["outlets", "branches", "phases"], msg="expected outlets, branches or phases"
        ),
        vol.Optional("numbers"): number_list("numbers", _MOST_NUMBER),
        vol.Optional("quantities"): vol.All(
            [quantity_name], vol.Length(min=1, msg="expected at least one quantity")
        ),
    }

    def settings(self, written: Written, site: Site) -> SnmpSource | None:
        """What is read of an agent; None where something is wrong with it."""
        before = len(site.problems)
        value = written.value
        wrong = "is no agent of SNMP: expected one with snmp"
        gateway = connection_of(written, site, "snmp", AgentSettings, wrong)
        profile = _profile(written, site)
        if profile is None:
            return None
        table, numbers = _table(written, site, profile), _numbers(written, site)
        parameters = _parameters(written, site, profile)
        quantities = frozenset[Quantity](
            value.get("quantities") or (table and table.quantities) or ()
        )
        if table:
            for index, quantity in enumerate(value.get("quantities", ())):
                if quantity not in table.quantities:
                    expected = ", ".join(one for one in Quantity if one in table.quantities)
                    message = f"{profile.id} has none of {table.name}: expected one of {expected}"
                    site.complain(written, message, "quantities", index)
        common = common_of(written, site, quantities)
        if gateway is None or table is None or len(site.problems) > before:
            return None
        scale = table.register_scale if Quantity.ENERGY in quantities else None
        return SnmpSource(
            **common,
            name=value.get("name", gateway.id) if written.is_listed else "",
            gateway=gateway.id,
            measured=dict.fromkeys(numbers, quantities),
            poll_interval=value.get("poll_interval", gateway.poll_interval),
            register_scales=dict.fromkeys(numbers, scale) if scale else {},
            steps={
                column.quantity: column.measure.scale
                for column in table.columns
                if column.quantity in quantities and not column.digits
            },
            profile=profile.id,
            table=table,
            numbers=numbers,
            parameters=parameters,
        )


def _profile(written: Written, site: Site) -> AgentProfile | None:
    known = agent_profiles()
    if "profile" not in written.value:
        expected = f"is required with snmp: expected one of {', '.join(known)}"
        site.complain(written, expected, "profile")
        return None
    return profile_of(written, site, written.value["profile"], known, load_agent_profile)


def _table(written: Written, site: Site, profile: AgentProfile) -> Table | None:
    """The one that is named, or the profile's first."""
    name = written.value.get("table", next(iter(profile.tables)))
    if name not in profile.tables:
        expected = ", ".join(profile.tables)
        site.complain(written, f"{profile.id} has no {name}: expected one of {expected}", "table")
        return None
    return profile.tables[name]


def _quantities(
    written: Written, site: Site, profile: AgentProfile, table: Table
) -> frozenset[Quantity]:
    """Those that are named, or all of the table."""
    named = written.value.get("quantities", ())
    for index, quantity in enumerate(named):
        if quantity not in table.quantities:
            expected = ", ".join(one for one in Quantity if one in table.quantities)
            message = f"{profile.id} has none of {table.name}: expected one of {expected}"
            site.complain(written, message, "quantities", index)
    return frozenset(named) or table.quantities


def _numbers(written: Written, site: Site) -> dict[int, int]:
    """Numbers on the device by pole: as listed, or 1, 2, ... in the order of the poles."""
    value = written.value
    poles = value.get("poles")
    if poles is None:
        expected = "expected the poles that are read, such as 1-24"
        message = expected if written.is_listed else "expected how many there are, such as 24"
        site.complain(written, f"is required with snmp: {message}", "poles")
        return {}
    listed: tuple[int, ...] = poles if written.is_listed else tuple(range(1, poles + 1))
    numbers = value.get("numbers", tuple(range(1, len(listed) + 1)))
    if len(numbers) != len(listed):
        message = f"expected one number for each of {len(listed)} poles, not {len(numbers)}"
        site.complain(written, message, "numbers")
        return {}
    return dict(zip(listed, numbers, strict=True))


def _parameters(written: Written, site: Site, profile: AgentProfile) -> dict[str, int]:
    """Those of the profile, with what the source sets of them."""
    parameters = dict(profile.parameters)
    for name, value in written.value.get("parameters", {}).items():
        if name not in parameters:
            has = f"expected one of {', '.join(parameters)}" if parameters else "it has none"
            message = f"unknown parameter of profile {profile.id}: {has}"
            site.complain(written, message, "parameters", name)
        elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            site.complain(written, "expected a whole number from 0", "parameters", name)
        else:
            parameters[name] = value
    return parameters
