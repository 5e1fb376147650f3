"""What the side that stands by has of the other's files, so that it goes on where that one ended.

Energy counters, alarms, the directory and what requests did are files of the bridge already, each
of them whole at every instant; a copy of each is what the other side needs.
"""

import asyncio
import logging
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from bcm_mqtt.bridge.formulas.energy import FORMULA_ENERGY_FILE
from bcm_mqtt.bridge.pair.link import LinkError
from bcm_mqtt.bridge.whole_file import write_whole
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.files import mode_for, sync_folder

_LOG = logging.getLogger(__name__)
_Stamp = tuple[int, int, int] | None
_NEVER: Final = (-1, -1, -1)
_EDITED: Final = frozenset({"circuits", "meters"})
"""By people, so that what they wrote on this side is not lost."""
Send = Callable[[str, str | None], Awaitable[None]]
"""Sends a file by its name: its bytes as base64, None where there is none. Raises LinkError."""


def followed_files(settings: Settings) -> dict[str, Path]:
    """The files that both sides have, by the names that they have on the link."""
    data, brokers = settings.bridge.data, len(settings.mqtt.broker.each)
    further = [f"announced-{number}" for number in range(2, brokers + 1)]
    return {
        "circuits": settings.circuits,
        "meters": settings.meters,
        "energy": data / "energy.json",
        "formula_energy": data / FORMULA_ENERGY_FILE,
        "alarms": data / "alarms.json",
        "announced": data / "announced.json",
        **{name: data / f"{name}.json" for name in further},
        "requests": data / "requests.jsonl",
    }


class Copying:
    """The side whose files are copied; used by the event loop's thread."""

    def __init__(self, files: Mapping[str, Path], send: Send) -> None:
        """Has sent nothing yet."""
        self._files = files
        self._send = send
        self._sent: dict[str, _Stamp] = {}
        self._one_at_a_time = asyncio.Lock()

    @property
    def is_complete(self) -> bool:
        """Whether the other side has had every file once, and has not been away since."""
        return self._sent.keys() == self._files.keys()

    def forget(self) -> None:
        """The other side was away, and may be another run: all is sent again."""
        self._sent.clear()

    async def copy(self) -> None:
        """Sends what has changed; returns when the other side has it on its disk.

        Raises:
            LinkError: it has not.
        """
        async with self._one_at_a_time:
            for name, file in self._files.items():
                stamp = await asyncio.to_thread(_stamp, file)
                if self._sent.get(name, _NEVER) == stamp:
                    continue
                content = await asyncio.to_thread(_content, file)
                try:
                    await self._send(name, content)
                except LinkError:
                    self.forget()
                    raise
                self._sent[name] = stamp


class Copied:
    """The side that has the copies."""

    def __init__(self, files: Mapping[str, Path], mode: int, clock: Clock) -> None:
        """Has none yet; `mode` is of new files."""
        self._files = files
        self._mode = mode
        self._clock = clock
        self._copies: dict[str, bytes | None] = {}

    def take(self, name: str, content: str | None) -> None:
        """Writes a file of the other side, safe against a power cut.

        A directory that was there and is no copy stays beside it, under a name with the time.

        Args:
            name: As the link has it.
            content: As it was sent.

        Raises:
            OSError: it cannot be written, and is as it was.
            LinkError: there is no such file, or that is no content.
        """
        if name not in self._files:
            raise LinkError(f"{name}: no file of a bridge: both must be of the same version")
        file = self._files[name]
        try:
            new = None if content is None else b64decode(content, validate=True)
        except ValueError as error:
            raise LinkError(f"{name}: damaged") from error
        old = file.read_bytes() if file.exists() else None
        if old is not None and old != new and old != self._copies.get(name):
            self._put_aside(name, file, old)
        self._copies[name] = new
        if old == new:
            return
        if new is None:
            file.unlink()
            sync_folder(file.parent)
        else:
            write_whole(file, new, mode=self._mode)

    def _put_aside(self, name: str, file: Path, old: bytes) -> None:
        if name in _EDITED:
            aside = file.with_name(f"{file.name}.replaced-{self._clock():%Y%m%dT%H%M%SZ}")
            write_whole(aside, old, mode=mode_for(file, self._mode))
            _LOG.warning("%s: the other bridge's replaces it; it is in %s now", file, aside.name)


def _stamp(file: Path) -> _Stamp:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _content(file: Path) -> str | None:
    try:
        return b64encode(file.read_bytes()).decode()
    except FileNotFoundError:
        return None
