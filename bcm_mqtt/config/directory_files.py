"""The two files of the directory, circuits.csv and meters.csv, read together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory import FileStamp, file_stamp, read_circuits, read_meters
from bcm_mqtt.config.sources.panel import PanelSettings
from bcm_mqtt.domain.site.directory import Directory, with_instruments
from bcm_mqtt.errors import Problem


@dataclass(frozen=True, slots=True)
class DirectoryFiles:
    """Where the files are, and which of them are to be read.

    Attributes:
        circuits: circuits.csv.
        meters: meters.csv.
        stamps: Of both, from before they are read: what is saved from then on is read again.
        reads_circuits: Whether circuits.csv is to be read.
        reads_meters: Whether meters.csv is to be read.
    """

    circuits: Path
    meters: Path
    stamps: tuple[FileStamp, FileStamp]
    reads_circuits: bool
    reads_meters: bool

    @classmethod
    def of(cls, data: Mapping[str, Any], folder: Path, *, with_circuits: bool) -> Self:
        """Those that a configuration names, which must exist, or the usual ones if they do."""
        circuits = folder / data.get("circuits", "circuits.csv")
        meters = folder / data.get("meters", "meters.csv")
        return cls(
            circuits,
            meters,
            (file_stamp(circuits), file_stamp(meters)),
            with_circuits if circuits.exists() else "circuits" in data,
            meters.exists() or "meters" in data,
        )

    def read(
        self, panels: Mapping[str, PanelSettings], zone: ZoneInfo, refused: Collection[str]
    ) -> tuple[dict[str, Directory], list[Problem]]:
        """What those say that are to be read; see `read_directories`."""
        circuits = self.circuits if self.reads_circuits else None
        meters = self.meters if self.reads_meters else None
        return read_directories(circuits, meters, panels, zone, refused)


def read_directories(
    circuits: Path | None,
    meters: Path | None,
    panels: Mapping[str, PanelSettings],
    zone: ZoneInfo,
    refused: Collection[str] = (),
) -> tuple[dict[str, Directory], list[Problem]]:
    """The directory of every panel, and every problem of the files.

    Args:
        circuits: circuits.csv, None where it is not to be read.
        meters: meters.csv, None where it is not to be read.
        panels: By id.
        zone: In which a bare date is a midnight.
        refused: Panels whose own configuration is wrong: their rows are passed over.
    """
    directories = {key: Directory(panel.panel) for key, panel in panels.items()}
    problems: list[Problem] = []
    if circuits is not None:
        measured = {key: panel.panel for key, panel in panels.items()}
        directories, problems = read_circuits(circuits, measured, zone, refused)
    if meters is not None:
        metered = {key: panel.metered for key, panel in panels.items()}
        instruments, more = read_meters(meters, metered, zone, refused)
        directories, problems = with_instruments(directories, instruments), problems + more
    return directories, problems
