"""What the walk through a panel says in English, in the language of whoever reads it."""

from typing import Final

from bcm_mqtt.billing.reports.sign_off_texts import SENTENCES
from bcm_mqtt.languages import N_
from bcm_mqtt.languages.sentences import Sentences

_TEXTS: Final = (
    N_("Switch a load on at pole %(name)s."),
    N_("Switch a load on at poles %(name)s."),
    N_("To confirm pole %(name1)s, switch the load off at pole %(name2)s."),
    N_("To confirm pole %(name1)s, switch the load on again at pole %(name2)s."),
    N_("To confirm pole %(name1)s, switch the load off at poles %(name2)s."),
    N_("To confirm pole %(name1)s, switch the load on again at poles %(name2)s."),
    N_("To confirm poles %(name1)s, switch the load off at pole %(name2)s."),
    N_("To confirm poles %(name1)s, switch the load on again at pole %(name2)s."),
    N_("To confirm poles %(name1)s, switch the load off at poles %(name2)s."),
    N_("To confirm poles %(name1)s, switch the load on again at poles %(name2)s."),
    N_("pole %(number1)s rose by %(number2)s A"),
    N_("pole %(number1)s fell by %(number2)s A"),
    N_("Pole %(number)s"),
    N_("Main %(name)s"),
    "%(text)s (%(number)s A)",
)
_WORDS: Final = Sentences(*_TEXTS, *SENTENCES.patterns)


def said(text: str) -> str:
    """A sentence of the walk, or several with semicolons between them."""
    return "; ".join(map(_WORDS.said, text.split("; ")))


def said_of_place(text: str) -> str:
    """What was found at a place, such as `Pole 3: right (+8.3 A); ...`."""
    place, colon, findings = text.partition(": ")
    return f"{_WORDS.said(place)}{colon}{said(findings)}"
