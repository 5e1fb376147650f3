"""A window of demand that is finer than quarter hours, and the quarter hours in which it lies."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.billing.explaining.steps import FigureQuery, Row, Section, Step, local
from bcm_mqtt.domain.interval.slots import Slots
from bcm_mqtt.domain.rating.demand.fine import kw_of_window
from bcm_mqtt.domain.usage.customer_load import MICROWATT_HOURS_PER_KWH
from bcm_mqtt.domain.usage.fine.day_peak import DayPeak
from bcm_mqtt.languages import _, number

_MINUTES_AN_HOUR = 60


def window_section(rows: Sequence[Row], peak: DayPeak, minutes: int, zone: ZoneInfo) -> Section:
    """The energy of the window, and its mean power.

    Args:
        rows: Of the customer.
        peak: The greatest window of the month.
        minutes: Its length.
        zone: Of local times.
    """
    slots = rows[0].part.load.slots
    totals = np.sum([row.by_slot for row in rows], axis=0)
    span = Slots.between(peak.at, peak.at + timedelta(minutes=minutes))
    within = span.within(slots)
    quarters = [
        Step(
            _("15 minutes from %(time)s", time=local(slots.at(slot), zone)),
            int(totals[slot]),
            "uWh",
            see=FigureQuery(at=slots.at(slot)),
        )
        for slot in range(within.start, within.stop)
    ]
    energy = number(peak.microwatt_hours)
    formula = f"{energy} uWh x {_MINUTES_AN_HOUR} / {minutes} / {number(MICROWATT_HOURS_PER_KWH)}"
    note = _("what quarter hours have, shaped by the polls within them")
    return Section(
        _("window from %(time)s", time=local(peak.at, zone)),
        (
            *quarters,
            Step(_("energy of the window"), peak.microwatt_hours, "uWh", note=note),
            Step(
                _("mean power: the demand"),
                kw_of_window(peak.microwatt_hours, minutes),
                "kW",
                formula,
            ),
        ),
    )
