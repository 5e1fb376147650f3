"""Energy counters: kWh per circuit that never fall, not even over a crash.

Home Assistant takes a falling `total_increasing` for a reset and adds the whole counter
again. So a value is published only once it is safely on disk: whatever a crash takes
away was never shown.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bcm_mqtt.bridge.handover import Handovers
from bcm_mqtt.bridge.whole_file import read_whole, whole_number, write_whole
from bcm_mqtt.domain.reading.corrected_reading import PanelCorrection
from bcm_mqtt.domain.reading.register_counter import RegisterBreak, RegisterCount, counted
from bcm_mqtt.domain.reading.register_levels import RegisterLevel
from bcm_mqtt.domain.reading.register_step import RegisterLimit, RegisterScale
from bcm_mqtt.domain.reading.stored import Series
from bcm_mqtt.domain.time import from_ms, to_ms
from bcm_mqtt.files import PRIVATE

_LOG = logging.getLogger(__name__)
_JOULES_PER_KWH = 3_600_000
_JOULES_PER_WH = 3_600
_REGISTERS = "@registers"
"""Key in the file beside the panels' ids, none of which looks like it."""
_UNKNOWN = RegisterScale()
Circuit = tuple[str, int]
"""Panel id and first pole."""


class EnergyCounters:
    """Sums each circuit's power over time, or what its registers count, and keeps the sums."""

    def __init__(self, file: Path, mode: int = PRIVATE) -> None:
        """Reads the counters of the last run; a disk that does not allow it is tried again.

        Args:
            file: JSON, made when it is not there; a damaged one is moved aside.
            mode: Of a new file.
        """
        self._file = file
        self._mode = mode
        self._joules: dict[Circuit, float] = {}  # since the start
        self._before: dict[Circuit, float] = {}  # up to then, once they could be read
        self._was_read = False
        self._last: dict[Series, tuple[datetime, list[tuple[Circuit, float]]]] = {}
        self._registers: dict[
            Circuit, RegisterCount
        ] = {}  # by panel and pole, whatever its circuit
        self.handovers = Handovers()
        """Of poles that several sources read in turn."""
        try:
            self._read()
        except OSError as error:
            _LOG.error(
                "energy counters %s: %s: they are published once they can be read",
                file,
                error.strerror,
            )
        self.saved: Mapping[Circuit, float] = _kwh(self._before)
        """kWh that are on disk: these may be published."""

    @property
    def circuits(self) -> AbstractSet[Circuit]:
        """That were counted since the start, saved or not."""
        return self._joules.keys()

    def _read(self) -> None:
        """Adds what the last run has left.

        Raises:
            OSError: it cannot be read; nothing may be written over it.
        """
        joules, registers = read_whole(self._file, _parsed, "energy counters start from 0") or (
            {},
            {},
        )
        for place, register in registers.items():
            # Where one was read meanwhile, it goes on from there.
            self._registers.setdefault(place, register)
        self._before = joules
        self._was_read = True

    def add(
        self, series: Series, time: datetime, watts: Mapping[int, float | None], poll: timedelta
    ) -> None:
        """Counts the energy up to now of the powers that stood since a panel's last poll.

        Left-hold as for intervals: they stand for at most 1.5 polls.

        Args:
            series: Panel and source of the poll.
            time: Of the poll.
            watts: Power by first pole; None where a reading is missing.
            poll: Poll period.
        """
        if last := self._last.get(series):
            since, powers = last
            held_s = max(0.0, min(time - since, poll * 1.5).total_seconds())
            for circuit, power in powers:
                self._joules[circuit] = self._joules.get(circuit, 0.0) + held_s * power
        powers = [
            ((series.panel, pole), power if power > 0 else 0.0)
            for pole, power in watts.items()
            if power is not None
        ]
        for circuit, _ in powers:  # it begins with 0
            self._joules.setdefault(circuit, 0.0)
        self._last[series] = time, powers

    def count(
        self,
        circuit: Circuit,
        time: datetime,
        registers: Mapping[int, int | None],
        most_watts: float,
        scales: Mapping[int, RegisterScale] = MappingProxyType({}),
        correction: PanelCorrection | None = None,
        source: str = "",
    ) -> None:
        """Counts what a circuit's energy registers have counted since they were last read.

        What is not normal counts once it has been seen for 15 minutes: see `register_counter`.

        Args:
            circuit: That gets the energy.
            time: Of the reading.
            registers: Wh by pole, None for one that was not read.
            most_watts: What a pole's register can have counted.
            scales: How they count, by pole.
            correction: By which counts are energy, with the exchanges of meters.
            source: Whose registers they are.
        """
        panel, _ = circuit
        multipliers = correction.multipliers if correction else {}
        exchanges = correction.exchanges if correction else {}
        for pole, watt_hours in registers.items():
            before = self._registers.get((panel, pole))
            ratio = float(multipliers.get(pole, 1))
            scale, time_ms = scales.get(pole, _UNKNOWN), to_ms(time)
            limit = RegisterLimit(most_watts / ratio, scale)
            between = 0.0
            if watt_hours is not None:
                between = self.handovers.counted((panel, pole), source)
                # What a register counted since it was last read has the time between in it.
                if before and not scale.is_replaced(before.level.last_ms, time_ms):
                    between = 0.0
            unread = round(between / ratio / _JOULES_PER_WH)
            register, gained = counted(
                before, watt_hours, time_ms, limit, exchanges.get(pole, ()), unread
            )
            if register:
                self._registers[panel, pole] = register
                joules = self._joules.get(circuit, 0.0) + between
                self._joules[circuit] = joules + gained * ratio * _JOULES_PER_WH

    def take_over(self, circuit: Circuit, poles: Iterable[int], source: str) -> None:
        """Adds what a circuit used since another source counted it: after `add` for this one."""
        panel, _ = circuit
        for pole in poles:
            if between := self.handovers.counted((panel, pole), source):
                self._joules[circuit] = self._joules.get(circuit, 0.0) + between

    def save(self) -> Mapping[Circuit, float]:
        """Writes the counters to disk; returns them in kWh: these may be published.

        Raises:
            OSError: nothing was written, and nothing may be published.
        """
        if not self._was_read:
            self._read()
        # A copy, made at once: another thread may go on adding while the disk is busy.
        # Counters first, and `count` takes the register first: so no crash counts twice.
        counters, registers = self._joules.copy(), self._registers.copy()
        for circuit, joules in self._before.items():
            counters[circuit] = joules + counters.get(circuit, 0.0)
        by_panel: dict[str, dict[str, float]] = {}
        for (panel, pole), joules in counters.items():
            by_panel.setdefault(panel, {})[str(pole)] = joules  # rounded, it might be less
        content: dict[str, object] = {**by_panel}
        if registers:
            by_pole: dict[str, dict[str, list[object]]] = {}
            for (panel, pole), register in registers.items():
                by_pole.setdefault(panel, {})[str(pole)] = _written(register)
            content[_REGISTERS] = by_pole
        write_whole(self._file, json.dumps(content), mode=self._mode)
        return _kwh(counters)


