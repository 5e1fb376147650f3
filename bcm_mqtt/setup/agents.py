"""Agents of SNMP that a scan found, as a configuration, and as JSON for programs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bcm_mqtt.snmp import PORT, User
from bcm_mqtt.snmp.scan import FoundAgent


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
                keys += [f"auth: {user.auth}", "auth_password: !secret snmp_auth"]
            if user.privacy:
                keys += [f"privacy: {user.privacy}", "privacy_password: !secret snmp_privacy"]
        else:
            keys.append("community: !secret snmp_community")
        return f"{{snmp: {{{', '.join(keys)}}}}}"

    @property
    def panel(self) -> str:
        """The panel's settings as YAML, or ""."""
        found = self.found
        if found.profile is None or found.table is None:
            return ""
        keys = [f"snmp: {self.id}", f"profile: {found.profile.id}"]
        if found.table.name != next(iter(found.profile.tables)):
            keys.append(f"table: {found.table.name}")
        keys.append(f"poles: {found.count}")
        if len(found.quantities) < len(found.table.columns):
            keys.append(f"quantities: [{', '.join(found.quantities)}]")
        return f"{{{', '.join(keys)}}}"

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


def agents_fragment(agents: Sequence[ScannedAgent]) -> str:
    """Their gateways and panels; what is uncertain is in comments."""
    lines = ["site: {id: site1, time_zone: UTC}   # yours", "gateways:"]
    lines += [f"  {one.id}: {one.gateway}" for one in agents]
    lines.append("panels:" if any(one.panel for one in agents) else "panels: {}")
    for one in agents:
        lines += [f"  # {remark}" for remark in one.remarks()]
        lines += [f"  {one.id}: {one.panel}"] * bool(one.panel)
    return "\n".join(lines)


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
