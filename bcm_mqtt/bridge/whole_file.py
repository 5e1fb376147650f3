"""A small file that is whole at every instant: the old one or the new one, never a part."""

import os
from pathlib import Path


def write_whole(file: Path, text: str, *, sync: bool = True) -> None:
    """Replaces the file's content, safe against a crash.

    Args:
        file: To replace; its folder is made.
        text: All of it.
        sync: Safe against a power cut, too, which may take a good part of a second.

    Raises:
        OSError: the file is as it was.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".tmp")
    with temporary.open("w") as out:
        out.write(text)
        out.flush()
        if sync:
            os.fsync(out.fileno())
    temporary.replace(file)
    if sync:
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # or a power cut may bring the file before it back
        finally:
            os.close(folder)
