"""The page of SNMP lists every profile with its tables, and its examples are good."""

import re
from pathlib import Path
from textwrap import dedent

from bcm_mqtt.config import load
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.profiles.snmp import agent_profiles, load_agent_profile

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "snmp.md"


def example(begins: str) -> str:
    """The block of YAML that begins so."""
    blocks = re.findall(r"^( *)```yaml\n(.*?)^\1```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    (found,) = [text for _, block in blocks if (text := dedent(block)).startswith(begins)]
    return found


def test_the_page_lists_what_every_profile_reads() -> None:
    page = PAGE.read_text()
    for profile in agent_profiles().values():
        tables = "; ".join(
            f"{table.name}: {', '.join(one for one in Quantity if one in table.quantities)}"
            for table in profile.tables.values()
        )
        found = ", ".join(profile.recognised_by)
        assert f"| `{profile.id}` | {profile.title} | {found} | {tables} |" in page


def test_the_pages_profile_is_good(tmp_path: Path) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(example("id: acme"))
    assert load_agent_profile(file).tables["outlets"].register_scale


def test_the_pages_site_is_good(tmp_path: Path) -> None:
    site = "site: {id: dc1, time_zone: UTC}\ndatabase: {url: 'sqlite:///bcm.db'}\n"
    secrets = "pdu_auth: signed by this\npdu_privacy: hidden by that\npdu_community: readers\n"
    (tmp_path / "secrets.yaml").write_text(secrets)
    file = tmp_path / "bcm.yaml"
    file.write_text(site + example("gateways:"))
    settings = load(file, with_circuits=False)
    assert settings.panels["pdu-a1"].panel.pole_count == 24
