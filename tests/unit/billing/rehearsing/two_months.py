"""A site with a February of 20 A and a March of 10 A, and a neighbour of 4 A."""

from datetime import timedelta
from pathlib import Path

from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.billing.issue.site import rolled_up
from unit.builders import NEW_YORK, circuit, directory, panel, polled

FEBRUARY, MARCH = Month(2026, 2), Month(2026, 3)
AT = MARCH.bounds(NEW_YORK)[1] + timedelta(hours=9)
CIRCUITS = (circuit((1,), "Customer1-A-1"),)
OTHERS = (circuit((1,), "Customer2-A-1"),)
_HOUR_MS = 3_600_000


def two_months(file: Path) -> Store:
    """An open store with all that is computed."""
    store = Store(f"sqlite:///{file}")
    store.database.ensure_schema()
    for month, milliamps in ((FEBRUARY, 20_000), (MARCH, 10_000)):
        bounds = month.bounds(NEW_YORK)
        store.arrivals.add(polled(*bounds, [milliamps], poll_ms=_HOUR_MS))
        store.arrivals.add(polled(*bounds, [4_000], poll_ms=_HOUR_MS, panel_id="rpp-1b"))
    rolled_up(store)
    for sent in (directory(*CIRCUITS), directory(*OTHERS, of=panel("rpp-1b"))):
        store.directories.add(sent, encode_directory(sent), AT)
    return store
