"""Words of the domain in the language of whoever reads the page."""

from enum import StrEnum

from bcm_mqtt.domain.reading.alarm import Severity
from bcm_mqtt.languages import _, pgettext, translated


def word(member: StrEnum) -> str:
    """A kind, a state, a severity, a role or a right in words, such as `no data`."""
    if member is Severity.NONE:  # that of an alarm which is over
        return _("over")
    return translated(member.value.replace("_", " "))


def place(pole: str) -> str:
    """Where an alarm is: the first pole of a circuit, or the main breaker."""
    return pgettext("breaker", "main") if pole == "main" else pole


def beginning(text: str) -> str:
    """A text as it begins a line."""
    return text[:1].upper() + text[1:]
