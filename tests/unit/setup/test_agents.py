"""What a scan of agents writes: no secret in bcm.yaml, and files that load."""

from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.config.sources.snmp import AgentSettings
from bcm_mqtt.profiles.snmp import agent_profiles
from bcm_mqtt.setup.agents import ScannedAgent, agents_circuits, agents_fragment, agents_secrets
from bcm_mqtt.setup.new_files import CONFIGURATION, written
from bcm_mqtt.snmp import Agent, Auth, Privacy, User
from bcm_mqtt.snmp.scan import FoundAgent

SIGNED = User("bcm", Auth.SHA256, 'signed "by" this')
HIDDEN = User("bcm", Auth.SHA256, "signed by this", Privacy.AES, "hidden by that")


def found(credentials: str | User, count: int = 3) -> list[ScannedAgent]:
    profile = agent_profiles()["apc-rpdu2"]
    table = profile.tables["outlets"]
    agent = Agent("10.0.0.31", 161, credentials)
    quantities = tuple(sorted(table.quantities))
    known = FoundAgent(
        *(agent, "PDU", "1.3", profile),
        is_identified=True,
        table=table,
        count=count,
        quantities=quantities,
    )
    return [ScannedAgent("pdu-1", known), ScannedAgent("pdu-2", FoundAgent(agent, "UPS", "1.4"))]


@pytest.mark.parametrize("credentials", ["readers", SIGNED, HIDDEN, User("bcm")])
def test_the_files_load_and_the_passwords_are_those(
    tmp_path: Path, credentials: str | User
) -> None:
    agents = found(credentials)
    main = tmp_path / CONFIGURATION
    texts = agents_fragment(agents), agents_circuits(agents), agents_secrets(credentials)
    written(main, *texts)
    settings = load(main)
    assert set(settings.panels) == {"pdu-1"}
    assert len(settings.directories["pdu-1"].versions) == 3
    gateway = settings.gateways["pdu-1"]
    assert isinstance(gateway, AgentSettings)
    assert gateway.agent.credentials == credentials
    for secret in ("readers", "signed", "hidden"):
        assert secret not in main.read_text()


def test_a_user_without_passwords_has_no_secrets() -> None:
    assert agents_secrets(User("bcm")) == {}


def test_an_agent_without_a_profile_has_no_circuits() -> None:
    assert agents_circuits(found("readers")[1:]).count("\n") == 1
