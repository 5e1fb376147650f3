"""Bills and the site summary as HTML pages that stand alone: no script, no outside file."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from jinja2 import Environment, PackageLoader, StrictUndefined

from bcm_mqtt import __version__
from bcm_mqtt.billing.pages.account_page import AccountPage
from bcm_mqtt.billing.pages.bill_page import BillPage, bill_page
from bcm_mqtt.billing.pages.month_page import MonthPage, month_page
from bcm_mqtt.billing.reports.codes.payment_code import PaymentCode, payment_code
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.printable import shown_lines
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.languages import IN_TEMPLATES, speaking, tag, translated


def html_bill(bill: Bill, issuer: Issuer, made: datetime) -> str:
    """One customer's bill, in the customer's language.

    Args:
        bill: To print.
        issuer: Whose head and foot it has.
        made: When the report was made, UTC.
    """
    with speaking(bill.customer.language):
        page = bill_page(bill, issuer, made)
        return rendered("bill.html", page, payment_code(page.payment))


def html_summary(
    site: SiteMonth,
    issuer: Issuer,
    made: datetime,
    panels: Mapping[str, Panel] = MappingProxyType({}),
    hrefs: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The site's month: all customers, and what is unallocated.

    Args:
        site: To print.
        issuer: Whose head and foot it has.
        made: When the report was made, UTC.
        panels: For their voltages, by id; without one its circuits have no usable power.
        hrefs: Customer id to the path of its bill, relative to the summary; customers
            without one are not linked.
    """
    with speaking(issuer.language or tag()):
        return rendered("summary.html", month_page(site, issuer, made, panels, hrefs))


@dataclass(frozen=True, slots=True)
class MailPage:
    """A mail about a bill.

    Attributes:
        subject: One line.
        sender: Who issues the bill.
        colour: Of names, such as #0a5c8a.
        figures: Label and value: what matters most, the first in large.
        paragraphs: Lines of each.
        end: Lines below everything.
    """

    subject: str
    sender: str
    colour: str
    figures: tuple[tuple[str, str], ...]
    paragraphs: tuple[tuple[str, ...], ...]
    end: tuple[str, ...] = ()


def html_mail(page: MailPage) -> str:
    """A mail in the language that is spoken, as programs for mail show it: nothing is loaded."""
    return rendered("mail.html", page)


def rendered(
    template: str,
    page: BillPage | MonthPage | AccountPage | MailPage,
    code: PaymentCode | None = None,
) -> str:
    """A page by its template, in the language that is spoken; `code` is that of a payment."""
    return _ENVIRONMENT.get_template(template).render(page=page, version=__version__, code=code)


def _base64(text: str) -> str:
    """A text for a data URL."""
    return b64encode(text.encode()).decode()


def _css_string(text: str) -> str:
    """A text for between the quotes of a CSS string within an HTML style element."""
    return "".join(
        char if char.isascii() and char.isalnum() else f"\\{ord(char):06x}" for char in text
    )


def _finished(value: object) -> object:
    """What a template puts in; markup is its own."""
    return shown_lines(value) if type(value) is str else value


_ENVIRONMENT = Environment(
    loader=PackageLoader("bcm_mqtt.billing.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_finished,
    extensions=["jinja2.ext.i18n"],
)
_ENVIRONMENT.policies["ext.i18n.trimmed"] = True
_ENVIRONMENT.install_gettext_callables(  # type: ignore[attr-defined]
    **IN_TEMPLATES, newstyle=True
)
_ENVIRONMENT.globals["spoken"] = tag
_ENVIRONMENT.filters["translated"] = translated
_ENVIRONMENT.filters["css_string"] = _css_string
_ENVIRONMENT.filters["base64"] = _base64
