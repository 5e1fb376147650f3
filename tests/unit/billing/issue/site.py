"""A small site whose March is over: two customers, three circuits, one of them on two panels."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

from bcm_mqtt.billing import BillingTerms
from bcm_mqtt.billing.issue import IssueRequest, Outcome, Verification, issue_month, verify
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer, CustomerRule
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.domain.time import Month
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from bcm_mqtt.store.bulk import put as put_rows
from bcm_mqtt.store.tables import metadata
from unit.builders import NEW_YORK, circuit, directory, panel, polled
from unit.store.rows import execute, rows

MARCH, APRIL = Month(2026, 3), Month(2026, 4)
START, END = MARCH.bounds(NEW_YORK)
AT = END + timedelta(hours=9, microseconds=123_456)
CUSTOMER = Customer("Customer1", "Customer One, Inc.", ("1 Main Street", "Zürich"), "standard")
TARIFF = Tariff("standard", "USD", NEW_YORK, (RateVersion(date(2026, 1, 1), Decimal("0.1185")),))
TERMS = BillingTerms(
    zone=NEW_YORK,
    currency="USD",
    customers={CUSTOMER.id: CUSTOMER},
    tariffs={TARIFF.id: TARIFF},
    default_tariff="standard",
    rule=CustomerRule(),
)
CIRCUITS = (circuit((1,)), circuit((3, 5), "Customer2-A-1"), circuit((2,), ""))
OTHERS = (circuit((1,), "Customer1-B-1"),)


def put(store: Store, circuits: Sequence[CircuitVersion] = CIRCUITS) -> None:
    """Makes the directory of rpp-1a, at a time of its own."""
    sent = directory(*circuits)
    store.directories.add(sent, encode_directory(sent), AT)


def measured(store: Store, *, of: tuple[datetime, datetime] = (START, END)) -> None:
    """A month of readings every hour with all that is computed of them, and the circuits."""
    store.arrivals.add(_readings(*of))
    execute(store, "DELETE FROM dirty_interval")
    with store.database.writing() as connection:
        for table, computed in _computed(*of).items():
            put_rows(connection, metadata.tables[table], computed, replace=True)
    put(store)
    other = directory(*OTHERS, of=panel("rpp-1b"))
    store.directories.add(other, encode_directory(other), AT)


def _readings(start: datetime, end: datetime) -> list[Snapshot]:
    one = polled(start, end, [10_000, 5_000, 8_000, None, 8_000], poll_ms=3_600_000)
    return [*one, *polled(start, end, [4_000], poll_ms=3_600_000, panel_id="rpp-1b")]


@cache
def _computed(start: datetime, end: datetime) -> dict[str, list[tuple[Any, ...]]]:
    """Rows by table, computed once for all tests."""
    with TemporaryDirectory() as folder, closing(Store(f"sqlite:///{folder}/bcm.db")) as store:
        store.database.ensure_schema()
        store.arrivals.add(_readings(start, end))
        rolled_up(store)
        tables = ("pole", "interval", "load_profile")
        return {name: rows(store, f"SELECT * FROM {name}") for name in tables}


def rolled_up(store: Store) -> None:
    while store.roll_up.intervals():
        pass
    while store.roll_up.days(NEW_YORK):
        pass


def issue(
    store: Store, terms: BillingTerms = TERMS, *, at: datetime = AT, **wanted: object
) -> Outcome:
    request = replace(IssueRequest(MARCH), **wanted)  # type: ignore[arg-type]
    return issue_month(store, terms, request, at, software="1.2.3")


def verified(store: Store, terms: BillingTerms = TERMS) -> Verification:
    return verify(store, terms, AT)


def rated(**changes: object) -> BillingTerms:
    """The terms with another rate."""
    rate = replace(TARIFF.versions[0], **changes)  # type: ignore[arg-type]
    return replace(TERMS, tariffs={"standard": replace(TARIFF, versions=(rate,))})
