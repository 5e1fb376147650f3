"""Fees by ampere: the ratings of a customer's circuits, each for as long as it was so."""

from decimal import Decimal
from fractions import Fraction

from bcm_mqtt.domain.money import rounded
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Rated
from bcm_mqtt.domain.rating.rated_month import SHARE, RatedMonth, Share, Stretch
from bcm_mqtt.domain.tariff import AmpereFee


def ampere_lines(month: RatedMonth) -> Rated:
    """A line for each fee, and for each part of the month in which it is another.

    A circuit whose rating is not known costs nothing.
    """
    rated = Rated()
    for stretches in month.each_by_name(lambda rate: {one.name: one for one in rate.ampere_fees}):
        for stretch in stretches:
            rated += _rated(month, stretch)
    return rated


def _rated(month: RatedMonth, stretch: Stretch[AmpereFee]) -> Rated:
    fee, parts = stretch.charge, list[tuple[int, Share]]()
    for rows in month.circuits().values():
        ratings = {row.circuit.rating_amps for row in rows} - {None}
        for amps in sorted(filter(None, ratings)):
            spans = {
                (row.start, row.end)
                for row in rows
                if row.circuit.rating_amps == amps
                and (not fee.connections or row.circuit.connection in fee.connections)
            }
            if time := month.time_within(spans, stretch):
                parts.append((amps, month.share_of(time)))
    exact = sum((amps * share.exact for amps, share in parts), Fraction(0))
    if not exact:
        return Rated()
    whole = all(share.whole for _, share in parts)
    quantity = Decimal(int(exact)) if whole else rounded(exact, SHARE)
    basis = "" if whole else "ratings by the time that they held"
    return month.charged(
        *(LineKind.FEE, stretch, f"ampere/{fee.name}", fee.name),
        *(quantity, "A", fee.price, basis),
    )
