"""The set-up page finds a rack PDU: Debian's snmpd as its agent, the page without a socket."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.config.sources.snmp import AgentSettings
from integration.test_snmp import APC, outlets
from peers.process import free_port
from peers.snmpd import COMMUNITY, Snmpd
from unit.web.test_setup_page import PANEL, SITE, Setup, setup

__all__ = ["setup"]

KNOWN, UNKNOWN = "1.3.6.1.4.1.318.1.3.4.6", "1.3.6.1.4.1.99999.7"
PDU = {"name": "PDU A1", "gateway": "pdu-1", "profile": "apc-rpdu2", "first_unit": 0}


@pytest.fixture
def pdu(tmp_path: Path) -> Iterator[Snmpd]:
    with Snmpd(tmp_path / "pdu", KNOWN, APC) as agent:
        agent.write(outlets())
        yield agent


@pytest.fixture
async def page(setup: Setup) -> AsyncIterator[Setup]:
    await setup.enter()
    yield setup
    await setup.ports.scan.stop()


async def scanned(page: Setup, *addresses: str, community: str = COMMUNITY) -> dict[str, Any]:
    """What the page shows at the end of a scan."""
    begun = await page.post("scan", {"agents": [*addresses], "community": community})
    assert begun.status_code == 200, begun.text
    for _ in range(200):
        shown: dict[str, Any] = (await page.post("progress", {})).json()
        if not shown["running"]:
            return shown
        await asyncio.sleep(0.05)
    raise TimeoutError


def site(*panels: dict[str, object]) -> dict[str, object]:
    return {**SITE, "panels": [*panels]}


def address(pdu: Snmpd) -> str:
    return f"127.0.0.1:{pdu.port}"


async def test_a_pdu_is_found_and_the_site_that_is_written_reads_it(
    page: Setup, pdu: Snmpd
) -> None:
    shown = await scanned(page, address(pdu))
    [place], [panel] = shown["places"], shown["panels"]
    assert (place["address"], place["done"], place["units"]) == (f"SNMP {address(pdu)}", 1, 24)
    assert place["problem"] == ""
    assert place["description"]
    assert {key: panel[key] for key in ("gateway", "profile", "units", "poles")} == {
        "gateway": "pdu-1",
        "profile": "apc-rpdu2",
        "units": 0,
        "poles": 24,
    }
    wanted = {**PDU, "service": "230/400", "poles": 20}
    answer = await page.post("finish", {**site(wanted), "username": "bcm", "password": "pw"})
    assert answer.status_code == 200, answer.text
    settings = load(page.file)
    gateway = settings.gateways["pdu-1"]
    assert isinstance(gateway, AgentSettings)
    assert gateway.agent.credentials == COMMUNITY
    assert settings.panels["pdu-a1"].sources[0].poles == tuple(range(1, 21))
    assert len(settings.directories["pdu-a1"].versions) == 20
    assert COMMUNITY not in page.file.read_text()
    secrets = page.file.with_name("secrets.yaml")
    assert secrets.read_text() == f'mqtt_password: "pw"\nsnmp_community: "{COMMUNITY}"\n'
    assert secrets.stat().st_mode & 0o777 == 0o600


async def test_it_stands_beside_meters_of_a_gateway(page: Setup, pdu: Snmpd) -> None:
    await scanned(page, address(pdu))
    page.scanned()  # as if a gateway had been scanned with it
    pdu_panel = {**PDU, "service": "230/400", "poles": 24}
    answer = await page.post("finish", site(PANEL, pdu_panel))
    assert answer.status_code == 200, answer.text
    assert sorted(load(page.file).panels) == ["pdu-a1", "rpp-1a"]


async def test_one_that_is_silent_is_named_and_not_written(page: Setup, pdu: Snmpd) -> None:
    silent = f"127.0.0.1:{free_port()}"
    shown = await scanned(page, silent, address(pdu))
    assert "nothing answers on this port" in shown["places"][0]["problem"]
    wanted = {**PDU, "gateway": "pdu-2", "service": "230/400", "poles": 24}
    refused = await page.post("finish", site({**wanted, "gateway": "pdu-1"}))
    assert (refused.status_code, list(refused.json()["fields"])) == (409, ["profile"])
    assert (await page.post("finish", site(wanted))).status_code == 200
    assert list(load(page.file).gateways) == ["pdu-2"]


async def test_a_profile_that_was_not_found_is_refused(page: Setup, pdu: Snmpd) -> None:
    await scanned(page, address(pdu))
    wanted = {**PDU, "profile": "bg08", "service": "230/400", "poles": 24}
    refused = await page.post("finish", site(wanted))
    assert refused.json()["fields"] == {"profile": "'bg08': expected apc-rpdu2"}
    assert not page.file.exists()


async def test_an_agent_that_fits_no_profile_says_so(page: Setup, tmp_path: Path) -> None:
    with Snmpd(tmp_path / "other", UNKNOWN, "1.3.6.1.4.1.99999") as other:
        shown = await scanned(page, address(other))
    assert shown["panels"] == []
    assert "no profile fits" in shown["places"][0]["problem"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "gateways"),
        ({"gateways": [], "agents": []}, "gateways"),
        ({"agents": ["10.0.0.0/24"]}, "agents"),
        ({"agents": ["snmp://10.0.0.1"]}, "agents"),
    ],
)
async def test_what_is_no_address_gets_no_request(
    page: Setup, body: dict[str, object], field: str
) -> None:
    answer = await page.post("scan", body)
    assert (answer.status_code, list(answer.json()["fields"])) == (409, [field]), answer.text
    assert page.ports.scan.agents == ()
