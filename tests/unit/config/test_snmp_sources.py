"""Agents of SNMP in `gateways`, and the sources that are read of them."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.bridge.sources import panel_pollings
from bcm_mqtt.config.sources.snmp import AgentSettings, SnmpSource
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.snmp import Agent, Auth, Privacy, User
from unit.config.site_files import changed, complaints, loaded

ONE = "    gateway: babel-1\n    first_unit_id: 9\n"
AGENT = "host: 10.0.0.31, community: readers"
USER = (
    "host: pdu-a1.example, port: 1161, version: 3, user: bcm, auth: sha256, "
    "auth_password: signed by this, privacy: aes, privacy_password: hidden by that"
)
PDU = "snmp: pdu-a1, profile: raritan-px, poles: 49-72"
BG08 = "gateway: babel-1, first_unit_id: 9, poles: 1-48"


def files(*rows: str, agent: str = AGENT, more: str = "") -> dict[str, str | bytes]:
    listed = "".join(f"      - {{{row}}}\n" for row in rows)
    gateway = f"gateways:\n  pdu-a1: {{snmp: {{{agent}}}{more}}}\n"
    return changed("bcm.yaml", (ONE, f"    sources:\n{listed}"), ("gateways:\n", gateway))


def source(folder: Path, *rows: str) -> SnmpSource:
    (found,) = [
        one
        for one in loaded(folder, files(*rows)).panels["rpp-1b"].sources
        if isinstance(one, SnmpSource)
    ]
    return found


def gateway(folder: Path, **given: str) -> AgentSettings:
    found = loaded(folder, files(BG08, PDU, **given)).gateways["pdu-a1"]
    assert isinstance(found, AgentSettings)
    return found


def test_an_agent_has_a_community_and_two_seconds(tmp_path: Path) -> None:
    found = gateway(tmp_path)
    assert found.agent == Agent("10.0.0.31", 161, "readers")
    assert found.timeout == timedelta(seconds=2)
    assert loaded(tmp_path, {}).gateways["babel-1"].timeout == timedelta(milliseconds=500)
    assert "readers" not in repr(found)


def test_an_agent_of_version_3_has_a_user(tmp_path: Path) -> None:
    found = gateway(tmp_path, agent=USER, more=", timeout: 3s")
    user = User("bcm", Auth.SHA256, "signed by this", Privacy.AES, "hidden by that")
    assert found.agent == Agent("pdu-a1.example", 1161, user)
    assert found.timeout == timedelta(seconds=3)
    assert "this" not in repr(found)


def test_a_pdu_is_a_source_of_a_panel_beside_meters(tmp_path: Path) -> None:
    found = source(tmp_path, BG08, PDU)
    assert (found.name, found.gateway) == ("pdu-a1", "pdu-a1")
    assert found.poles == tuple(range(49, 73))
    assert (found.numbers[49], found.numbers[72]) == (1, 24)
    assert found.table.name == "outlets"
    assert found.parameters == {"unit": 1, "inlet": 1}
    assert found.register_scales[49].capacities_watt_hours[-1] == 2**32
    assert Quantity.CURRENT not in found.steps  # the device says how fine it is


def test_what_is_read_of_a_pdu_can_be_chosen(tmp_path: Path) -> None:
    row = (
        "snmp: pdu-a1, profile: sentry4, table: outlets, poles: 49-52, numbers: 9-12, "
        "parameters: {unit: 2}, quantities: [current, energy], periods: {energy: 60s}, name: pdu"
    )
    found = source(tmp_path, BG08, row)
    assert found.numbers == {49: 9, 50: 10, 51: 11, 52: 12}
    assert found.parameters == {"unit": 2, "cord": 1}
    assert found.quantities == {Quantity.CURRENT, Quantity.ENERGY}
    assert [one.quantities for one in found.polled] == [{Quantity.CURRENT}, {Quantity.ENERGY}]
    assert found.steps == {Quantity.CURRENT: Decimal("0.01"), Quantity.ENERGY: Decimal("0.001")}


def test_a_panel_can_be_a_pdu(tmp_path: Path) -> None:
    panel = "    snmp: pdu-a1\n    profile: apc-rpdu2\n    poles: 24\n"
    gateways = f"gateways:\n  pdu-a1: {{snmp: {{{AGENT}}}}}\n"
    settings = loaded(tmp_path, changed("bcm.yaml", (ONE, panel), ("gateways:\n", gateways)))
    found = settings.panels["rpp-1b"]
    assert found.is_whole
    assert found.panel.pole_count == 24
    assert found.panel.current_step == Decimal("0.1")
    (polling,) = panel_pollings(settings, "pdu-a1")
    assert polling.key == ("rpp-1b", "", 0)
    assert polling.plan.request_count == 2


def test_a_profile_can_be_a_file_of_the_site(tmp_path: Path) -> None:
    own = (
        "id: own\ntitle: Own\nsource: its MIB\nrecognised_by: [1.3.6.1.4.1.99]\n"
        'outlets: {current: {oid: "1.3.6.1.4.1.99.1.{n}", type: gauge32, scale: 0.1}}\n'
    )
    row = "snmp: pdu-a1, profile: own.yaml, poles: 49"
    found = loaded(tmp_path, files(BG08, row) | {"own.yaml": own})
    (one,) = found.panels["rpp-1b"].sources[1:]
    assert isinstance(one, SnmpSource)
    assert one.profile == "own"
    assert tmp_path / "own.yaml" in found.sources


@pytest.mark.parametrize(
    ("agent", "complaint"),
    [
        (
            "host: 10.0.0.31",
            "community: is required with version 2c: what the agent has for reading",
        ),
        (
            "host: 10.0.0.31, version: 1, community: readers",
            "version: expected 2c or 3; SNMPv1 has no bulk reads and no 64-bit counters, not 1",
        ),
        (f"{AGENT}, user: bcm", "user: has a meaning with version: 3 only"),
        ("host: 10.0.0.31, version: 3", "user: is required with version 3"),
        (
            "host: 10.0.0.31, version: 3, user: bcm, community: readers",
            "community: has a meaning with version: 2c only",
        ),
        (
            "host: 10.0.0.31, version: 3, user: bcm, auth: sha",
            "auth_password: is required with auth",
        ),
        (
            "host: 10.0.0.31, version: 3, user: bcm, privacy: aes, privacy_password: long enough",
            "auth: is required with privacy: SNMPv3 encrypts nothing that it does not sign",
        ),
        (
            "host: 10.0.0.31, version: 3, user: bcm, auth: md5, auth_password: long enough",
            "auth: expected one of sha, sha224, sha256, sha384, sha512, not 'md5'",
        ),
        (
            "host: 10.0.0.31, version: 3, user: bcm, auth: sha, auth_password: short",
            "auth_password: expected at least 8 characters, as SNMPv3 asks for",
        ),
    ],
)
def test_what_is_wrong_with_an_agent_is_one_line(
    tmp_path: Path, agent: str, complaint: str
) -> None:
    (found,) = complaints(tmp_path, files(BG08, PDU, agent=agent))
    assert found.partition("gateways.pdu-a1.snmp.")[2] == complaint


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (
            PDU.replace("pdu-a1", "pdu-a2"),
            "snmp: unknown gateway 'pdu-a2': expected one of babel-1, pdu-a1",
        ),
        (
            PDU.replace("snmp: pdu-a1", "snmp: babel-1"),
            "snmp: babel-1 is no agent of SNMP: expected one with snmp",
        ),
        (
            PDU.replace("raritan-px", "raritan"),
            (
                "profile: unknown profile 'raritan': expected one of apc-rpdu2, eaton-epdu, "
                "raritan-px, sentry4, vertiv-v5"
            ),
        ),
        (
            PDU.replace("profile: raritan-px, ", ""),
            (
                "profile: is required with snmp: expected one of apc-rpdu2, eaton-epdu, "
                "raritan-px, sentry4, vertiv-v5"
            ),
        ),
        (
            PDU.replace(", poles: 49-72", ""),
            "poles: is required with snmp: expected the poles that are read, such as 1-24",
        ),
        (
            f"{PDU}, numbers: 1-23",
            "numbers: expected one number for each of 24 poles, not 23",
        ),
        (
            f"{PDU}, quantities: [frequency]",
            (
                "quantities.0: raritan-px has none of outlets: expected one of "
                "current, power, energy, voltage, power_factor"
            ),
        ),
        (
            f"{PDU}, parameters: {{cord: 2}}",
            (
                "parameters.cord: unknown parameter of profile raritan-px: "
                "expected one of unit, inlet"
            ),
        ),
        (
            f"{PDU}, parameters: {{unit: A}}",
            "parameters.unit: expected a whole number from 0",
        ),
        (f"{PDU}, unit_ids: [1]", "unit_ids: has a meaning with gateway only, not with snmp"),
    ],
)
def test_what_is_wrong_with_a_source_is_one_line(tmp_path: Path, row: str, complaint: str) -> None:
    (found,) = complaints(tmp_path, files(BG08, row))
    assert found.partition("panels.rpp-1b.sources.1.")[2] == complaint


def test_an_agent_is_no_gateway_of_modbus(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, files("gateway: pdu-a1, poles: 1-48"))
    assert found.endswith("sources.0.gateway: pdu-a1 is no gateway of Modbus")