def _kwh(joules: Mapping[Circuit, float]) -> dict[Circuit, float]:
    return {circuit: one / _JOULES_PER_KWH for circuit, one in joules.items()}


def _parsed(text: str) -> tuple[dict[Circuit, float], dict[Circuit, RegisterCount]]:
    """Counters and registers of a file; fails as parsers do where it is damaged."""
    stored = json.loads(text)
    registers = {
        (panel, int(pole)): _register(register)
        for panel, poles in stored.pop(_REGISTERS, {}).items()
        for pole, register in poles.items()
    }
    counters = {
        (panel, int(pole)): _finite(joules)
        for panel, circuits in stored.items()
        for pole, joules in circuits.items()
    }
    return counters, registers


def _written(register: RegisterCount) -> list[object]:
    """As earlier releases wrote it (Wh, since when), and what they did not know."""
    first_ms, last_ms, watt_hours, _ = register.level
    left, since_left, waiting = register.left, register.since_left, register.waiting
    ahead, breaks = register.ahead, register.breaks
    more = [left, since_left, waiting] if left or waiting or ahead or breaks else []
    broken = [ahead, breaks] if ahead or breaks else []
    return [watt_hours, first_ms, last_ms, *more, *broken]


def _register(written: list[Any]) -> RegisterCount:
    watt_hours, first_ms, *more = written
    last_ms = more[0] if more else first_ms
    left, since_left, waiting = more[1:4] or (None, 0, [])
    ahead, breaks = more[4:] or (0, [])
    level = _level([first_ms, last_ms, watt_hours, 1])
    return RegisterCount(
        level,
        tuple(_level(one) for one in waiting),
        _level(left) if left else None,
        whole_number(since_left),
        whole_number(ahead),
        tuple(
            RegisterBreak(_level(before), _level(after), whole_number(counted))
            for before, after, counted in breaks
        ),
    )


def _level(written: list[Any]) -> RegisterLevel:
    level = RegisterLevel(*map(whole_number, written))
    for time_ms in level[:2]:
        from_ms(time_ms)
    return level


def _finite(joules: float) -> float:
    if not isfinite(joules):  # which json reads and writes
        raise ValueError
    return float(joules)
