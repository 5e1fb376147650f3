"""Stores finer windows of demand before the polls that they are made of are removed."""

from datetime import date, datetime

from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.peaks.fine_month import PeakMemory
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import BcmError
from bcm_mqtt.store import BillingStore


def make_peaks(
    store: BillingStore, terms: BillingTerms, month: Month, as_of: datetime
) -> list[date]:
    """Stores the days of a month that are over and not yet stored; returns them.

    Raises:
        BcmError: the month could not be computed.
    """
    if not any(tariff.has_fine_windows for tariff in terms.tariffs.values()):
        return []
    memory = PeakMemory()
    rated = terms.as_far_as_rated(month)
    bill_month(store, rated, month, as_of, memory=memory)
    store.demand_peaks.put([(key, peak) for (key, _), peak in memory.items()])
    return sorted({day for _, day in memory})


def why_not_made(store: BillingStore, terms: BillingTerms, span: MonthSpan, as_of: datetime) -> str:
    """Makes what is needed before polls of a span may go; why they must stay, or ""."""
    try:
        for month in (
            span.month.shifted(-1),
            span.month,
        ):  # by a reading day, one may reach into it
            make_peaks(store, terms, month, as_of)
    except BcmError as error:
        return f"their demand in finer windows could not be stored: {error}"
    return ""
