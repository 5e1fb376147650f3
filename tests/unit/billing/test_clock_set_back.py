"""An hour that a clock shows twice is billed at most once, whatever measures it.

1 kW for a day, whose clock is set back from 13:00 to 12:00: 25 hours pass, in 24 of the clock.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.billing import BillingTerms, bill_month
from bcm_mqtt.domain.reading.clock import Stamps
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import SECOND, circuit, directory, panel

BEGIN = datetime(2026, 11, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLL_S = 300
TERMS = BillingTerms(ZoneInfo("UTC"), "EUR", {}, {}, "", CustomerRule())


def polled(quantity: str) -> list[Snapshot]:
    """What the bridge stamps, in the order of its polls."""
    stamps, wall, found, is_back = Stamps(), BEGIN, list[Snapshot](), False
    while wall < BEGIN + 24 * HOUR:
        if not is_back and wall == BEGIN + 13 * HOUR:
            wall, is_back = wall - HOUR, True
        seq = len(found) + 1
        shown: dict[str, tuple[int, ...]] = {
            "current": (1_000_000 // 230,),
            "power": (1_000_000,),
            "energy": (9_000_000 + (seq - 1) * POLL_S * 1000 // 3600,),
        }
        values: dict[str, Any] = {"current": (), quantity: shown[quantity]}
        time = stamps.stamp("rpp-1a", wall)
        found.append(Snapshot("rpp-1a", time, seq, POLL_S * 1000, **values))
        wall += POLL_S * SECOND
    return found


@pytest.mark.parametrize("quantity", ["current", "power", "energy"])
def test_an_hour_that_is_shown_twice_is_billed_at_most_once(tmp_path: Path, quantity: str) -> None:
    found = polled(quantity)
    assert len({one.time for one in found}) == len(found) == 25 * 12
    store = Store(f"sqlite:///{tmp_path}/bcm.db")
    store.database.ensure_schema()
    for first in range(0, len(found), 50):
        store.arrivals.add(found[first : first + 50])
    of = directory(circuit((1,), "H1-A-1"), of=panel(service="230/400"))
    store.directories.add(of, encode_directory(of), BEGIN)
    while store.roll_up.intervals():
        pass
    [bill] = bill_month(store, TERMS, Month(2026, 11), BEGIN + 30 * 24 * HOUR).bills
    store.close()
    flags = {finding.flag.value for finding in bill.findings}
    if quantity == "energy":  # what a register counted cannot be placed: somebody has to look
        assert bill.measured_kwh <= 24
        assert "register_unexplained" in flags
        assert bill.holds
    else:
        # The last reading stands for 1.5 polls.
        assert abs(bill.measured_kwh - Decimal("24.04")) < Decimal("0.02")
