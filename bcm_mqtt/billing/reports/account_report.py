"""The statement of an account as HTML that stands alone, and as PDF."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from bcm_mqtt.billing.pages.account_page import AccountPage, account_page
from bcm_mqtt.billing.reports.formats import ReportFile
from bcm_mqtt.billing.reports.html_report import rendered
from bcm_mqtt.billing.reports.pdf_report import typeset
from bcm_mqtt.domain.bill.statement import Statement
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.languages import speaking, tag


@dataclass(frozen=True, slots=True)
class AccountReport:
    """What the reports of a statement are made of.

    Attributes:
        statement: To report.
        sites: Names of its sites by id.
        sellers: Names of sellers by id.
        issuer: The office, whose head and time zone they have.
        made: When, UTC.
    """

    statement: Statement
    sites: Mapping[str, str]
    sellers: Mapping[str, str]
    issuer: Issuer
    made: datetime

    def page(self) -> AccountPage:
        """All texts and figures, in the language that is spoken."""
        return account_page(self.statement, self.sites, self.sellers, self.issuer, self.made)

    @property
    def language(self) -> str:
        """That of the account's bills where all have one; else of whoever asks."""
        languages = {one.bill.customer.language for one in self.statement.bills}
        return languages.pop() if len(languages) == 1 else self.issuer.language or tag()

    def file(self, form: str) -> ReportFile:
        """As one of `ACCOUNT_FORMATS`; raises WorkError where it cannot be typeset."""
        media_type, write = ACCOUNT_FORMATS[form]
        with speaking(self.language):
            content = write(self)
        name = f"{self.statement.month}-statement.{form}"
        return ReportFile(name, media_type, content)


def _html(report: AccountReport) -> bytes:
    return rendered("statement.html", report.page()).encode()


def _pdf(report: AccountReport) -> bytes:
    return typeset("statement.typ", asdict(report.page()), report.issuer, report.made)


ACCOUNT_FORMATS: Final[Mapping[str, tuple[str, Callable[[AccountReport], bytes]]]] = {
    "html": ("text/html; charset=utf-8", _html),
    "pdf": ("application/pdf", _pdf),
}
"""Media type and writer by name."""
