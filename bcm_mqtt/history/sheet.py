"""A history as CSV, one row for each point that something is known of."""

import csv
import io
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.history.points import Points
from bcm_mqtt.domain.time import from_ms

_ROWS = 500
"""Made at a time."""


def sheet(points: Points, zone: ZoneInfo) -> Iterator[str]:
    """The rows, in parcels; times are the site's, with their offset from UTC."""
    names = ["start", "end"]
    columns = []
    for pole, band in points.amps.items():
        names += [f"pole_{pole}_{part}_amps" for part in ("min", "mean", "max")]
        columns += [(values, 3) for values in (band.least, band.mean, band.greatest)]
    watts = points.watts
    names += ["min_kw", "mean_kw", "max_kw", "kwh", "measured_share"]
    columns += [(values / 1000, 4) for values in (watts.least, watts.mean, watts.greatest)]
    columns += [(points.kwh, 4), (points.measured_share, 4)]
    yield _text([names])
    known = np.flatnonzero(points.expected_ms > 0).tolist()
    edges = points.grid.edges_ms.tolist()
    for first in range(0, len(known), _ROWS):
        yield _text(
            [
                *(from_ms(edges[edge]).astimezone(zone).isoformat() for edge in (at, at + 1)),
                *(_cell(float(values[at]), digits) for values, digits in columns),
            ]
            for at in known[first : first + _ROWS]
        )


def _cell(value: float, digits: int) -> str:
    """Empty where it is missing, which is never 0."""
    return "" if np.isnan(value) else f"{value:.{digits}f}"


def _text(rows: Iterable[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
