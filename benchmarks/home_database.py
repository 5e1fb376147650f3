"""What circuits cost Home Assistant's own database, and its CPU, by circuits, poll period and rate.

`HOME_CELLS=20:current:15:deadband make bench ARGS=home-database` measures some of the cells.
"""

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from benchmarks.large_site import POLES, LargeSite, quiet_home
from home_assistant.instance import HomeAssistant

_DAY_S = 86_400
_QUARTER_S = 900
_WITHIN_S = 900
_BYTES = """\
SELECT total(pgsize) FROM dbstat WHERE name IN
(SELECT name FROM sqlite_master WHERE tbl_name = 'states')"""
"""With its indices. Attributes are a row of 130 B for each entity, once."""
_ROWS = """\
SELECT count(*) - count(m.entity_id), count(m.entity_id)
FROM states s LEFT JOIN states_meta m
ON m.metadata_id = s.metadata_id AND substr(m.entity_id, -7) = '_energy'
WHERE s.last_updated_ts >= ? AND s.last_updated_ts < ?"""


class Cell(NamedTuple):
    """What is measured."""

    panels: int
    kind: str
    poll_s: int
    rate: str

    @property
    def seconds(self) -> int:
        """So long; a value within its deadband comes once in five minutes."""
        return 300 if self.rate == "deadband" else max(60, min(180, 8 * self.poll_s))


EVERY_CELL = [
    Cell(panels, kind, poll_s, rate)
    for panels in (2, 20)
    for kind in ("current", "power")
    for rate in ("every", "deadband")
    for poll_s in (60, 15, 1)
]


def run() -> None:
    """Prints a row for each cell."""
    print("circuits measured  poll rate      rows/s of it energy  B/row  MB/day  CPU of a core")
    for (panels, kind), cells in groupby(_asked(), lambda cell: cell[:2]):
        with (
            tempfile.TemporaryDirectory() as name,
            LargeSite(Path(name) / "site", panels, measured=kind == "power") as site,
            quiet_home(Path(name) / "home", site.broker.port) as home,
        ):
            for cell in cells:
                print(_row(site, home, cell), flush=True)


def _asked() -> Iterable[Cell]:
    asked = os.environ.get("HOME_CELLS")
    if not asked:
        return EVERY_CELL
    return [
        Cell(int(panels), kind, int(poll_s), rate)
        for panels, kind, poll_s, rate in (cell.split(":") for cell in asked.split(","))
    ]


def _row(site: LargeSite, home: HomeAssistant, cell: Cell) -> str:
    site.poll(cell.poll_s, cell.rate)
    circuits = cell.panels * POLES

    def all_there() -> bool:
        currents = [s for key, s in home.states().items() if key.endswith("_current")]
        known = sum(state.state not in {"unknown", "unavailable"} for state in currents)
        return known >= circuits

    home.wait_for(all_there, _WITHIN_S)
    time.sleep(15 + cell.poll_s)  # what came with the start is over
    began, cpu = time.time(), home.cpu_s()
    time.sleep(cell.seconds)
    ended, cpu = time.time(), home.cpu_s() - cpu
    time.sleep(3)  # it commits every second
    with closing(sqlite3.connect(home.directory / "home-assistant_v2.db", timeout=60)) as found:
        ((values, energy),) = found.execute(_ROWS, (began, ended))
        ((size,),) = found.execute(_BYTES)
        ((rows,),) = found.execute("SELECT count(*) FROM states")
    a_row = size / rows
    # The end of a quarter hour may lie within what was measured or not.
    energy_rate = circuits / _QUARTER_S if cell.rate == "deadband" else energy / (ended - began)
    rate = values / (ended - began) + energy_rate
    return (
        f"{circuits:>8} {cell.kind:<8} {cell.poll_s:>4} s {cell.rate:<8} {rate:>8.2f} "
        f"{energy_rate:>12.2f} {a_row:>6.0f} {rate * a_row * _DAY_S / 1e6:>7.0f} "
        f"{cpu / (ended - began):>12.1%}"
    )
