"""Report formats: what a bill and a month can be written as.

A format is a module that writes it, and an entry here: from that the choices of `--format`,
the files of a folder and a ZIP, and what the web page offers with its media type derive.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bcm_mqtt.billing.einvoices.facturx import marked
from bcm_mqtt.billing.einvoices.made import einvoice_xml, is_invoiced, obstacles
from bcm_mqtt.billing.reports.csv_report import csv_report
from bcm_mqtt.billing.reports.green_button import green_button
from bcm_mqtt.billing.reports.html_report import html_bill, html_summary
from bcm_mqtt.billing.reports.json_report import json_report
from bcm_mqtt.billing.reports.pdf_report import pdf_bill, pdf_summary
from bcm_mqtt.billing.reports.xlsx_report import xlsx_bill, xlsx_summary
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.site.panel import Panel


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report as a file."""

    name: str
    media_type: str
    content: bytes


HandingOut = Callable[[Bill | None, str, bytes], None]
"""Gets each file before it is handed out: the bill, None of several; the format; its content."""


def not_noted(_bill: Bill | None, _form: str, _content: bytes) -> None:
    """Notes nothing."""


@dataclass(frozen=True, slots=True)
class MonthReports:
    """What the reports of a month are made of.

    Attributes:
        site: To report.
        issuer: Whose head and foot they have.
        made: When they were made, UTC.
        panels: For their voltages, by id.
        whole: Whether it is the whole site, which has a summary, or one customer.
        handing_out: Notes which files are handed out.
        credit_note: The credit note that was issued with a revision, or None.
    """

    site: SiteMonth
    issuer: Issuer
    made: datetime
    panels: Mapping[str, Panel] = field(default_factory=lambda: MappingProxyType({}))
    whole: bool = True
    handing_out: HandingOut = not_noted
    credit_note: Callable[[Bill], Bill | None] = lambda _bill: None

    @property
    def documents(self) -> Iterator[Bill]:
        """The bills, each after the credit note that was issued with it."""
        for bill in self.site.bills:
            if note := self.credit_note(bill):
                yield note
            yield bill

    def of_one_bill(self) -> "MonthReports":
        """The same of its bill alone, without the credit note before it; nothing is noted."""
        return replace(self, whole=False, handing_out=not_noted, credit_note=lambda _bill: None)

    @property
    def only_bill(self) -> Bill | None:
        """The bill of a customer's reports; None of a whole site's."""
        bills = self.site.bills
        return bills[0] if len(bills) == 1 and not self.whole else None


@dataclass(frozen=True, slots=True)
class Format:
    """A format: a file for each bill and one for the site, or one for all.

    Attributes:
        suffix: Of its files.
        media_type: As HTTP has it.
        bill: Writes a bill.
        summary: Writes a whole site; takes the file of each customer's bill, by customer id.
        all: Writes all bills in one file.
        button: What the web page writes on the button for a bill; "" shows none.
        menu: The entry of the web page's menu for a month; "" shows none.
        place: Among buttons and entries, the lower first.
        has: Whether a bill has a file of it.
    """

    suffix: str
    media_type: str
    bill: Callable[[Bill, MonthReports], str | bytes] | None = None
    summary: Callable[[MonthReports, Mapping[str, str]], str | bytes] | None = None
    all: Callable[[MonthReports], str] | None = None
    button: str = ""
    menu: str = ""
    place: int = 9
    has: Callable[[Bill], bool] = lambda _bill: True


def _facturx(bill: Bill, of: MonthReports) -> bytes:
    xml = einvoice_xml(bill, of.issuer, Profile.FACTURX).decode()
    return marked(pdf_bill(bill, of.issuer, of.made, xml))


FORMATS: Final[Mapping[str, Format]] = {
    "html": Format(
        "html",
        "text/html; charset=utf-8",
        bill=lambda bill, of: html_bill(bill, of.issuer, of.made),
        summary=lambda of, pages: html_summary(of.site, of.issuer, of.made, of.panels, pages),
        button="HTML",
        place=3,
    ),
    "pdf": Format(
        "pdf",
        "application/pdf",
        bill=lambda bill, of: pdf_bill(bill, of.issuer, of.made),
        summary=lambda of, _: pdf_summary(of.site, of.issuer, of.made, of.panels),
        button="PDF",
        menu="Summary as PDF",
        place=1,
    ),
    "csv": Format(
        "csv",
        "text/csv; charset=utf-8",
        all=lambda of: csv_report(of.site, of.issuer.zone),
        menu="All bills as CSV",
        place=4,
    ),
    "xlsx": Format(
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        bill=lambda bill, of: xlsx_bill(bill, of.issuer, of.made),
        summary=lambda of, _: xlsx_summary(of.site, of.issuer, of.made, of.panels),
        button="XLSX",
        menu="Summary as XLSX",
        place=2,
    ),
    "json": Format(
        "json",
        "application/json",
        all=lambda of: f"{json_report(of.site, of.issuer.zone)}\n",
        menu="All bills as JSON",
        place=5,
    ),
    "greenbutton": Format(
        "xml",
        "application/atom+xml",
        bill=lambda bill, of: green_button(bill, of.issuer),
        has=lambda bill: not bill.is_credit_note,  # it has the energy of the bill again
        button="Green Button",
        place=6,
    ),
    Profile.FACTURX: Format(
        "facturx.pdf",
        "application/pdf",
        bill=_facturx,
        button="Factur-X",
        place=7,
        has=is_invoiced,
    ),
    Profile.XRECHNUNG: Format(
        "xrechnung.xml",
        "application/xml",
        bill=lambda bill, of: einvoice_xml(bill, of.issuer, Profile.XRECHNUNG),
        button="XRechnung",
        place=8,
        has=is_invoiced,
    ),
    Profile.UBL: Format(
        "ubl.xml",
        "application/xml",
        bill=lambda bill, of: einvoice_xml(bill, of.issuer, Profile.UBL),
        button="UBL",
        place=8,
        has=is_invoiced,
    ),
}
"""By name, in the order of `--format all`, which takes of structured invoices those of the site."""
_STRUCTURED: Final = frozenset(Profile)


def possible_forms(reports: MonthReports) -> tuple[str, ...]:
    """Those of `all_forms` that every bill of a month can be in, as far as it is issued."""
    issuer, invoiced = reports.issuer, list(filter(is_invoiced, reports.documents))

    def is_possible(form: str) -> bool:
        if form not in _STRUCTURED:
            return True
        profile = Profile(form)
        return not any(any(obstacles(bill, issuer, profile)) for bill in invoiced)

    return tuple(filter(is_possible, all_forms(issuer)))


def all_forms(issuer: Issuer) -> tuple[str, ...]:
    """Names of all formats that a site has: of structured invoices only those that it states."""
    return tuple(name for name in FORMATS if name not in _STRUCTURED or name in issuer.einvoices)


_SHOWN: Final = sorted(FORMATS.items(), key=lambda item: item[1].place)
BILL_FORMATS: Final = tuple(name for name, form in _SHOWN if form.bill)
"""Names of those that one bill can be written as, as the web page shows them."""
MONTH_FORMATS: Final = tuple(name for name, form in _SHOWN if form.summary or form.all)
"""Names of those that a whole month can be written as, as the web page shows them."""
TEXT_FORMATS: Final = frozenset(name for name, form in FORMATS.items() if form.all)
"""Names of those that are one text for the whole month, which a terminal can show."""
