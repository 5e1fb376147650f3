"""Committed power: paid for whether used or not, and what is above it."""

from decimal import Decimal

from bcm_mqtt.domain.rating.demand_lines import measured_demand
from bcm_mqtt.domain.rating.lines import Determinant, LineKind, Rated, Trace
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.tariff import CommittedPower, DemandCharge

_COINCIDENT = DemandCharge(price=Decimal(0))


def committed_lines(month: RatedMonth) -> Rated:
    """Lines for committed power and, where the load is known, for demand above it."""
    stretches = month.stretches(lambda rate: rate.committed)
    measured = measured_demand(month, _COINCIDENT) if stretches else None
    rated = Rated(determinants=(measured,) if measured else ())
    for stretch in stretches:
        rated += _rated(month, stretch, measured)
    return rated


def _rated(
    month: RatedMonth, stretch: Stretch[CommittedPower], measured: Determinant | None
) -> Rated:
    share = month.share(stretch)
    if not share.time:
        return Rated()
    terms = stretch.charge
    kw = month.customer.committed_kw
    if kw is None:
        kw = terms.kw or Decimal(0)
    basis = f"{kw} committed"
    rated = month.charged(
        LineKind.COMMITTED,
        stretch,
        "committed",
        "Committed power",
        share.of(kw),
        "kW",
        terms.price,
        basis if share.whole else f"{basis} x {share}",
    )
    if measured and measured.quantity > kw:
        basis = f"{measured.quantity} measured - {kw} committed"
        overage = month.charged(
            LineKind.COMMITTED,
            stretch,
            "overage",
            "Power above the committed",
            share.of(measured.quantity - kw),
            "kW",
            terms.overage_price,
            basis if share.whole else f"({basis}) x {share}",
        )
        rated += overage.traced(Trace(measured=measured, demand=_COINCIDENT))
    return rated
