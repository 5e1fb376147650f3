"""Fees by ampere: the ratings of a customer's circuits, each for as long as it was so."""

from decimal import Decimal
from fractions import Fraction
from functools import partial

from bcm_mqtt.domain.money import rounded
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import Rated
from bcm_mqtt.domain.rating.rated_month import SHARE, RatedMonth, Share, Stretch, time_within
from bcm_mqtt.domain.tariff import AmpereFee, RateVersion


def ampere_lines(month: RatedMonth) -> Rated:
    """A line for each fee, and for each part of the month in which it is another.

    A circuit whose rating is not known costs nothing.
    """
    names = dict.fromkeys(one.name for period in month.rates for one in period.rate.ampere_fees)
    return sum(
        (
            _rated(month, stretch)
            for name in names
            for stretch in month.stretches(partial(_fee_of, name=name))
        ),
        Rated(),
    )


def _fee_of(rate: RateVersion, name: str) -> AmpereFee | None:
    return next((one for one in rate.ampere_fees if one.name == name), None)


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
            if time := time_within(spans, stretch):
                parts.append((amps, Share(time, month.end - month.start)))
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
