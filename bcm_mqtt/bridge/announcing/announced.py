"""The circuits that were announced at a broker, stored on disk.

A retained message stays at the broker until it is cleared, also when its circuit was removed
while the bridge was down.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from bcm_mqtt.bridge.whole_file import read_whole, write_whole
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.formula.formula import circuit_id
from bcm_mqtt.mqtt.naming import Naming

_LOG = logging.getLogger(__name__)


class Announced:
    """Circuits by panel id, as first poles or ids of formulas, and the naming of their topics."""

    def __init__(self, data: Path, mode: int, number: int = 0) -> None:
        """Reads what was announced at a broker, the first of the order or another, before.

        A file that is damaged is moved aside.
        """
        suffix = f"-{number + 1}" if number else ""
        self._file = file = data / f"announced{suffix}.json"
        self._named = data / f"announced_as{suffix}.json"
        self._mode = mode
        self._circuits: dict[str, set[CircuitId]] = {}
        self._is_written = True
        self._naming: Naming | None = None
        without = "removed circuits may stay announced"
        try:
            self._circuits = read_whole(file, _announced, without) or {}
            self._naming = read_whole(self._named, _naming, without)
        except OSError as error:
            _LOG.warning("%s: %s: %s", file, error.strerror, without)

    def left(self, naming: Naming) -> list[str]:
        """Topics of an earlier naming that are retained for nothing; remembers this one instead."""
        earlier, self._naming = self._naming, naming
        if earlier == naming:
            return []
        try:
            write_whole(self._named, json.dumps(asdict(naming)), mode=self._mode, sync=False)
        except OSError as error:
            _LOG.warning("%s: %s", self._named, error.strerror)
        return naming.left_by(earlier, self._circuits) if earlier else []

    def gone(self, circuits: Mapping[str, Iterable[CircuitId]]) -> dict[str, set[CircuitId]]:
        """What was announced and is not among these, by panel; remembers these instead."""
        now = {panel: set(poles) for panel, poles in circuits.items()}
        gone = {
            panel: poles - now.get(panel, set())
            for panel, poles in self._circuits.items()
            if panel not in now or poles - now[panel]
        }
        if now != self._circuits or not self._is_written:
            self._circuits = now
            self._is_written = False
            try:
                text = json.dumps({panel: _in_order(of) for panel, of in now.items()})
                # Without a sync: the polls must not wait for a disk.
                write_whole(self._file, text, mode=self._mode, sync=False)
                self._is_written = True
            except OSError as error:
                _LOG.warning("%s: %s", self._file, error.strerror)
        return gone


def _naming(text: str) -> Naming:
    naming = Naming(**json.loads(text))
    if not all(isinstance(part, str) for part in asdict(naming).values()):
        raise TypeError
    return naming


def _announced(text: str) -> dict[str, set[CircuitId]]:
    return {
        panel: {circuit_id(str(one)) for one in circuits}
        for panel, circuits in json.loads(text).items()
    }


def _in_order(circuits: Iterable[CircuitId]) -> list[CircuitId]:
    """Breakers by their first pole, then formulas by name."""
    both = list(circuits)
    poles = sorted(one for one in both if isinstance(one, int))
    return [*poles, *sorted(one for one in both if isinstance(one, str))]
