"""An object of the parent, as a worker uses it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple


class Call(NamedTuple):
    """A method of the parent's object: its name and its arguments."""

    name: str
    args: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()


def answer(called: object, call: Call) -> Any:  # noqa: ANN401 - of any method
    """What the method of an object gives."""
    return getattr(called, call.name)(*call.args, **dict(call.named))


class Remote:
    """Every method is the parent's object's, called once for the same arguments."""

    def __init__(self, ask: Callable[[Call], Any], known: Mapping[Call, Any]) -> None:
        """Calls nothing yet; some answers may be known."""
        self._ask = ask
        self._known = dict(known)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The method."""
        return partial(self._call, name)

    def _call(self, name: str, *args: Any, **named: Any) -> Any:  # noqa: ANN401 - of any method
        call = Call(name, args, tuple(sorted(named.items())))
        if call not in self._known:
            self._known[call] = self._ask(call)
        return self._known[call]
