"""Agents of SNMP that a scan found, as a configuration, and as JSON for programs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bcm_mqtt.config.directory import USUAL_COLUMNS, row_text
from bcm_mqtt.located.yaml_text import quoted
from bcm_mqtt.profiles.snmp import AgentProfile
from bcm_mqtt.setup.fragment import Setting, yaml_mapping
from bcm_mqtt.setup.new_files import SECRETS
from bcm_mqtt.snmp import PORT, User
from bcm_mqtt.snmp.scan import FoundAgent

_COMMUNITY: Final = "snmp_community"
_AUTH: Final = "snmp_auth"
_PRIVACY: Final = "snmp_privacy"
"""Names in secrets.yaml."""


@dataclass(frozen=True, slots=True)
class ScannedAgent:
    """An agent with the id of its gateway in the configuration."""

    id: str
    found: FoundAgent

    @property
    def gateway(self) -> str:
        """Its settings as YAML; passwords are in secrets.yaml."""
        agent = self.found.agent
        keys = [f"host: {_text(agent.host)}"]
        keys += [f"port: {agent.port}"] * (agent.port != PORT)
        if isinstance(user := agent.credentials, User):
            keys += ["version: 3", f"user: {_text(user.name)}"]
            if user.auth:
                keys += [f"auth: {user.auth}", f"auth_password: !secret {_AUTH}"]
            if user.privacy:
                keys += [f"privacy: {user.privacy}", f"privacy_password: !secret {_PRIVACY}"]
        else:
            keys.append(f"community: !secret {_COMMUNITY}")
        return f"{{snmp: {{{', '.join(keys)}}}}}"

    @property
    def panel(self) -> str:
        """The panel's settings as YAML, or ""."""
        outlets = self.outlets
        if outlets is None:
            return ""
        settings = outlets.settings
        quantities = settings.pop("quantities", None)
        settings["poles"] = self.found.count
        return yaml_mapping(settings | ({"quantities": quantities} if quantities else {}))

    @property
    def outlets(self) -> "FoundOutlets | None":
        """What of it a panel can be; None where no profile fits."""
        found = self.found
        if found.profile is None or found.table is None:
            return None
        return FoundOutlets(self.id, found.profile, found, tuple(self.remarks()))

    def remarks(self) -> Iterator[str]:
        """On what it is, and what is uncertain."""
        found = self.found
        yield f"{self.id}: {found.description or 'no description'}"
        if found.profile is None:
            yield f"{self.id}: no profile fits (sysObjectID {found.object_id or 'none'})"
        elif not found.is_identified:
            yield (
                f"{self.id}: sysObjectID {found.object_id or 'none'} is not known; "
                f"it has what {found.profile.id} reads"
            )


@dataclass(frozen=True, slots=True)
class FoundOutlets:
    """The outlets, branches or phases of an agent that was recognised, as a panel.

    Attributes:
        gateway: Id of its gateway.
        profile: Of it.
        found: What of it is measured.
        remarks: On what it is, and what is uncertain.
    """

    gateway: str
    profile: AgentProfile
    found: FoundAgent
    remarks: tuple[str, ...]
    units: tuple[int, ...] = ()
    pole_count: int = 0
    """None that need not be stated."""

    @property
    def poles(self) -> tuple[int, ...]:
        """That are measured."""
        return tuple(range(1, self.found.count + 1))

    @property
    def settings(self) -> dict[str, Setting]:
        """Of the panel in a configuration, without the number of its poles."""
        found, table = self.found, self.found.table
        settings: dict[str, Setting] = {"snmp": self.gateway, "profile": self.profile.id}
        if table and table.name != next(iter(self.profile.tables)):
            settings["table"] = table.name
        if table and len(found.quantities) < len(table.columns):
            settings["quantities"] = [str(quantity) for quantity in found.quantities]
        return settings


def agents_fragment(agents: Sequence[ScannedAgent]) -> str:
    """Their gateways and panels; what is uncertain is in comments."""
    lines = ["site: {id: site1, time_zone: UTC}   # yours", "gateways:"]
    lines += [f"  {one.id}: {one.gateway}" for one in agents]
    lines.append("panels:" if any(one.panel for one in agents) else "panels: {}")
    for one in agents:
        lines += [f"  # {remark}" for remark in one.remarks()]
        lines += [f"  {one.id}: {one.panel}"] * bool(one.panel)
    return "\n".join(lines)


def agents_circuits(agents: Sequence[ScannedAgent]) -> str:
    """circuits.csv with a row for every outlet, branch or phase, to be filled in."""
    rest = [""] * (len(USUAL_COLUMNS) - 2)
    rows = [
        [one.id, str(pole), *rest]
        for one in agents
        if one.panel
        for pole in range(1, one.found.count + 1)
    ]
    return "".join(f"{row_text(row)}\n" for row in [list(USUAL_COLUMNS), *rows])


def agents_secrets(credentials: str | User) -> dict[str, str]:
    """secrets.yaml with what the fragment leaves out, by the file's name; none where it has all."""
    lines = [f"{name}: {quoted(secret)}\n" for name, secret in secrets_of(credentials).items()]
    return {SECRETS: "".join(lines)} if lines else {}


def secrets_of(credentials: str | User) -> dict[str, str]:
    """What has to be in secrets.yaml, by its name there."""
    if isinstance(credentials, User):
        given = {
            _AUTH: credentials.auth_password if credentials.auth else "",
            _PRIVACY: credentials.privacy_password if credentials.privacy else "",
        }
    else:
        given = {_COMMUNITY: credentials}
    return {name: secret for name, secret in given.items() if secret}


def agents_document(agents: Sequence[ScannedAgent]) -> list[dict[str, object]]:
    """The same for programs."""
    return [
        {
            "gateway": one.id,
            "host": one.found.agent.host,
            "port": one.found.agent.port,
            "description": one.found.description,
            "object_id": one.found.object_id,
            "profile": one.found.profile.id if one.found.profile else None,
            "identified": one.found.is_identified,
            "table": one.found.table.name if one.found.table else None,
            "count": one.found.count,
            "quantities": list(one.found.quantities),
        }
        for one in agents
    ]


def _text(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][\w.-]*|\d+(\.\d+){3}", text, re.ASCII)
    return text if plain else f'"{text}"'
