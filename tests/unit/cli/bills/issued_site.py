"""A site whose March is billed: Customer1 with an address, issued; raised and revised on demand."""

from pathlib import Path

from bcm_mqtt.cli import main
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, circuit, directory, polled
from unit.site_files import database_url, write_site

MARCH = Month(2026, 3)
CUSTOMERS = """\
customers:
  Customer1: {name: "Müller & Söhne, Inc.", email: [a@one.example, b@one.example]}
  Customer2: {email: [c@two.example]}
"""


def write_measured_site(folder: Path) -> Path:
    """Three customers with a circuit each, 10 A through March; the main file."""
    config = write_site(folder, circuits=None)
    (folder / "customers.yaml").write_text(CUSTOMERS, encoding="utf-8")
    store = Store(database_url(folder))
    store.database.ensure_schema()
    store.arrivals.add(polled(*MARCH.bounds(NEW_YORK), [10_000] * 5, poll_ms=3_600_000))
    while store.roll_up.intervals():
        pass
    sent = directory(
        circuit((1,)), circuit((3, 5), "Customer2-A-1"), circuit((2,), "=Customer3-A-1")
    )
    store.directories.add(sent, encode_directory(sent), NOON)
    store.close()
    return config


def issue(config: Path) -> None:
    assert main(["bill", "2026-03", "-c", str(config), "--issue"]) == 0


def revise(config: Path) -> None:
    """At a raised rate."""
    tariffs = config.parent / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text().replace("0.1185", "0.1285"))
    assert main(["bill", "2026-03", "-c", str(config), "--revise"]) == 0
