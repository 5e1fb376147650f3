"""Whether bills are made from the directory that people edited: what is stored may lag behind.

People edit circuits.csv, the bridge publishes it, the recorder stores it, bills read what is
stored. The file decides where it exists and the panel's bridge runs on this machine, or none of
the panel is online; else the directory that the broker has retained does.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.config import Settings, is_owned, reload_directories
from bcm_mqtt.domain.site.circuit import Difference
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.editing.directory_difference import directory_differences
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.mqtt.standing import Standing, standing_at
from bcm_mqtt.store import BillingStore

WAITS: Final = timedelta(minutes=1)
"""For a difference that is younger: what was just saved is on its way."""
_LOOK_EVERY: Final = timedelta(seconds=1)

Ask = Callable[[Settings], Standing | None]
"""Gives what the broker has retained; None where it does not answer."""


def ask_broker(settings: Settings) -> Standing | None:
    """What the site's broker has retained."""
    return standing_at(settings.mqtt.broker, settings.mqtt.topics)


@dataclass(frozen=True, slots=True)
class Unstored:
    """A panel whose stored directory is not the one that people edited.

    Attributes:
        panel: Its id.
        source: What says otherwise, such as `config/circuits.csv`.
        first: The first difference, in words.
        count: Of differences.
        from_file: Whether circuits.csv decides.
    """

    panel: str
    source: str
    first: str
    count: int
    from_file: bool

    def __str__(self) -> str:
        """One sentence, with what to do."""
        more = f" (and {self.count - 1} more)" if self.count > 1 else ""
        act = (
            "the panel's bridge and the recorder store it, or bcm-mqtt circuits apply"
            if self.from_file
            else "a recorder that runs stores it"
        )
        return (
            f"{self.source} differs from the directory that bills are made from: "
            f"panel {self.panel}: {self.first}{more}; {act}"
        )


class EditedDirectory:
    """The directory that people edited, held against the one that is stored."""

    def __init__(
        self,
        store: BillingStore,
        clock: Clock,
        ask: Ask = ask_broker,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Looks at nothing yet.

        Args:
            store: What bills are made from.
            clock: The present.
            ask: Of what the broker has retained.
            pause: Waits for seconds.
        """
        self._store = store
        self._clock = clock
        self._ask = ask
        self._pause = pause

    def notes(self, settings: Settings) -> tuple[str, ...]:
        """What of circuits.csv is not stored, or what is wrong with it; a sentence each.

        The broker is asked only where the file differs from what is stored.
        """
        try:
            edited = _of_file(settings)
        except InputError as error:
            return tuple(map(str, error.problems))
        stored = self._store.directories.all()
        zone = settings.site.zone
        if not any(_differences(one, stored, zone) for one in edited.values()):
            return ()
        return tuple(map(str, _unstored(settings, edited, self._ask(settings), stored)))

    def check(self, settings: Settings, month: Month, waiting: Callable[[], None]) -> None:
        """Waits for what was just edited, and refuses bills that would be made without it.

        Args:
            settings: Of the site.
            month: That is to be issued.
            waiting: Called about once a second meanwhile; raises to give up.

        Raises:
            InputError: circuits.csv is wrong.
            WorkError: the directory that people edited is not stored.
        """
        if self._clock() < month.bounds(settings.site.zone)[0]:
            return  # which is refused anyway
        standing = self._ask(settings)
        online = standing.bridges if standing else {}
        left = WAITS
        while True:
            stored = self._store.directories.all()
            missing = list(_unstored(settings, _of_file(settings), standing, stored))
            if not missing:
                return
            age = _age(settings, self._clock()) if all(one.from_file for one in missing) else None
            is_coming = age is None or age < WAITS
            if (
                not is_coming
                or left <= timedelta(0)
                or not any(one.panel in online for one in missing)
            ):
                break
            waiting()
            self._pause(_LOOK_EVERY / timedelta(seconds=1))
            left -= _LOOK_EVERY
        reasons = ". ".join(map(str, missing))
        raise WorkError(f"{month}: not issued: {reasons}")


def _of_file(settings: Settings) -> dict[str, Directory]:
    """The directories of circuits.csv as it is now; none where there is no such file."""
    return reload_directories(settings) if settings.circuits.exists() else {}


def _age(settings: Settings, now: datetime) -> timedelta:
    """How long ago circuits.csv was saved; zero where it is gone."""
    try:
        return now - datetime.fromtimestamp(settings.circuits.stat().st_mtime, UTC)
    except OSError:
        return timedelta(0)


def _unstored(
    settings: Settings,
    edited: Mapping[str, Directory],
    standing: Standing | None,
    stored: Mapping[str, Directory],
) -> Iterator[Unstored]:
    runs_here = is_owned(settings.bridge.data)
    for panel in settings.panels:
        is_elsewhere = standing is not None and panel in standing.bridges and not runs_here
        from_file = panel in edited and not is_elsewhere
        retained = standing.directories.get(panel) if standing else None
        directory = edited[panel] if from_file else retained
        zone = settings.site.zone
        if directory is None or not (differences := _differences(directory, stored, zone)):
            continue
        first = differences[0]
        file = settings.meters if first.field == "instruments" else settings.circuits
        where = f"circuit {first.poles} " if first.poles else ""
        yield Unstored(
            panel,
            str(file) if from_file else "the directory at the broker",
            f"{where}{first.field} is {first.after!r}, stored is {first.before!r}",
            len(differences),
            from_file,
        )


def _differences(
    directory: Directory, stored: Mapping[str, Directory], zone: ZoneInfo
) -> list[Difference]:
    return list(directory_differences(stored.get(directory.panel.id), directory, zone))
