"""Bounds of entries by hand: a power of at most 1.2 times what the breaker carries."""

from typing import Final

from bcm_mqtt.domain.reading.power import rated_watts
from bcm_mqtt.domain.reading.reading import PER_UNIT
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit

_ABOVE: Final = 1.2


def power_problem(entry: IntervalEdit, directory: Directory) -> str:
    """Why the power of an entry cannot be, or "".

    Args:
        entry: Of a circuit; one that sets no power is always right.
        directory: Of its panel. A circuit without a rating has no bound.
    """
    if entry.action is not EditAction.SET or entry.milliwatts is None:
        return ""
    versions = [
        span.version
        for span in directory.spans(entry.start, entry.end)
        if span.version.first_pole == entry.first_pole
    ]
    service = directory.panel.service
    carried = [
        rated_watts(version.connection, service, version.rating_amps)
        for version in versions
        if version.rating_amps
    ]
    most = _ABOVE * min(carried, default=float("inf"))
    watts = entry.milliwatts / PER_UNIT
    if watts <= most:
        return ""
    return (
        f"{watts / PER_UNIT:g} kW is more than {most / PER_UNIT:g} kW, which is 1.2 times what the "
        "breaker carries: correct it, or force it with the reason why it is right"
    )
