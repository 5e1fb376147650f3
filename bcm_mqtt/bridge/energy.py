"""Energy counters: kWh per circuit that never fall, not even over a crash.

Home Assistant takes a falling `total_increasing` for a reset and adds the whole counter
again. So a value is published only once it is safely on disk: whatever a crash takes
away was never shown.
"""

import json
import logging
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path

from bcm_mqtt.errors import WorkError

_LOG = logging.getLogger(__name__)
_JOULES_PER_KWH = 3_600_000
Circuit = tuple[str, int]
"""Panel id and first pole."""


class EnergyCounters:
    """Sums each circuit's power over time and keeps the sums in a file."""

    def __init__(self, file: Path) -> None:
        """Reads the counters of the last run.

        Args:
            file: JSON, made when it is not there.

        Raises:
            WorkError: it cannot be read or written.
        """
        self._file = file
        self._joules: dict[Circuit, float] = {}
        self._last: dict[str, tuple[datetime, list[tuple[Circuit, float]]]] = {}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.exists():
                stored = json.loads(file.read_text())
                self._joules = {
                    (panel, int(pole)): _finite(joules)
                    for panel, circuits in stored.items()
                    for pole, joules in circuits.items()
                }
            self.saved = self.save()
        except OSError as error:
            raise WorkError(f"energy counters {file}: {error.strerror}") from error
        except (ValueError, AttributeError, TypeError) as error:
            raise WorkError(
                f"energy counters {file}: damaged, move it away to start anew"
            ) from error

    def add(
        self, panel: str, time: datetime, watts: Mapping[int, float | None], poll: timedelta
    ) -> None:
        """Counts the energy up to now of the powers that stood since a panel's last poll.

        Left-hold as for intervals: they stand for at most 1.5 polls.

        Args:
            panel: Panel id.
            time: Of the poll.
            watts: Power by first pole; None where a reading is missing.
            poll: Poll period.
        """
        if last := self._last.get(panel):
            since, powers = last
            held_s = max(0.0, min(time - since, poll * 1.5).total_seconds())
            for circuit, power in powers:
                self._joules[circuit] = self._joules.get(circuit, 0.0) + held_s * power
        self._last[panel] = (
            time,
            [
                ((panel, pole), max(0.0, power))
                for pole, power in watts.items()
                if power is not None
            ],
        )

    def save(self) -> Mapping[Circuit, float]:
        """Writes the counters to disk; returns them in kWh: these may be published.

        Raises:
            OSError: nothing was written, and nothing may be published.
        """
        # A copy, made at once: another thread may go on adding while the disk is busy.
        counters = self._joules.copy()
        by_panel: dict[str, dict[str, float]] = {}
        for (panel, pole), joules in counters.items():
            by_panel.setdefault(panel, {})[str(pole)] = joules  # rounded, it might be less
        temporary = self._file.with_suffix(".tmp")
        with temporary.open("w") as out:
            json.dump(by_panel, out)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # or a power cut may bring the file before it back
        finally:
            os.close(folder)
        return {circuit: joules / _JOULES_PER_KWH for circuit, joules in counters.items()}


def _finite(joules: float) -> float:
    if not isfinite(joules):  # which json reads and writes
        raise ValueError
    return float(joules)
