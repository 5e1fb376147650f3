"""Who asks, from where: for the page that is drawn and the audit log, whatever lies between."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from bcm_mqtt.web.access.rights import ON_THIS_MACHINE, Who


@dataclass(frozen=True, slots=True)
class Present:
    """Who asks; None has not logged in."""

    who: Who | None
    address: str


_PRESENT = ContextVar("present", default=Present(None, ""))


def present() -> Present:
    """Of the request that is being served."""
    return _PRESENT.get()


def who() -> Who | None:
    """Who asks, for templates and signatures; None has not logged in."""
    return _PRESENT.get().who


def signature() -> str:
    """The name under which what is asked for is entered."""
    return (_PRESENT.get().who or ON_THIS_MACHINE).name


@contextmanager
def serving(someone: Present) -> Iterator[None]:
    """Within the context somebody asks."""
    token = _PRESENT.set(someone)
    try:
        yield
    finally:
        _PRESENT.reset(token)
