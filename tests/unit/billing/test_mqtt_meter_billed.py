"""A plug that reports over MQTT: what it publishes in a month becomes a bill."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bcm_mqtt.billing import bill_month
from bcm_mqtt.billing.explaining.reading_steps import reading_section, standing
from bcm_mqtt.bridge.sources import panel_pollings
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.mqtt.broker import Broker
from bcm_mqtt.mqtt.meters import MeterLine
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import SetClock
from unit.config.site_files import changed, loaded
from unit.config.test_mqtt_sources import HOUSE, ONE, PLUG, panel

START, DAYS = datetime(2026, 11, 1, tzinfo=UTC), 30
QUARTER = timedelta(minutes=15)
OUTAGE = (timedelta(days=4), timedelta(days=4, hours=6))
RESET = timedelta(days=20)
"""Its counter begins again, as after a reset by its page; it is 1 kW all the month."""
ROWS = "panel,poles,description,rating\nrpp-1b,7,Customer1-B-7,16\nrpp-1b,9,Customer2-B-9,16\n"
SOURCE = (
    "    service: 230/400\n    poll_interval: 15min\n    sources:\n"
    "      - {mqtt: house, profile: tasmota, topic: plug-1, poles: 7}\n"
    "      - {mqtt: house, profile: tasmota, topic: plug-2, poles: 9}\n"
)


class Told(MeterLine):
    """A line whose messages come from the test."""

    def __init__(self) -> None:
        self.at_s = 0.0
        super().__init__("house", Broker(), 1.0, lambda: 0.5, lambda: self.at_s)

    async def listen(self) -> None:
        """Connects to nothing."""

    def say(self, topic: str, payload: str) -> None:
        for device in self._devices.values():
            if topic in device.reports.topics:
                device.take(topic, payload.encode(), retained=False, now_s=self.at_s)


def message(since: timedelta) -> str:
    hours = since / timedelta(hours=1)
    kwh = 5000 + hours if since < RESET else hours - RESET / timedelta(hours=1)
    energy = {"Total": round(kwh, 3), "Power": 1000, "Factor": 1, "Voltage": 230, "Current": 4.348}
    return json.dumps({"Time": "2026-11-01T00:00:00", "ENERGY": energy})


async def snapshots(settings: Settings) -> list[Snapshot]:
    """Two plugs of a month; the second one is gone for hours and says so."""
    line, made = Told(), list[Snapshot]()
    pollings = panel_pollings(settings, "house")
    readers = [one.reader(line, one.plan) for one in pollings]
    since = timedelta(0)
    while since <= timedelta(days=DAYS, hours=6):
        line.at_s = since.total_seconds()
        line.say("tele/plug-1/SENSOR", message(since))
        if since == OUTAGE[0]:
            line.say("tele/plug-2/LWT", "Offline")
        if since == OUTAGE[1]:
            line.say("tele/plug-2/LWT", "Online")
        if not OUTAGE[0] <= since < OUTAGE[1]:
            line.say("tele/plug-2/SENSOR", message(since))
        time = START + since
        for number, (one, reader) in enumerate(zip(pollings, readers, strict=True)):
            at = time + timedelta(milliseconds=number)
            poll = await reader.read(SetClock(at), len(made), one.interval_ms)
            made.append(poll.snapshot)
        since += QUARTER
    return made


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bill]]:
    folder: Path = tmp_path_factory.mktemp("site")
    files = changed("bcm.yaml", (ONE, SOURCE), ("gateways:\n", f"gateways:\n  {HOUSE}\n"))
    settings = loaded(folder, {**files, "circuits.csv": ROWS})
    store = Store(f"sqlite:///{folder}/bcm.db")
    store.database.ensure_schema()
    made = asyncio.run(snapshots(settings))
    for first in range(0, len(made), 500):
        store.arrivals.add(made[first : first + 500])
    directory = settings.directories["rpp-1b"]
    store.directories.add(directory, encode_directory(directory), START)
    while store.roll_up.intervals():
        pass
    site = bill_month(store, settings.terms, Month(2026, 11), datetime(2026, 12, 3, tzinfo=UTC))
    yield {bill.customer.id: bill for bill in site.bills}
    store.close()


def test_the_counter_is_billed_over_its_reset(bills: dict[str, Bill]) -> None:
    bill = bills["Customer1"]
    assert bill.kwh == pytest.approx(Decimal(721), abs=Decimal("0.3"))  # New York's November
    assert "register_reset" in {finding.flag.value for finding in bill.findings}
    assert not bill.holds


def test_hours_in_which_it_is_gone_are_billed_by_its_counter(bills: dict[str, Bill]) -> None:
    assert bills["Customer2"].kwh == pytest.approx(bills["Customer1"].kwh, abs=Decimal("0.3"))


def test_a_reading_names_its_topic(tmp_path: Path) -> None:
    amps = (*[None] * 6, 4348)
    [read] = standing([Snapshot("rpp-1b", START, 1, 900_000, amps)], 7, to_ms(START))
    section = reading_section([read], 7, panel(tmp_path, PLUG))
    place = "topic tele/plug-1/SENSOR, ENERGY.Current.0 or ENERGY.Current"
    assert section.title == f"readings of pole 7: {place}"
