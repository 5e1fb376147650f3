"""Sentences in the language that is spoken now; their English is in the source."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from bcm_mqtt.languages.catalogue import translations
from bcm_mqtt.languages.spoken import language


def translated(text: str) -> str:
    """A text as it is, which may have percent signs: names of kinds, labels of tables."""
    return translations(language()).gettext(text) if text else ""


def _(text: str, /, **values: object) -> str:
    """A sentence with its values: `_("%(count)s of %(all)s, 5 %%", count=1, all=2)`."""
    return translated(text) % values


def ngettext(one: str, many: str, num: int, /, **values: object) -> str:
    """A sentence by a number, which is its `%(num)s`."""
    return translations(language()).ngettext(one, many, num) % {"num": num, **values}


def pgettext(context: str, text: str, /, **values: object) -> str:
    """A sentence whose English means more than one thing; `context` says which."""
    return translations(language()).pgettext(context, text) % values


def N_(text: str) -> str:  # noqa: N802 - the name that extractors know
    """Marks a text that is translated where it is shown, by `translated`."""
    return text


IN_TEMPLATES: Final[Mapping[str, Callable[..., str]]] = MappingProxyType(
    {
        "gettext": translated,
        "ngettext": lambda one, many, num: translations(language()).ngettext(one, many, num),
        "pgettext": lambda context, text: translations(language()).pgettext(context, text),
        "npgettext": lambda context, one, many, num: translations(language()).npgettext(
            context, one, many, num
        ),
    }
)
"""For `install_gettext_callables` of Jinja, which fills in the values itself."""
