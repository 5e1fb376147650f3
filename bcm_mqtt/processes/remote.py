"""An object of the parent, as a worker uses it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

Ask = Callable[[str, tuple[Any, ...], Mapping[str, Any]], Any]
"""Calls a method of the parent's object: its name and its arguments."""


class Remote:
    """Every method is the parent's object's, called once for the same arguments."""

    def __init__(self, ask: Ask) -> None:
        """Calls nothing yet."""
        self._ask = ask
        self._known: dict[Any, Any] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The method."""
        return partial(self._call, name)

    def _call(self, name: str, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - of any method
        key = name, args, tuple(sorted(named.items()))
        if key not in self._known:
            self._known[key] = self._ask(name, args, named)
        return self._known[key]
