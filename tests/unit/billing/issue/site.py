"""A small site whose March is over: two customers, three circuits, one of them on two panels."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from bcm_mqtt.billing import BillingTerms
from bcm_mqtt.billing.issue import Issuing, Outcome, Verification, issue_month, verify
from bcm_mqtt.domain.circuit import CircuitVersion
from bcm_mqtt.domain.customer import Customer, CustomerRule
from bcm_mqtt.domain.month import Month
from bcm_mqtt.domain.tariff import RateVersion, Tariff
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import Store
from unit.builders import NEW_YORK, circuit, directory, panel, polled

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
    store.add_directory(sent, encode_directory(sent), AT)


def measured(store: Store, *, of: tuple[datetime, datetime] = (START, END)) -> None:
    """A month of readings every hour, and the circuits."""
    store.add_snapshots(polled(*of, [10_000, 5_000, 8_000, None, 8_000], poll_ms=3_600_000))
    store.add_snapshots(polled(*of, [4_000], poll_ms=3_600_000, panel_id="rpp-1b"))
    rolled_up(store)
    put(store)
    other = directory(*OTHERS, of=panel("rpp-1b"))
    store.add_directory(other, encode_directory(other), AT)


def rolled_up(store: Store) -> None:
    while store.roll_up():
        pass
    while store.roll_up_days(NEW_YORK):
        pass


def issue(store: Store, terms: BillingTerms = TERMS, **wanted: object) -> Outcome:
    issuing = replace(Issuing(MARCH, AT, "1.2.3"), **wanted)  # type: ignore[arg-type]
    return issue_month(store, terms, issuing)


def verified(store: Store, terms: BillingTerms = TERMS) -> Verification:
    return verify(store, terms, AT)


def rated(**changes: object) -> BillingTerms:
    """The terms with another rate."""
    rate = replace(TARIFF.versions[0], **changes)  # type: ignore[arg-type]
    return replace(TERMS, tariffs={"standard": replace(TARIFF, versions=(rate,))})
