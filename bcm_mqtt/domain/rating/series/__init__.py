"""Energy that is priced by a series: each interval's kWh at its own price, as one line.

Owns: how energy is divided among prices, the amount, and the weighted price of the line.
Does not own: what prices there are (`domain.tariff.prices`).
Invariants: the kWh of the intervals add up to those of the usage rows; energy without a known
price is on no line, and its hours are a finding that holds the bill.
"""

from bcm_mqtt.domain.rating.series.by_interval import IntervalEnergy
from bcm_mqtt.domain.rating.series.lines import series_lines

__all__ = ["IntervalEnergy", "series_lines"]
