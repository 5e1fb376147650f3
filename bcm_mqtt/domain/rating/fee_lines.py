"""Fees: fixed prices of a month and of each circuit in it."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch, hours_text
from bcm_mqtt.domain.tariff import Fee


def fee_lines(month: RatedMonth) -> Rated:
    """A line for each fee, and for each part of the month in which it is another.

    What is not prorated is charged once, as it first is in the customer's time.
    """
    rated = Rated()
    for stretches in month.each_by_name(lambda rate: {one.name: one for one in rate.fees}):
        for stretch in stretches:
            if not month.share(stretch).time:
                continue
            rated += _rated(month, stretch)
            if not stretch.charge.prorate:
                break
    return rated


def _rated(month: RatedMonth, stretch: Stretch[Fee]) -> Rated:
    fee, name = stretch.charge, f"fee/{stretch.charge.name}"
    if not fee.prorate:
        name = month.named(name, stretch)
        stretch = Stretch(fee, month.start, month.end)
    quantity, basis = _circuits(month, stretch) if fee.per_circuit else _months(month, stretch)
    if not quantity:
        return Rated()
    return month.charged(
        LineKind.FEE,
        stretch,
        name,
        fee.name,
        quantity,
        "circuits" if fee.per_circuit else "months",
        fee.price,
        basis,
    )


def _months(month: RatedMonth, stretch: Stretch[Fee]) -> tuple[Decimal, str]:
    share = month.share(stretch)
    if share.whole or not stretch.charge.prorate:
        return Decimal(1), ""
    return share.of(Decimal(1)), str(share)


def _circuits(month: RatedMonth, stretch: Stretch[Fee]) -> tuple[Decimal, str]:
    times = list(_times(month, stretch))
    if not stretch.charge.prorate or all(time == month.whole_time for time in times):
        return Decimal(len(times)), ""
    share = month.share_of(sum(times, timedelta(0)))
    basis = f"{hours_text(share.time)} circuit hours / {hours_text(share.month)} h"
    if share.by_days:
        basis = f"{share.time.days} circuit days / {share.month.days} days"
    return share.of(Decimal(1)), basis


def _times(month: RatedMonth, stretch: Stretch[Fee]) -> Iterator[timedelta]:
    """For how long each circuit that the fee is for was the customer's."""
    for rows in month.circuits().values():
        spans = {(row.start, row.end) for row in rows if stretch.charge.is_for(row.circuit)}
        if time := month.time_within(spans, stretch):
            yield time
