"""What the web page of a bill shows: billing's page of it, and the link of every figure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from bcm_mqtt.billing.einvoices.made import agreed_forms
from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.billing.pages.bill_page import BillPage, bill_page
from bcm_mqtt.billing.pages.bill_rows import Delta
from bcm_mqtt.billing.pages.words import number_text, status_text, tariff_text, time
from bcm_mqtt.billing.reports.formats import BILL_FORMATS, FORMATS
from bcm_mqtt.billing.wording.findings import hold
from bcm_mqtt.billing.wording.methods import method
from bcm_mqtt.domain.bill.bill import Bill, BillStatus
from bcm_mqtt.domain.bill.issued import DeltaLine
from bcm_mqtt.domain.bill.method import method_of
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.languages import _
from bcm_mqtt.web.billing.circuit_view import intervals_link
from bcm_mqtt.web.billing.explanations import why


@dataclass(frozen=True, slots=True)
class Fact:
    """What is stated of a bill; a hash or a key is long, and has no spaces."""

    name: str
    text: str
    hash: bool = False


@dataclass(frozen=True, slots=True)
class BillView:
    """A bill's web page.

    Attributes:
        site: Name of the site.
        month: Such as 2026-03.
        customer: Its id.
        address: Of the customer, lines.
        status: In words.
        state: As a class of the style sheet.
        held: Whether it is held now.
        holds: Why it was or is held; none of an issued bill.
        facts: About the bill as a whole.
        page: All else that a bill says.
        differences: What an issued bill would have of each line now.
        differs: Whether it would differ if recalculated.
        files: Name and link of each format.
        method: How energy is calculated where no meter measures it, a sentence.
    """

    site: str
    month: str
    customer: str
    address: tuple[str, ...]
    status: str
    state: str
    held: bool
    holds: tuple[str, ...]
    facts: tuple[Fact, ...]
    page: BillPage
    differences: tuple[Delta, ...]
    differs: bool
    files: tuple[tuple[str, str], ...]
    method: str

    def why(
        self,
        line: int | None = None,
        circuit: tuple[str, CircuitId] | None = None,
        at: datetime | None = None,
    ) -> str:
        """The link to the explanation of a line, a circuit or an instant; else of the bill."""
        return why(self.customer, FigureQuery(line=line, circuit=circuit, at=at))

    @staticmethod
    def intervals(panel: str, pole: CircuitId) -> str:
        """The link to a circuit's intervals."""
        return intervals_link(panel, pole)


def bill_view(
    issuer: Issuer, bill: Bill, now: datetime, differences: tuple[DeltaLine, ...] | None
) -> BillView:
    """The web page of a bill.

    Args:
        issuer: The site.
        bill: Issued, or a draft.
        now: The present.
        differences: What an issued bill would have of each line now; None where it is the same.
    """
    return BillView(
        site=issuer.name,
        month=str(bill.month),
        customer=bill.customer.id,
        address=bill.customer.address,
        status=status_text(bill),
        state=bill.status.name.lower(),
        held=bill.status is BillStatus.HELD,
        holds=() if bill.issue else tuple(map(hold, bill.holds)),
        facts=tuple(_facts(bill, issuer)),
        page=bill_page(bill, issuer, now),
        differences=tuple(map(Delta.of, differences or ())),
        differs=differences is not None,
        files=tuple(_files(bill, issuer)),
        method=_(
            "Energy is %(method)s, where a meter measures neither power nor energy.",
            method=method(method_of(bill.usage)),
        ),
    )


def _facts(bill: Bill, issuer: Issuer) -> Iterator[Fact]:
    start, end = time(bill.start, issuer.zone), time(bill.end, issuer.zone)
    yield Fact(_("Period"), _("%(start)s to %(end)s", start=start, end=end))
    yield Fact(_("Tariff"), tariff_text(bill))
    if record := bill.issue:
        yield Fact(_("Bill number"), number_text(record))
        yield Fact(_("Issued"), time(record.issued, issuer.zone))
        if record.revises is not None:
            yield Fact(_("Replaces"), _("bill %(number)s", number=record.replaced_text))
        if record.credit_note:
            yield Fact(_("Credit note"), record.credit_note)
        if record.reason:
            yield Fact(_("Reason"), record.reason)
        yield Fact("SHA-256", record.sha256, hash=True)
        key = record.public_key or _("not signed")
        yield Fact(_("Signed with the key"), key, hash=True)


def _files(bill: Bill, issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Words of a button and its link; of structured invoices those that the customer gets."""
    query = urlencode({"customer": bill.customer.id})
    agreed = agreed_forms(bill, issuer)
    for form in BILL_FORMATS:
        button = FORMATS[form].button
        if button and (form in agreed or form not in set(Profile)):
            yield button, f"api/v1/billing/months/{bill.month}/bill/{form}?{query}"
