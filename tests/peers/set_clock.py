"""The wall clock of a process, set while it runs: libfaketime, which leaves its monotonic clock."""

from pathlib import Path
from typing import Final

_LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
_SLEEP: Final = """\
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""
"""In place of Python's, which sleeps until a monotonic time: libfaketime 0.9.10 takes that for
wrong where it leaves the monotonic clock."""


class SetWallClock:
    """What a process shows as wall time follows a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._library = next(iter(_LIBRARIES), None)
        self._modules = file.with_suffix(".modules")
        self._modules.mkdir(parents=True, exist_ok=True)
        (self._modules / "sitecustomize.py").write_text(_SLEEP)
        self.set_by(0)

    @property
    def environment(self) -> dict[str, str]:
        """Of the process; the whole of it is needed, or its monotonic clock is set as well."""
        assert self._library, "libfaketime is needed: scripts/system-packages installs it"
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": str(self._modules),
        }

    def set_by(self, seconds: float) -> None:
        """Sets it so much off the host's."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+.3f}\n")
        new.replace(self._file)
