"""A site whose March is measured: one customer wholly, the other with a gap and too much."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, NOON, circuit, directory, polled
from unit.site_files import database_url, write_site

START, END = Month(2026, 3).bounds(NEW_YORK)
GAP = START + timedelta(days=10), START + timedelta(days=14)
CIRCUITS = circuit((1,), "Customer1-A-1"), circuit((2,), "Customer2-<b>A</b>-1")


def write_measured_site(folder: Path) -> Path:
    """10 A of Customer1; 30 A of Customer2 on a 20 A breaker, with a gap. Its main file."""
    main = write_site(folder, circuits=None)
    with closing(Store(database_url(folder))) as store:
        store.database.ensure_schema()
        for begin, end, other in ((START, GAP[0], 30_000), (*GAP, None), (GAP[1], END, 30_000)):
            store.arrivals.add(polled(begin, end, [10_000, other]))
        while store.roll_up.intervals():
            pass
        put(store, *CIRCUITS)
    return main


def put(store: Store, *versions: CircuitVersion) -> None:
    """Other circuits, as the bridge would publish them."""
    item = directory(*versions)
    store.directories.add(item, encode_directory(item), NOON)
