"""The sign-off sheet of commissioned panels as PDF: a certificate for each."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from bcm_mqtt.billing.reports.pdf_report import typeset
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.commissioning.certificate import Certificate


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
    when = f"{made.astimezone(issuer.zone):%Y-%m-%d %H:%M}"
    foot = f"Commissioning of {issuer.name}, made {when} {issuer.zone.key}"
    sheet = Sheet(issuer, issuer.name, when, issuer.zone.key, foot, tuple(certificates))
    return typeset("sign_off.typ", asdict(sheet), issuer, made)
