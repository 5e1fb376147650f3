"""`scan --snmp`: which agents of SNMP answer, and which profile they look like."""

import asyncio
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final

import click
from click.core import ParameterSource

from bcm_mqtt.cli.output import put_json, say
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.modbus import line_random
from bcm_mqtt.profiles.snmp import agent_profiles
from bcm_mqtt.setup.agents import (
    ScannedAgent,
    agents_circuits,
    agents_document,
    agents_fragment,
    agents_secrets,
)
from bcm_mqtt.setup.new_files import CONFIGURATION, refuse_existing, written
from bcm_mqtt.setup.scanning import host_port
from bcm_mqtt.snmp import PORT, Agent, AgentLine, Auth, Privacy, User
from bcm_mqtt.snmp.failures import AgentError
from bcm_mqtt.snmp.scan import FoundAgent, scanned_agent

_SHORTEST: Final = 8
_MS: Final = 2000
"""Rack PDUs take longer than meters."""
_GIVEN: Final = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
_APPLY: Final = frozenset(
    {
        *("agents", "community", "snmp_user", "snmp_auth", "snmp_privacy"),
        *("timeout_ms", "output", "form"),
    }
)
_OPTIONS: Final = (
    click.option(
        "--snmp", "agents", metavar="HOST[:PORT]", multiple=True, help="A rack PDU, or several."
    ),
    click.option(
        "--community", default="public", show_default=True, help="Of SNMPv2c, for reading."
    ),
    click.option("--snmp-user", metavar="NAME", help="Of SNMPv3, in place of a community."),
    click.option(
        "--snmp-auth",
        type=click.Choice([auth.value for auth in Auth]),
        help="Of the user; the password is asked for.",
    ),
    click.option(
        "--snmp-privacy",
        type=click.Choice([privacy.value for privacy in Privacy]),
        help="Of the user; the password is asked for.",
    ),
)


def agent_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that name agents and their credentials; where any is named, they are asked."""

    @wraps(command)
    def either(
        context: click.Context,
        *,
        agents: tuple[str, ...],
        community: str,
        snmp_user: str | None,
        snmp_auth: str | None,
        snmp_privacy: str | None,
        **others: Any,  # noqa: ANN401 - of the command
    ) -> None:
        credentials = credentials_of(community, snmp_user, snmp_auth, snmp_privacy)
        if not agents:
            command(context, **others)
            return
        _check_others(context)
        output, as_json = others["output"], others["form"] == "json"
        if output is not None:
            refuse_existing(output / CONFIGURATION)
        is_given = context.get_parameter_source("timeout_ms") in _GIVEN
        found = scanned_agents(agents, credentials, others["timeout_ms"] if is_given else _MS)
        if output is not None:
            texts = agents_fragment(found), agents_circuits(found), agents_secrets(credentials)
            for file in written(output / CONFIGURATION, *texts):
                say(f"{file}: written", err=as_json)
        if as_json:
            put_json({"agents": agents_document(found)})
        elif output is None:
            say(agents_fragment(found))

    for option in reversed(_OPTIONS):
        either = option(either)
    return either


def _check_others(context: click.Context) -> None:
    """Raises InputError where an option is given that is not of agents."""
    for name in context.params:
        if name not in _APPLY and context.get_parameter_source(name) in _GIVEN:
            option = "HOST" if name == "addresses" else f"--{name.replace('_', '-')}"
            raise InputError.of(f"{option} does not apply to --snmp")


def scanned_agents(
    addresses: Sequence[str], credentials: str | User, timeout_ms: int
) -> list[ScannedAgent]:
    """What answers, all at once; agents that do not are named.

    Raises:
        InputError: an address is none.
        WorkError: nothing answers at all.
    """
    places = [host_port(address, PORT) for address in dict.fromkeys(addresses)]
    agents = [Agent(host, port, credentials) for host, port in places]
    found, silent = list[ScannedAgent](), list[str]()
    for number, result in enumerate(asyncio.run(_scanned(agents, timeout_ms / 1000)), 1):
        if isinstance(result, FoundAgent):
            found.append(ScannedAgent(f"pdu-{number}", result))
        elif isinstance(result, AgentError):
            silent.append(str(result))
        else:
            raise result
    if not found:
        raise WorkError("; ".join(silent))
    for sentence in silent:
        say(f"not in the configuration: {sentence}", err=True)
    return found


def credentials_of(
    community: str, user: str | None, auth: str | None, privacy: str | None
) -> str | User:
    """By the options, and passwords that are asked for.

    Raises:
        InputError: options do not go together, or a password is too short.
    """
    if user is None:
        if auth or privacy:
            raise InputError.of("--snmp-auth and --snmp-privacy apply with --snmp-user only")
        return community
    if privacy and not auth:
        raise InputError.of("--snmp-privacy: expected --snmp-auth, too")
    return User(
        user,
        Auth(auth) if auth else None,
        _asked("auth password") if auth else "",
        Privacy(privacy) if privacy else None,
        _asked("privacy password") if privacy else "",
    )


def _asked(what: str) -> str:
    password: str = click.prompt(what, hide_input=True, err=True)
    if len(password) < _SHORTEST:
        raise InputError.of(f"{what}: expected at least {_SHORTEST} characters")
    return password


async def _scanned(agents: Sequence[Agent], timeout_s: float) -> list[FoundAgent | BaseException]:
    async def one(agent: Agent) -> FoundAgent:
        line = AgentLine("scan", agent, timeout_s, line_random())
        try:
            return await scanned_agent(line, agent_profiles().values())
        finally:
            line.close()

    return await asyncio.gather(*map(one, agents), return_exceptions=True)
