"""Days as a strip of blocks: a letter and a colour for how much of each is covered."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from rich.text import Text

from bcm_mqtt.domain.interval.coverage import DayCoverage

_STEPS: Final = (
    (0.999, "█", "green"),
    (0.95, "▓", "green"),
    (0.5, "▒", "yellow"),
    (0.001, "░", "red"),
    (0.0, "·", "red"),
)
LEGEND: Final = "█ all, ▓ 95 % or more, ▒ 50 % or more, ░ less, · nothing"


def heat_strip(days: Iterable[DayCoverage], first_day: date, last_day: date) -> Text:
    """A block for each day; a space for one before the first."""
    shares = {day.day: day.share for day in days}
    strip = Text()
    for number in range((last_day - first_day) // timedelta(days=1) + 1):
        share = shares.get(first_day + timedelta(days=number))
        if share is None:
            strip.append(" ")
        else:
            block, colour = next(
                (block, colour) for least, block, colour in _STEPS if share >= least
            )
            strip.append(block, style=colour)
    return strip
