"""The least that a demand charge comes to in money, as a line of its own below those of the kW."""

from collections.abc import Sequence
from decimal import Decimal

from bcm_mqtt.domain.money import money
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine, Rated
from bcm_mqtt.domain.rating.rated_month import RatedMonth, Stretch
from bcm_mqtt.domain.tariff import DemandCharge


def least_line(
    month: RatedMonth, stretch: Stretch[DemandCharge], label: str, lines: Sequence[BillLine]
) -> Rated:
    """What is missing to the minimum of a charge, if anything is; a part of a month has its share.

    Args:
        month: Whose.
        stretch: The charge in a part of it.
        label: Of the charge.
        lines: Of its kW in that part.
    """
    if stretch.charge.minimum is None:
        return Rated()
    currency, share = month.tariff.currency, month.share(stretch)
    least = money(share.of(stretch.charge.minimum), currency)
    charged = sum((line.amount for line in lines), Decimal(0))
    if charged >= least:
        return Rated()
    part = money(stretch.charge.minimum, currency)
    basis = f"{part}" if share.whole else f"{part} x {share}"
    name = f"least-demand/{stretch.charge.name or stretch.charge.measure}"
    return month.charged(
        *(LineKind.DEMAND, stretch, name, f"{label}, minimum of {least}", Decimal(1), "months"),
        *(least - charged, f"{basis}, less {charged} of the lines above"),
    )
