"""Which of several recorders one is: options of `recorder`, and what several could only fail at."""

import logging
from dataclasses import dataclass
from re import fullmatch
from typing import Final

from bcm_mqtt.config import Settings
from bcm_mqtt.errors import InputError
from bcm_mqtt.recorder import Part

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OneOfSeveral:
    """One of the recorders of a database.

    Attributes:
        name: Its own among them; "" of the only one.
        part: Of the panels, which it takes; None where all of them share each panel's snapshots.
    """

    name: str = ""
    part: Part | None = None

    @property
    def shares(self) -> bool:
        """Whether each snapshot goes to one of them."""
        return bool(self.name) and self.part is None


ALONE: Final = OneOfSeveral()


def one_of_several(
    settings: Settings, share: str | None, part: str | None, *, second: bool
) -> OneOfSeveral:
    """The one that options name.

    Raises:
        InputError: they are wrong, contradict one another, or ask for what SQLite cannot do.
    """
    if second and part is None:
        raise InputError.of("--second: expected --part K/N beside it")
    if share is None and part is None:
        return ALONE
    if share is not None and part is not None:
        raise InputError.of(
            "--part and --share: expected one of them: --share where the broker speaks MQTT 5"
        )
    if share is not None:
        check_name("--share", share)
        _check_database("--share", settings)
        if (protocol := settings.mqtt.broker.protocol) != "5":
            _LOG.warning(
                "MQTT %s cannot share: each recorder receives everything; "
                "see `recorder --part` for parts of the panels",
                protocol,
            )
        return OneOfSeveral(share)
    try:
        parsed = Part.parse(part or "")
    except ValueError as error:
        raise InputError.of(f"--part {part!r}: {error}") from None
    _check_database("--part", settings)
    return OneOfSeveral(f"{parsed.name}-second" if second else parsed.name, parsed)


def check_name(option: str, name: str) -> None:
    """Raises InputError where an option's name is none."""
    if not fullmatch(r"[a-z0-9_-]+", name):
        raise InputError.of(f"{option} {name!r}: expected a name of a-z, 0-9, _ and -")


def _check_database(option: str, settings: Settings) -> None:
    if settings.database_url.startswith("sqlite"):
        message = f"expected PostgreSQL for {option}: only one recorder writes to a SQLite file"
        raise InputError.of(message, source=str(settings.file), key="database.url")
