"""The energy of formula circuits: kWh that what its members count adds to and takes away from.

A formula may get other members at a date. So it has a count of its own, which goes on from what
each member has counted since it was looked at last. It falls where what is taken away counts more.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from bcm_mqtt.bridge.whole_file import read_whole, write_whole
from bcm_mqtt.domain.site.formula.spans import FormulaSpan
from bcm_mqtt.files import PRIVATE

_LOG = logging.getLogger(__name__)
FORMULA_ENERGY_FILE = "formula_energy.json"
_WITHOUT = "energy of formula circuits starts from 0"
_Key = tuple[str, str]
"""Panel id and id of a formula."""


@dataclass(slots=True)
class _Count:
    """Of a formula.

    Attributes:
        kwh: What it has come to.
        members: What each member's counter showed then, kWh, by its place.
    """

    kwh: float = 0.0
    members: dict[str, float] = field(default_factory=dict)


class FormulaEnergy:
    """Counts formulas from the counters of their members, and keeps the counts."""

    def __init__(self, file: Path, mode: int = PRIVATE) -> None:
        """Reads the counts of the last run.

        Args:
            file: JSON, made once there is a formula; a damaged one is moved aside.
            mode: Of a new file.
        """
        self._file, self._mode = file, mode
        self._counts: dict[_Key, _Count] = {}
        try:
            self._counts = read_whole(file, _parsed, _WITHOUT) or {}
        except OSError as error:
            _LOG.error("%s: %s: %s", file, error.strerror, _WITHOUT)

    def count(
        self, formulas: Iterable[FormulaSpan], counters: Mapping[tuple[str, int], float]
    ) -> dict[_Key, float]:
        """Goes on to what the members' counters show, writes that, and returns it in kWh.

        Args:
            formulas: In force.
            counters: kWh by panel and first pole, as they are on disk. A formula is not counted
                before all its members are.

        Raises:
            OSError: nothing was written, and nothing may be published.
        """
        counted = dict[_Key, float]()
        new = {key: _Count(one.kwh) for key, one in self._counts.items()}
        for formula in formulas:
            shown = {
                term.place: counters.get((term.panel, int(term.circuit))) for term in formula.terms
            }
            key = formula.version.key
            if any(kwh is None for kwh in shown.values()):
                if key in self._counts:
                    new[key] = self._counts[key]
                continue
            now = {place: kwh for place, kwh in shown.items() if kwh is not None}
            before = self._counts.get(key, _Count())
            gained = sum(
                term.sign * (now[term.place] - then)
                for term in formula.terms
                # A counter that fell was lost, and begins again.
                if (then := before.members.get(term.place)) is not None and then <= now[term.place]
            )
            new[key] = _Count(before.kwh + gained, now)
            counted[key] = new[key].kwh
        if new != self._counts:
            write_whole(self._file, _written(new), mode=self._mode)
            self._counts = new
        return counted


def _written(counts: Mapping[_Key, _Count]) -> str:
    by_panel: dict[str, dict[str, list[object]]] = {}
    for (panel, formula), one in counts.items():
        by_panel.setdefault(panel, {})[formula] = [one.kwh, one.members]
    return json.dumps(by_panel)


def _parsed(text: str) -> dict[_Key, _Count]:
    """Counts of a file; fails as parsers do where it is damaged."""
    return {
        (panel, formula): _Count(
            _finite(kwh), {str(place): _finite(then) for place, then in members.items()}
        )
        for panel, formulas in json.loads(text).items()
        for formula, (kwh, members) in formulas.items()
    }


def _finite(kwh: float) -> float:
    if not isfinite(kwh):  # which json reads and writes
        raise ValueError("expected kWh")
    return float(kwh)
