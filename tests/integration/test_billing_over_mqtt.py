"""Months to date and bills over a real broker, from the processes that a site runs."""

import json
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.mqtt.topics import Topics
from bcm_mqtt.store import Store
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import Process, wait_until
from peers.site import Site
from unit.builders import circuit, directory, polled

REQUEST, RESPONSE = "bcm/billing/request/report", "bcm/billing/response/report"
ZONE = ZoneInfo("America/New_York")
STRANGE = "Rack 7/8+#"
FIGURES = ("kwh", "currency", "measured_hours")


def put(site: Site, *versions: CircuitVersion) -> None:
    store = Store(f"sqlite:///{site.folder}/bcm.db")
    item = directory(*versions)
    store.directories.add(item, encode_directory(item), datetime.now(UTC))
    store.close()


@pytest.fixture
def seeded(site: Site) -> Site:
    """Stored from the last day of last month until an hour ago; a bridge is not there."""
    site.publish_every_second()
    # Bills read the directory that a bridge elsewhere has.
    (site.folder / "circuits.csv").unlink()
    store = Store(f"sqlite:///{site.folder}/bcm.db")
    store.database.ensure_schema()
    now = datetime.now(UTC)
    start, _ = Month.of(now, ZONE).bounds(ZONE)
    hour = timedelta(hours=1)
    store.arrivals.add(polled(start - 24 * hour, now - hour, [10_000, 5_000, 2_000]))
    while store.roll_up.intervals():
        pass
    store.close()
    put(site, circuit((1,)), circuit((2,), f"{STRANGE}-1"))
    return site


def months(broker: Mosquitto) -> dict[str, Any]:
    """Months to date by customer."""
    topics = Topics()
    found = broker.retained(topics.every_month_to_date)
    return {topics.customer_of(topic): json.loads(payload) for topic, payload in found.items()}


def equals_the_bill(site: Site, broker: Mosquitto) -> bool:
    """Whether each customer's month to date has the figures that `bill` prints now."""
    found = months(broker)
    if not found:
        return False
    report = site.json("bill", next(iter(found.values()))["period"])
    printed = {
        bill["customer"]: {**{name: bill[name] for name in FIGURES}, "cost": bill["amount"]}
        for bill in report["bills"]
    }
    told = {
        customer: {name: month[name] for name in (*FIGURES, "cost")}
        for customer, month in found.items()
    }
    return told == printed


