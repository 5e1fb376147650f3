"""Energy whose price is not known: which hours, as findings that hold the bill."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np

from bcm_mqtt.domain.interval.slots import Flags, Integers
from bcm_mqtt.domain.rating.rated_month import Charge, RatedMonth, Stretch
from bcm_mqtt.domain.usage.customer_load import kwh_of
from bcm_mqtt.domain.usage.usage import Usage, total_kwh
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.quality import Finding


def unpriced(
    month: RatedMonth, rows: Sequence[Usage], series: str, held: Flags, energy: Integers
) -> Iterator[Finding]:
    """A finding for each run of slots without a price.

    Args:
        month: Whose bill it is.
        rows: That are priced; the finding names the panel of the first.
        series: Id of the series.
        held: Which slots lack a price that they need.
        energy: uWh by slot.
    """
    slots = held.size
    edges = np.flatnonzero(np.diff(np.concatenate(([False], held, [False])))).reshape(-1, 2)
    if not slots or not edges.size or month.load is None:
        return
    for first, last in edges.tolist():
        start, end = month.load.slots.at(first), month.load.slots.at(last)
        kwh = kwh_of(int(energy[first:last].sum()))
        said = f"{series} has no price from {_local(month, start)} to {_local(month, end)}"
        yield Finding(
            Flag.PRICE_MISSING, rows[0].panel, (), start, end, f"{said}: {kwh:,} kWh without one"
        )


def differing(stretch: Stretch[Charge], rows: Sequence[Usage]) -> Finding:
    """That quarter hours do not add up to the rows: then neither can be priced by a series."""
    said = f"{total_kwh(rows):,} kWh by circuits are not what the quarter hours add up to"
    return Finding(Flag.PRICE_MISSING, rows[0].panel, (), stretch.start, stretch.end, said)


def _local(month: RatedMonth, at: datetime) -> str:
    """With the offset: where clocks go back, an hour comes twice."""
    local = at.astimezone(month.tariff.zone)
    return f"{local:%Y-%m-%d %H:%M} ({local:%z})"
