"""Messages about alarms in the language of who gets them."""

from datetime import datetime
from typing import Final

from bcm_mqtt.domain.alarms.notices import Notice
from bcm_mqtt.domain.reading.alarm import Severity
from bcm_mqtt.languages import N_, _, speaking
from bcm_mqtt.languages.sentences import Sentences
from bcm_mqtt.messaging import Message, Urgency

_URGENCY: Final = {
    Severity.NONE: Urgency.INFO,
    Severity.WARNING: Urgency.WARNING,
    Severity.CRITICAL: Urgency.FAILURE,
}
_SENTENCES: Final = Sentences(
    N_("and %(number)s more lines: see the page of alarms"),
    N_("over: %(name1)s: %(text)s, %(name2)s and %(number)s more"),
    N_("over: %(name1)s: %(text)s, %(name2)s"),
    N_("critical: %(text)s"),
    N_("warning: %(text)s"),
    N_("%(text)s, since %(moment)s %(name)s"),
    N_("%(text)s, poles %(name)s and %(number)s more"),
    N_("%(text)s, poles %(name)s"),
    N_("Gateway %(name)s is away, with 1 panel"),
    N_("Gateway %(name)s is away, with %(number)s panels"),
    N_("%(name)s does not answer"),
    N_("%(name1)s and %(name2)s: %(text)s"),
    N_("%(name)s: %(text)s"),
    N_("%(text)s, %(number)s over"),
    N_("%(number)s over"),
    N_("1 alarm"),
    N_("%(number)s alarms"),
    N_("%(number)s alarms in 1 group"),
    N_("%(number1)s alarms in %(number2)s groups"),
)
"""As the rules word what they give, and groups of alarms their causes."""
said: Final = _SENTENCES.said


def message_of(notice: Notice, at: datetime, language: str) -> Message:
    """The message of a notice.

    Args:
        notice: In English, as it is judged.
        at: When it was.
        language: Of its receiver.
    """
    with speaking(language):
        lines = tuple(map(said, notice.lines))
        return Message(at, said(notice.title), lines, _URGENCY[notice.severity], notice.rule)


def trial(site: str, at: datetime, language: str = "") -> Message:
    """The message that a test sends."""
    with speaking(language):
        lines = (_("This is a test. Alarms of the site are sent here."),)
        return Message(at, _("%(site)s: test of notifications", site=site), lines, Urgency.INFO)