def children(site: Site) -> list[int]:
    """Ids of the processes that publish for a site."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().decode().split("\0")
        except OSError:  # it has just ended
            continue
        if "--with-stdin" in words and str(site.config) in words:
            found.append(int(file.parent.name))
    return found


class Asking:
    """Asks the recorder of a site for bills, and hears what comes."""

    def __init__(self, broker: Mosquitto, heard: Process, recorder: Process) -> None:
        self._broker, self._heard, self._recorder = broker, heard, recorder
        wait_until(lambda: "/month_to_date" in heard.said(), 60, recorder.said)

    def responses(self) -> list[Any]:
        lines = (line.partition(" ") for line in self._heard.said().splitlines())
        return [json.loads(payload) for topic, _, payload in lines if topic == RESPONSE]

    def ask(self, **body: object) -> Any:  # noqa: ANN401 - JSON
        before = len(self.responses())
        self._broker.publish(REQUEST, json.dumps(body))
        wait_until(lambda: len(self.responses()) > before, 60, self._recorder.said)
        return self.responses()[-1]


def test_months_to_date_are_the_bills_of_the_same_instant(
    seeded: Site, mosquitto: Mosquitto
) -> None:
    recorder = seeded.start("recorder")
    wait_until(lambda: equals_the_bill(seeded, mosquitto), 60, recorder.said)
    found = months(mosquitto)
    assert found.keys() == {"Customer1", STRANGE}
    assert found["Customer1"]["cost"] > 0
    assert found["Customer1"]["missing_hours"] < 2  # an hour ago the readings ended
    wait_until(lambda: months(mosquitto)["Customer1"]["as_of"] > found["Customer1"]["as_of"], 60)


def test_months_to_date_follow_what_is_measured(
    site: Site, mosquitto: Mosquitto, meters: Meters
) -> None:
    site.publish_every_second()
    meters.registers[1][:] = [200] * 6
    recorder, bridge = site.start("recorder"), site.start("bridge")
    wait_until(lambda: site.count("snapshot") > 10, 60, bridge.said)
    bridge.stop()
    wait_until(lambda: site.count("interval") > 0, 60, recorder.said)
    wait_until(lambda: equals_the_bill(site, mosquitto), 60, recorder.said)
    assert months(mosquitto)["Customer1"]["kwh"] > 0
    assert "Traceback" not in recorder.said()


def test_a_customer_that_is_gone_leaves_the_broker(seeded: Site, mosquitto: Mosquitto) -> None:
    left_behind = Topics().month_to_date("left while nobody looked")
    mosquitto.publish(left_behind, "{}", retain=True)
    recorder = seeded.start("recorder")
    wait_until(lambda: months(mosquitto).keys() == {"Customer1", STRANGE}, 60, recorder.said)
    put(seeded, circuit((2,), f"{STRANGE}-1"))
    wait_until(lambda: months(mosquitto).keys() == {STRANGE}, 60, recorder.said)


def test_a_changed_tariff_counts_at_once_and_a_wrong_one_not_at_all(
    seeded: Site, mosquitto: Mosquitto
) -> None:
    recorder = seeded.start("recorder")
    wait_until(lambda: equals_the_bill(seeded, mosquitto), 60, recorder.said)
    tariffs = seeded.folder / "tariffs.yaml"
    good = tariffs.read_text()
    tariffs.write_text(good.replace("0.1185", "free"))
    wait_until(lambda: "the configuration stays as it was" in recorder.said(), 60, recorder.said)
    tariffs.write_text(good.replace("0.1185", "0.5"))
    wait_until(lambda: equals_the_bill(seeded, mosquitto), 60, recorder.said)


def test_a_request_is_answered_with_what_the_command_prints(
    seeded: Site, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    recorder = seeded.start("recorder")
    last = str(Month.of(datetime.now(UTC), ZONE).shifted(-1))
    mosquitto.publish(REQUEST, json.dumps({"month": last, "transaction": "old"}), retain=True)
    with mosquitto.listening("bcm/#", tmp_path / "heard.log") as heard:
        asking = Asking(mosquitto, heard, recorder)
        everything = asking.ask(month=last, transaction=1)
        assert everything == {
            "status": "ok",
            "report": seeded.json("bill", last),
            "transaction": 1,
        }
        assert everything["report"]["kwh"] > 0
        assert asking.ask(month=last, customer=STRANGE) == {
            "status": "ok",
            "report": seeded.json("bill", last, "--customer", STRANGE),
            "transaction": None,
        }
        assert asking.ask(month="yesterday", transaction="x") == {
            "status": "error",
            "error": "month: expected a month such as 2026-03, not 'yesterday'",
            "transaction": "x",
        }
        assert [reply["transaction"] for reply in asking.responses()] == [1, None, "x"]


@pytest.mark.parametrize("command", ["recorder", "run"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_what_publishes_ends_with_the_service_that_started_it(
    site: Site, command: str, how: signal.Signals
) -> None:
    site.publish_months()
    service = site.start(command)
    wait_until(lambda: "bcm-billing-dc1: broker" in service.said(), 60, service.said)
    assert len(children(site)) == 1
    service.send(how)
    assert service.wait(20) == (-9 if how == signal.SIGKILL else 0)
    wait_until(lambda: children(site) == [], 20)
    assert "Traceback" not in service.said()


def test_what_publishes_is_started_again_and_costs_the_recorder_nothing(
    site: Site,
) -> None:
    site.publish_months()
    recorder = site.start("recorder")
    wait_until(lambda: len(children(site)) == 1, 60, recorder.said)
    # For an instant it may have a child of its own, which looks like it.
    first = min(children(site))
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: "billing ended with status -9" in recorder.said(), 60, recorder.said)
    wait_until(lambda: bool(children(site)) and first not in children(site), 60, recorder.said)


def test_nothing_is_published_where_it_is_switched_off(site: Site, mosquitto: Mosquitto) -> None:
    site.publish_months("publish: false, publish_every: 1s")
    with site.start("recorder") as recorder:
        wait_until(lambda: "connected" in recorder.said(), 60, recorder.said)
        assert children(site) == []
    put(site, circuit((1,)))
    alone = site.start("billing")
    wait_until(lambda: "Customer1" in months(mosquitto), 60, alone.said)
    assert alone.stop() == 0
