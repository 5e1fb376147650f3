"""A panel of two sources over Modbus: polled, recorded, billed, in the database of before."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.config import Settings, load
from bcm_mqtt.domain.usage.usage import Usage
from bcm_mqtt.domain.vee.measured_energy import EnergySource
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.recorder.ingest import Ingest
from bcm_mqtt.simulator import MeasuringMeter, PhaseReading, SimulatedGateway
from bcm_mqtt.store import Store
from integration.polled import Polled
from unit.billing.issue.site import MARCH, START, rolled_up
from unit.builders import SetClock
from unit.site_files import write_site
from unit.store.rows import rows

ALONE = "gateway: babel-1, service: 120/208, main_rating: 225"
SOURCES = """\
service: 120/208, main_rating: 225, sources: [
    {gateway: babel-1, poles: 1-48},
    {gateway: babel-2, profile: sdm630, unit_ids: [3], poles: 49+51+53, poll_interval: 15s,
     periods: {energy: 60s}}]"""
OF_BOTH = ("rpp-1a,1,Customer1-A-1,20,", "rpp-1a,49,Customer1-A-49,20,", "rpp-1a,51+53,,20,")


def site(folder: Path, ports: tuple[int, int], *, of_both: bool) -> Settings:
    """The site with its panel as it always was, or with two sources."""
    main = write_site(folder, circuits=OF_BOTH if of_both else OF_BOTH[:1])
    text = main.read_text().replace("port: 502", f"port: {ports[0]}")
    if of_both:
        second = f"  babel-2: {{host: 127.0.0.1, port: {ports[1]}}}\npanels:"
        text = text.replace(ALONE, SOURCES).replace("panels:", second, 1)
    main.write_text(text)
    return load(main)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(f"sqlite:///{tmp_path}/bcm.db")) as opened:
        opened.database.ensure_schema()
        yield opened


async def test_two_meters_make_one_panel_and_its_bill(tmp_path: Path, store: Store) -> None:
    """An hour of the first meter alone, an hour of both; 10 A, and 4 A with 0.4 kW counted."""
    clock = SetClock(START)
    ingest = Ingest(store, Topics(), clock)

    def phases(at: datetime) -> list[PhaseReading]:
        kwh = 1000 + 0.4 * ((at - START) / timedelta(hours=1))
        return [PhaseReading(120.0, 4.0, 0.9, kwh)] * 3

    # The second unit id is that of the other line: nothing is taken for one another.
    first = {unit: lambda: [100] * 6 for unit in range(1, 9)}
    second = {3: MeasuringMeter(phases, clock)}
    async with SimulatedGateway(first) as one, SimulatedGateway(second) as other:
        ports = one.port, other.port
        before = site(tmp_path, ports, of_both=False)
        alone = Polled(before, clock, ingest)
        await alone.until(START + timedelta(hours=1))
        alone.close()
        settings = site(tmp_path, ports, of_both=True)
        both = Polled(settings, clock, ingest)
        polls = await both.until(START + timedelta(hours=2))
        both.close()
    assert all(one.errors == {} for one in polls)
    assert set(rows(store, "SELECT DISTINCT source FROM snapshot")) == {
        ("",),
        ("babel-1-1",),
        ("babel-2-3",),
    }
    rolled_up(store)
    directory = settings.directories["rpp-1a"]
    store.directories.add(directory, encode_directory(directory), clock())
    month = bill_month(store, settings.terms, MARCH, clock())
    (bill,) = month.bills
    usage = {row.circuit.first_pole: row for row in bill.usage}
    # 1.2 kW for both hours, and for the 7.5 s that the last poll stands beyond them.
    assert _of(usage[1]) == ("2.403", "2.00", {EnergySource.CURRENT})
    kwh, hours, sources = _of(usage[49])
    # After the register was last read, for a minute, the energy is that of the power.
    assert sources == {EnergySource.REGISTER, EnergySource.POWER}
    assert float(kwh) == pytest.approx(0.4, abs=0.01)
    assert float(hours) == pytest.approx(1, abs=0.02)
    assert not [one for one in month.findings if "clock" in str(one).lower()]
    assert store.readings.clock_backs("rpp-1a", START, clock()) == []


def _of(row: Usage) -> tuple[str, str, set[EnergySource]]:
    return str(row.measured_kwh), str(row.coverage.measured_hours), set(row.sources)
