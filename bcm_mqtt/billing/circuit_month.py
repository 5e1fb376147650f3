"""A circuit's month interval by interval: what was measured, and what is billed of it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from bcm_mqtt.billing.stored_readings import readings_ahead
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time.month import Month
from bcm_mqtt.domain.usage.panel_usage import BilledTime, CircuitUsage, panel_usage
from bcm_mqtt.domain.usage.priced_time import PricedTime
from bcm_mqtt.domain.usage.validating import findings
from bcm_mqtt.domain.vee.validation import Finding
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import Store


def circuit_month(
    store: Store, terms: BillingTerms, month: Month, as_of: datetime, circuit: tuple[str, int]
) -> Iterator[tuple[CircuitUsage, list[Finding]]]:
    """Each version of a circuit in a month, whoever pays for it, with what validation finds.

    Args:
        store: With rolled-up intervals.
        terms: Zone and customers.
        month: Which.
        as_of: The present; what of the month is yet to come is not estimated.
        circuit: Panel id and first pole.

    Raises:
        InputError: there is no such circuit in the month.
        WorkError: the database failed.
    """
    panel, pole = circuit
    start, end = month.bounds(terms.zone)
    time = BilledTime(start, end, terms.zone, over=as_of >= end)
    directory = store.directories().get(panel)
    if directory is None:
        known = ", ".join(store.directories()) or "none"
        raise InputError.of(f"unknown panel {panel!r}: expected one of {known}")
    whole = (PricedTime(start, end),)
    with closing(readings_ahead(store, [panel], start, end)) as panels:
        readings = next(panels)
        edits = readings.edits()
        found = [
            part
            for part in panel_usage(directory, readings, terms.rule, lambda _: whole, time, edits)
            if part.owner.circuit.first_pole == pole
        ]
    if not found:
        raise InputError.of(f"{panel}:{pole} is no circuit in {month}")
    for part in sorted(found, key=lambda part: part.span.start):
        yield part, list(findings(part, edits))
