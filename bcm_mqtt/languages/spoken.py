"""Which language is spoken now, with the country whose formats it has."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError

LANGUAGES: Final = ("en", "de", "fr", "es")
"""Those that have all texts; each but English has a catalogue of its name."""
ENGLISH: Final = "en"
OFFERED: Final = (
    *("en", "en-GB", "en-US", "en-CA", "en-IE", "en-AU"),
    *("de", "de-AT", "de-CH", "fr", "fr-BE", "fr-CA", "fr-CH"),
    *("es", "es-AR", "es-CL", "es-CO", "es-MX"),
)
"""What people choose from; any other country of these languages may be configured."""
_MOST_ASKED: Final = 20
_SPOKEN: Final = ContextVar("spoken", default=ENGLISH)


@lru_cache(maxsize=256)
def known(text: str) -> str:
    """The tag of a language that we speak, such as `de-AT` for `de_at`; "" for any other text.

    Without the country where that is none.
    """
    parts = text.strip().replace("_", "-").split("-")
    if len(text) > 20 or parts[0].lower() not in LANGUAGES:
        return ""
    own, country = parts[0].lower(), parts[-1].upper() if len(parts) > 1 else ""
    made = f"{own}-{country}" if len(country) in {2, 3} else own
    try:
        locale_of(made)
    except (UnknownLocaleError, ValueError):
        return own
    return made


@lru_cache(maxsize=256)
def locale_of(spoken: str) -> Locale:
    """Babel's formats of a tag; raises UnknownLocaleError or ValueError."""
    return Locale.parse(spoken, sep="-")


def _named(spoken: str) -> str:
    """In its own words, such as `Deutsch (Österreich)`."""
    name = str(locale_of(spoken).get_display_name())
    return name[:1].upper() + name[1:]


@cache
def names() -> Mapping[str, str]:
    """Of the languages that are offered, each in itself."""
    return {spoken: _named(spoken) for spoken in OFFERED}


def tag() -> str:
    """What is spoken now, such as `de-AT`; it is also the page's `lang`."""
    return _SPOKEN.get()


def language() -> str:
    """The language of that alone, such as `de`."""
    return _SPOKEN.get().partition("-")[0]


@contextmanager
def speaking(spoken: str) -> Iterator[None]:
    """Within the context that is spoken; English where it is a language that we do not speak."""
    token = _SPOKEN.set(known(spoken) or ENGLISH)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def negotiated(accepted: str) -> str:
    """What a browser asks for that we speak, by its Accept-Language; "" for none of it.

    English is that of no country, whose dates nobody takes for others: browsers ask for that of
    the United States wherever they are.
    """
    asked: list[tuple[float, str]] = []
    for part in accepted.split(",")[:_MOST_ASKED]:
        name, _, quality = part.partition(";")
        if spoken := known(name):
            asked.append((_weight(quality), spoken))
    weight, spoken = max(asked, key=lambda pair: pair[0], default=(0.0, ""))
    return (ENGLISH if spoken.startswith(ENGLISH) else spoken) if weight > 0 else ""


def _weight(quality: str) -> float:
    name, _, text = quality.strip().partition("=")
    if name != "q":
        return 1.0
    digits = text.replace(".", "", 1)
    return min(float(text), 1.0) if digits.isascii() and digits.isdecimal() else 0.0
