"""A stored past of a small panel."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import circuit, directory, polled

START = datetime(2026, 11, 16, 5, tzinfo=UTC)
"""Monday midnight in New York; now is NOON of the 20th."""
MOVED = datetime(2026, 11, 18, 5, tzinfo=UTC)
OF = directory(
    circuit((1,), "Acme-web", rating=20),
    circuit((1,), "Globex-web", rating=30, valid_from=MOVED),
    circuit((2, 4), "Acme-db", rating=30),
    circuit((3,), "Globex-db", rating=20),
)
CURRENT = [10_000, 5_000, 2_000, 5_000]


def store_past(file: Path) -> Store:
    """A new database with the past in it."""
    found = Store(f"sqlite:///{file}")
    found.database.ensure_schema()
    fill_past(found)
    return found


def fill_past(store: Store) -> None:
    """Four days of four poles at constant current, polled every quarter hour."""
    store.directories.add(OF, encode_directory(OF), START)
    store.arrivals.add(polled(START, START + timedelta(days=4), CURRENT))
    while store.roll_up.intervals():
        pass
