"""The sign-off sheet of commissioned panels as PDF: a certificate for each."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from bcm_mqtt.billing.reports.pdf_report import typeset
from bcm_mqtt.billing.reports.sign_off_texts import in_language
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.commissioning.certificate import Certificate
from bcm_mqtt.languages import _, moment, speaking, tag


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the sheet says.

    Attributes:
        issuer: Whose head and paper it has.
        site: Its name.
        made: When, in words.
        zone: In which times are.
        foot: Of every page.
        panels: One certificate each.
    """

    issuer: Issuer
    site: str
    made: str
    zone: str
    foot: str
    panels: tuple[Certificate, ...]


def pdf_sign_off(certificates: Sequence[Certificate], issuer: Issuer, made: datetime) -> bytes:
    """The sheet; equal input gives equal bytes.

    Args:
        certificates: One for each panel.
        issuer: Whose head, foot and paper it has.
        made: When it was made, UTC.
    """
    with speaking(issuer.language or tag()):
        when, zone = moment(made.astimezone(issuer.zone)), issuer.zone.key
        foot = _("Commissioning of %(site)s, made %(at)s", site=issuer.name, at=f"{when} {zone}")
        panels = tuple(map(in_language, certificates))
        sheet = Sheet(issuer, issuer.name, when, zone, foot, panels)
        return typeset("sign_off.typ", asdict(sheet), issuer, made)
