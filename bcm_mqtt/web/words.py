"""Words of the domain in the language of whoever reads the page.

The domain names its kinds and labels in English; here each is marked for the catalogues, and
looked up when it is shown. A test holds the marks to what the domain declares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.site.account import Role
from bcm_mqtt.languages import N_, _, pgettext, translated

_WORDS: Final[Mapping[StrEnum, str]] = {
    AlarmKind.OVERLOAD: N_("overload"),
    AlarmKind.NO_DATA: N_("no data"),
    AlarmKind.WIRING: N_("wiring"),
    AlarmKind.IMBALANCE: N_("imbalance"),
    AlarmKind.NEUTRAL: N_("neutral"),
    AlarmKind.REDUNDANCY: N_("redundancy"),
    AlarmKind.REDUNDANT_SHARE: N_("redundant share"),
    AlarmState.NORMAL: N_("normal"),
    AlarmState.UNACKNOWLEDGED: N_("unacknowledged"),
    AlarmState.ACKNOWLEDGED: N_("acknowledged"),
    AlarmState.RETURNED: N_("returned unacknowledged"),
    AlarmState.SHELVED: N_("shelved"),
    AlarmState.OUT_OF_SERVICE: N_("out of service"),
    Severity.NONE: N_("over"),
    Severity.WARNING: N_("warning"),
    Severity.CRITICAL: N_("critical"),
    Role.VIEWER: N_("viewer"),
    Role.OPERATOR: N_("operator"),
    Role.BILLING: N_("billing"),
    Role.ADMIN: N_("admin"),
    Role.CUSTOMER: N_("customer"),
    Right.LOG_IN: N_("log in"),
    Right.SEE_CIRCUITS: N_("see circuits"),
    Right.SEE_SITE: N_("see the site"),
    Right.OPERATE: N_("operate"),
    Right.SEE_BILLS: N_("see bills"),
    Right.BILL: N_("bill"),
    Right.ADMINISTER: N_("administer"),
}
"""No two that are the same text: a severity of none is that of an alarm that is over."""

LABELS: Final = (
    N_("Poles"),
    N_("Description"),
    N_("Customer"),
    N_("Rating"),
    N_("Connection"),
    N_("Power factor"),
    N_("Power factor tolerance"),
    N_("Rated amps"),
    N_("Power factor tolerance (0.02 is 2 %)"),
    N_("from the description"),
    N_("the panel's"),
    N_("0.05; of a companion's 0.2"),
    N_("Maker"),
    N_("Of the meter."),
    N_("Model"),
    N_("Meter number"),
    N_("Serial number, which bills print."),
    N_("Meter class"),
    N_("Accuracy class: 1, 0.5S or B."),
    N_("CT class"),
    N_("Of the current transformers: 0.5, 1 or 3."),
    N_("CT rating"),
    N_("Rated primary current in amps."),
    N_("Multiplier"),
    N_("True ratio over the one that the meter is set to, such as 200/150; 1 corrects nothing."),
    N_("Sign"),
    N_("-1 where the current transformer sits the wrong way round."),
    N_("Type approval"),
    N_("Such as MID B or CTEP."),
    N_("Approved until"),
    N_("Last day of the approval."),
    N_("Last test"),
    N_("Day of the last test."),
    N_("Last reading of the old meter"),
    N_("In kWh as it showed them; of several poles with + between them."),
    N_("First reading of the new meter"),
    N_("In kWh as it shows them; of several poles with + between them."),
    N_("Voltage shift"),
    N_(
        "Degrees by which the meter's power must be turned, because it pairs the current with "
        "another phase's voltage; 0 is right."
    ),
    N_("panel"),
    N_("position"),
    N_("description"),
    N_("rated amps"),
    N_("number of poles"),
    N_("connection"),
    N_("phase"),
    N_("voltage"),
    N_("power factor"),
)
"""Of the fields of circuits and meters and of the columns of a schedule, which pages translate."""


def word(member: StrEnum) -> str:
    """A kind, a state, a severity, a role or a right in words, such as `no data`."""
    return translated(_WORDS[member])


def place(pole: str) -> str:
    """Where an alarm is: the first pole of a circuit, or the main breaker."""
    return pgettext("breaker", "main") if pole == "main" else pole


def beginning(text: str) -> str:
    """A text as it begins a line."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class AlarmsText:
    """Alarms of a breaker, such as `no data, overload: acknowledged`, said where it is read.

    Attributes:
        kinds: In the order of their English names.
        state: The most urgent.
    """

    kinds: tuple[AlarmKind, ...]
    state: AlarmState

    def __str__(self) -> str:
        """In the language that is spoken now."""
        listed = ", ".join(map(word, self.kinds))
        return _("%(alarms)s: %(state)s", alarms=listed, state=word(self.state))
