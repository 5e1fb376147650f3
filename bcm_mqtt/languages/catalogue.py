"""Catalogues: the translations of a language, read from its `.po` at first use."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Final, TypeAlias

from bcm_mqtt.languages.spoken import ENGLISH, LANGUAGES

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

IN_BROWSER: Final = "In the browser"
"""The comment of texts that JavaScript shows."""
CONTEXT_GLUE: Final = "\x04"
"""Between context and text in the keys for the browser, as in gettext's own files."""
BrowserTexts: TypeAlias = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class _Catalogue:
    texts: NullTranslations
    browser: BrowserTexts


def translations(language: str) -> NullTranslations:
    """Of a language; those of English give every text back."""
    return _catalogue(language).texts


def browser_texts(language: str) -> BrowserTexts:
    """The translations that JavaScript uses, by their English; plurals as lists of their forms."""
    return _catalogue(language).browser


@cache
def _catalogue(language: str) -> _Catalogue:
    if language == ENGLISH or language not in LANGUAGES:
        return _Catalogue(NullTranslations(), {})
    # They take as long to import as a command that speaks English has for all it does.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    file = files("bcm_mqtt.languages") / "catalogues" / f"{language}.po"
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return _Catalogue(GNUTranslations(compiled), _for_browser(catalogue))


def _for_browser(catalogue: "Catalog") -> BrowserTexts:
    found: dict[str, str | list[str]] = {}
    for message in catalogue:
        if IN_BROWSER not in message.auto_comments or message.fuzzy:
            continue
        name = message.id if isinstance(message.id, str) else message.id[0]
        key = f"{message.context}{CONTEXT_GLUE}{name}" if message.context else name
        text = message.string or ""
        if all(text) if isinstance(text, list | tuple) else text:
            found[key] = text if isinstance(text, str) else list(text)
    return found
