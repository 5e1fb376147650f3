"""The profiles that come with a package of this program."""

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final, TypeVar

_SUFFIX: Final = ".yaml"
_Profile = TypeVar("_Profile")


class Shipped(Mapping[str, _Profile]):
    """Profiles by id, which is also the name of the file; each is loaded when it is looked up."""

    def __init__(self, package: str, load: Callable[[Path], _Profile]) -> None:
        """Takes where the files are, and what makes a profile of one."""
        self._folder, self._load = files(package), load
        names = (Path(file.name) for file in self._folder.iterdir())
        stems = sorted(name.stem for name in names if name.suffix == _SUFFIX)
        self._loaded: dict[str, _Profile | None] = dict.fromkeys(stems)

    def __getitem__(self, key: str) -> _Profile:
        loaded = self._loaded[key]
        if loaded is None:
            with as_file(self._folder / f"{key}{_SUFFIX}") as file:
                loaded = self._loaded[key] = self._load(file)
        return loaded

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)
