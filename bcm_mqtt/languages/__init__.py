"""Languages: texts, figures, dates and money as the reader's language and country write them.

A sentence for people stands in the source in English, and is its own key in the catalogues:

    with speaking("de-AT"):
        _("%(count)s circuits of panel %(panel)s", count=number(48), panel="RPP-1A")

Owns: the catalogues (`catalogues/*.po`), the language that is spoken now, the formats of figures.
Does not own: who speaks which language (`web.spoken` for pages, `billing` for bills).
Invariants: English needs no catalogue and writes figures as ever, dates as 2026-11-29; a text that
no catalogue has is English, never missing; the language is of this task or thread alone.
"""

from bcm_mqtt.languages.catalogue import browser_texts
from bcm_mqtt.languages.figures import day, moment, money, month, month_name, number, percent, time
from bcm_mqtt.languages.spoken import (
    ENGLISH,
    LANGUAGES,
    OFFERED,
    known,
    language,
    names,
    negotiated,
    speaking,
    tag,
)
from bcm_mqtt.languages.texts import IN_TEMPLATES, N_, _, ngettext, pgettext, translated

__all__ = [
    "ENGLISH",
    "IN_TEMPLATES",
    "LANGUAGES",
    "N_",
    "OFFERED",
    "_",
    "browser_texts",
    "day",
    "known",
    "language",
    "moment",
    "money",
    "month",
    "month_name",
    "names",
    "negotiated",
    "ngettext",
    "number",
    "percent",
    "pgettext",
    "speaking",
    "tag",
    "time",
    "translated",
]
