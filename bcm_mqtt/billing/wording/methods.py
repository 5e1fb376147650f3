"""How energy was calculated where no meter measured it, in the language that is spoken now."""

from typing import Final

from bcm_mqtt.domain.bill.method import METHOD
from bcm_mqtt.languages import N_, translated
from bcm_mqtt.languages.sentences import Sentences

METHODS: Final = Sentences(
    N_("calculated from current at %(what_voltage)s and %(what_factor)s"),
    N_("measured voltage (%(hours)s h) or nominal voltage (%(others)s h)"),
    N_("measured voltage (%(hours)s h)"),
    N_("nominal voltage"),
    N_("a measured power factor (%(hours)s h) or a stated power factor (%(others)s h)"),
    N_("a measured power factor (%(hours)s h)"),
    N_("a stated power factor"),
)
"""Of `domain.bill.method`, where a companion measured some of it."""
_NOMINAL: Final = N_("calculated from current at nominal voltage and a stated power factor")


def method(text: str) -> str:
    """The words of `method_of`."""
    return translated(_NOMINAL) if text == METHOD else METHODS.said(text)
