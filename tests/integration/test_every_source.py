"""A panel of a BG08, a PDU, a Shelly and a formula: polled, recorded, billed, explained."""

import asyncio
import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.cli import main
from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder.ingest import Ingest
from bcm_mqtt.simulator import SimulatedGateway
from bcm_mqtt.store import Store
from integration.polled import Polled
from peers.mosquitto import Mosquitto
from peers.snmpd import COMMUNITY, Snmpd
from unit.billing.issue.site import MARCH, START, rolled_up
from unit.builders import SetClock
from unit.site_files import write_site
from unit.store.rows import rows

APC = "1.3.6.1.4.1.318.1.1.26"
ALONE = "gateway: babel-1, service: 120/208, main_rating: 225"
SOURCES = """\
service: 120/208, main_rating: 225, sources: [
    {gateway: babel-1, poles: 1-48},
    {snmp: pdu-a1, profile: apc-rpdu2, poles: 49-72, quantities: [current, power]},
    {mqtt: house, name: heater, profile: shelly-switch, topic: shelly, poles: 73}]"""
CIRCUITS = (
    "rpp-1a,1,Feeds the rack and the heater,20,",
    "rpp-1a,49,Customer1-A-49,16,",
    "rpp-1a,73,Customer2-A-73,16,",
)
FORMULAS = """\
panel,id,members,description,customer,valid_from
rpp-1a,f-rest,rpp-1a:1 - rpp-1a:49 - rpp-1a:73,Common areas,Customer3,
"""
HOUR = timedelta(hours=1)


def site(folder: Path, modbus: int, broker: int, agent: int | None = None) -> Settings:
    """The site with its panel as it always was, or with sources of every kind and a formula."""
    main_file = write_site(folder, circuits=CIRCUITS if agent else CIRCUITS[:1])
    text = main_file.read_text().replace("port: 502", f"port: {modbus}")
    text = text.replace("port: 1883", f"port: {broker}")
    if agent:
        more = (
            f"  pdu-a1: {{snmp: {{host: 127.0.0.1, port: {agent}, community: {COMMUNITY}}}}}\n"
            "  house: {mqtt: site, timeout: 10s}\npanels:"
        )
        text = text.replace(ALONE, SOURCES).replace("panels:", more, 1)
        (folder / "formulas.csv").write_text(FORMULAS)
    main_file.write_text(text)
    return load(main_file)


@pytest.fixture
def pdu(tmp_path: Path) -> Snmpd:
    """Of 24 outlets, the first of which carries 1.7 A and 200 W."""
    agent = Snmpd(tmp_path / "pdu", "1.3.6.1.4.1.318.1.3.4.6", APC)
    values = dict[str, tuple[str, int]]()
    for outlet in range(1, 25):
        for column, value in {6: 17, 7: 200}.items():
            values[f"{APC}.9.4.3.1.{column}.{outlet}"] = "integer", value if outlet == 1 else 0
    agent.write(values)
    return agent


async def test_all_kinds_of_sources_make_one_panel_and_its_bills(
    tmp_path: Path, mosquitto: Mosquitto, pdu: Snmpd, capsys: pytest.CaptureFixture[str]
) -> None:
    """10 A of a BG08 for two hours; in the second 0.2 kW of it by SNMP and 0.3 kW by MQTT."""
    clock = SetClock(START)
    folder = tmp_path / "site"
    bg08 = {unit: lambda: [100] * 6 for unit in range(1, 9)}

    def counted() -> int:
        """Wh on the Shelly's register."""
        return 5000 + int(300 * ((clock() - START - HOUR) / HOUR))

    async def reports() -> None:
        values = {"current": 2.5, "apower": 300, "aenergy": {"total": counted()}}
        await asyncio.to_thread(mosquitto.publish, "shelly/status/switch:0", json.dumps(values))

    def has_heard(poll: Poll) -> bool:
        energy = poll.snapshot.energy
        return energy is not None and energy[72] == counted()

    with pdu:
        async with SimulatedGateway(bg08) as gateway:
            before = site(folder, gateway.port, mosquitto.port)
            with closing(Store(before.database_url)) as store:
                store.database.ensure_schema()
                ingest = Ingest(store, Topics(), clock)
                alone = Polled(before, clock, ingest)
                await alone.until(START + HOUR)
                alone.close()
                settings = site(folder, gateway.port, mosquitto.port, pdu.port)
                polling = Polled(settings, clock, ingest)
                for _ in range(60):
                    await polling.hears("heater", reports, has_heard)
                    await polling.until(clock() + HOUR / 60)
                polling.close()
                sources = rows(store, "SELECT DISTINCT source FROM snapshot ORDER BY 1")
                rolled_up(store)
                directory = settings.directories["rpp-1a"]
                store.directories.add(directory, encode_directory(directory), clock())
                month = bill_month(store, settings.terms, MARCH, clock())
    assert sources == [("",), ("babel-1-1",), ("heater",), ("pdu-a1",)]
    bills = {bill.customer.id: bill for bill in month.bills}
    assert {who: _of(bill.usage[0]) for who, bill in bills.items()} == {
        # For 7.5 s after its last poll the outlet still has its power.
        "Customer1": ("0.200", "1.00", {EnergySource.POWER}),
        # 295 Wh of its register, which has not counted the last minute, and 15 s of its power.
        "Customer2": ("0.296", "1.00", {EnergySource.REGISTER, EnergySource.POWER}),
        # Of its first quarter hour a meter that had just begun lacks milliseconds: 3 of 0.7 kW.
        "Customer3": ("0.525", "0.75", {EnergySource.CURRENT}),
        "Feeds the rack and the heater": ("2.403", "2.00", {EnergySource.CURRENT}),
    }
    capsys.readouterr()
    line = ["explain", "2026-03", "Customer3", "--circuit", "rpp-1a:f-rest"]
    assert main([*line, "--at", "2026-03-01T01:15", "-c", str(folder / "bcm.yaml")]) == 0
    explained = capsys.readouterr().out.splitlines()
    assert [row for row in explained if "wholly measured" in row][:4] == [
        "  + rpp-1a:1: 300,000,000 uWh (wholly measured)",
        "  - rpp-1a:49: -50,000,000 uWh (wholly measured)",
        "  - rpp-1a:73: -75,000,000 uWh (wholly measured)",
        "  energy: sum of the steps above = 175,000,000 uWh (wholly measured)",
    ]
    for member in ("rpp-1a:1 Feeds", "rpp-1a:49 Customer1", "rpp-1a:73 Customer2"):
        assert [row for row in explained if row.startswith(member)]
    assert explained.count("as calculated from current") == 1
    assert explained.count("as devices measured it") == 2


def _of(row: Usage) -> tuple[str, str, set[EnergySource]]:
    return str(row.measured_kwh), str(row.coverage.measured_hours), set(row.sources)
