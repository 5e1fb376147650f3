"""The example of a portfolio in a folder: three sites, one office, a company in two of them."""

import shutil
from pathlib import Path
from typing import Final

EXAMPLE: Final = Path(__file__).parents[2] / "config" / "portfolio"
SITES: Final = ("dc1", "dc2", "dc3")


def write_portfolio(folder: Path, *changes: tuple[str, str]) -> Path:
    """Copies the example; the path of its portfolio.yaml.

    Args:
        folder: To write to; not there yet.
        changes: Texts of portfolio.yaml to replace, each there once.
    """
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("data"))
    file = folder / "portfolio.yaml"
    for old, new in changes:
        change(file, old, new)
    return file


def change(file: Path, old: str, new: str) -> None:
    """Replaces a text that is once in a file."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")
