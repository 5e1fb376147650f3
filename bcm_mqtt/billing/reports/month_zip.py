"""A month's reports as a ZIP that is handed out while it is made."""

from collections.abc import Iterable, Iterator
from zipfile import ZipFile

from bcm_mqtt.billing.reports.folder import zip_entry


class _Passed:
    """What a ZIP is written to; it cannot go back, and keeps nothing that was taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        """Keeps it until it is taken."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing to flush to."""

    def close(self) -> None:
        """There is nothing to close."""

    def take(self) -> bytes:
        """What was written since."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def zip_parts(folder: str, files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """A ZIP in pieces, one for each file: of a large site it is never whole in memory.

    Args:
        folder: That the files are in.
        files: Name and content.
    """
    passed = _Passed()
    with ZipFile(passed, "w") as archive:
        for name, content in files:
            archive.writestr(zip_entry(folder, name), content)
            yield passed.take()
    yield passed.take()
