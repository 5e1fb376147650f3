"""Who asks, from where: for the page that is drawn and the audit log, whatever lies between."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from bcm_mqtt.access.entrance import NOTHING_SHOWN, Shown
from bcm_mqtt.access.rights import ON_THIS_MACHINE, Who


@dataclass(frozen=True, slots=True)
class Present:
    """Who asks, and what shows it.

    Attributes:
        who: None has not logged in.
        shown: What the request shows.
    """

    who: Who | None
    shown: Shown = NOTHING_SHOWN

    @property
    def address(self) -> str:
        """From where, or ""."""
        return self.shown.address


_NOBODY: Final = Present(None)
_PRESENT: ContextVar[Present] = ContextVar("present")


def present() -> Present:
    """Of the request that is being served."""
    return _PRESENT.get(_NOBODY)


def who() -> Who | None:
    """Who asks, for templates and signatures; None has not logged in."""
    return present().who


def signature() -> str:
    """The name under which what is asked for is entered."""
    return (present().who or ON_THIS_MACHINE).name


@contextmanager
def serving(someone: Present) -> Iterator[None]:
    """Within the context somebody asks."""
    token = _PRESENT.set(someone)
    try:
        yield
    finally:
        _PRESENT.reset(token)
