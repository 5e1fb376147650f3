"""Which circuits have been announced, so that those that are gone can be taken back.

A retained message stays at the broker until somebody clears it, also when the circuit
was removed while the bridge was down; so the list is kept on disk.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from bcm_mqtt.bridge.kept_file import write_whole
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.mqtt.discovery import Discovery
from bcm_mqtt.mqtt.topics import CIRCUIT_QUANTITIES, MAIN_QUANTITIES, Topics

_LOG = logging.getLogger(__name__)


class Announced:
    """Circuits by panel id, as first poles."""

    def __init__(self, file: Path) -> None:
        """Reads what the last run announced; a file that is damaged counts as empty."""
        self._file = file
        self._circuits: dict[str, set[int]] = {}
        try:
            stored = json.loads(file.read_text())
            self._circuits = {panel: set(map(int, poles)) for panel, poles in stored.items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, AttributeError, TypeError) as error:
            _LOG.warning("%s: %s: removed circuits may stay announced", file, error)

    def gone(self, circuits: Mapping[str, Iterable[int]]) -> dict[str, set[int]]:
        """What was announced and is not among these, by panel; remembers these instead."""
        now = {panel: set(poles) for panel, poles in circuits.items()}
        gone = {
            panel: poles - now.get(panel, set())
            for panel, poles in self._circuits.items()
            if panel not in now or poles - now[panel]
        }
        if now != self._circuits:
            self._circuits = now
            try:
                text = json.dumps({panel: sorted(poles) for panel, poles in now.items()})
                write_whole(self._file, text, sync=False)  # the polls must not wait for a disk
            except OSError as error:
                _LOG.warning("%s: %s", self._file, error.strerror)
        return gone


def topics_to_clear(
    gone: Mapping[str, set[int]],
    directories: Mapping[str, Directory],
    topics: Topics,
    discovery: Discovery,
) -> Iterator[str]:
    """The retained topics of circuits and panels that are gone."""
    for panel, poles in gone.items():
        for pole in poles:
            yield discovery.circuit_topic(panel, pole)
            yield from (topics.circuit(panel, pole, name) for name in CIRCUIT_QUANTITIES)
        if panel not in directories:
            yield discovery.panel_topic(panel)
            yield topics.directory(panel)
            yield topics.availability(panel)
            yield from (topics.main(panel, name) for name in MAIN_QUANTITIES)
