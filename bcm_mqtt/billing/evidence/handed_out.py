"""Notes the files that are handed out: by their SHA-256, and signed, so that none can be added."""

from hashlib import sha256

from bcm_mqtt.billing.evidence.keys import Signer
from bcm_mqtt.billing.evidence.statements import file_statement
from bcm_mqtt.billing.evidence.visible import text_sha256, words_of_our_pdf
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.store import BillingStore, HandedOut

_WITH_TEXT = frozenset({"pdf", "facturx"})
"""Formats that are often saved again by other programs, with the same text."""


def note_file(
    store: BillingStore,
    signer: Signer | None,
    clock: Clock,
    of: tuple[SiteMonth, Bill | None],
    file: tuple[str, bytes],
) -> None:
    """Notes a file; the bills in it are issued.

    Args:
        store: Of the site.
        signer: None leaves it unsigned, so that it is not believed later.
        clock: The present.
        of: The month, and its bill; None of several.
        file: Format and content.

    Raises:
        WorkError: the database failed.
    """
    (site, bill), (form, content) = of, file
    issue = bill.issue if bill else None
    number = issue.number if issue else None
    digest, month = sha256(content).hexdigest(), str(site.month)
    if store.files.known(digest):
        return
    with_text = form in _WITH_TEXT and number
    named = (issue.number, issue.sha256) if issue else None
    text = text_sha256(words_of_our_pdf(content)) if with_text else None
    signature = signer.sign(file_statement(digest, month, named, form, text)) if signer else None
    store.files.add([HandedOut(digest, month, number, form, clock(), text, signature)])
