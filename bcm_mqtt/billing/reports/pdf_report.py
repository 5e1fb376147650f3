"""Bills and the site summary as PDF, typeset by Typst without any font of the system."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bcm_mqtt.billing.pages.bill_page import bill_page
from bcm_mqtt.billing.pages.month_page import month_page
from bcm_mqtt.billing.reports.codes.payment_code import payment_code
from bcm_mqtt.billing.reports.typst_texts import TEMPLATES, texts_now
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.printable import shown_lines
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.errors import WorkError
from bcm_mqtt.languages import language, number, speaking, tag

if TYPE_CHECKING:
    import typst

_FONTS: Final = "font_source_sans_pro"
"""The package of the typeface; what it lacks, Typst's own fonts have, or none does."""
_ARCHIVAL: "Final[list[typst.PDFStandard]]" = ["a-2a", "ua-1"]
"""PDF/A-2a for the archive and PDF/UA-1 for screen readers."""
_WITH_FILE: "Final[list[typst.PDFStandard]]" = ["a-3b", "ua-1"]
"""PDF/A-3b, which may have files of any kind in it."""
_PAPERS = {"a4": "a4", "letter": "us-letter"}


def pdf_bill(bill: Bill, issuer: Issuer, made: datetime, invoice: str = "") -> bytes:
    """One customer's bill, in the customer's language; equal input gives equal bytes.

    Args:
        bill: To print.
        issuer: Whose head, foot and paper it has.
        made: When the report was made, UTC; not shown on an issued bill.
        invoice: Its XML, which is attached; "" attaches none.
    """
    dated = bill.issue.issued if bill.issue else bill.end
    with speaking(bill.customer.language):
        page = bill_page(bill, issuer, made)
        code = payment_code(page.payment)
        with_code = {**asdict(page), "code": code and asdict(code)}
        return typeset("bill.typ", with_code, issuer, dated, invoice)


def pdf_summary(
    site: SiteMonth,
    issuer: Issuer,
    made: datetime,
    panels: Mapping[str, Panel] = MappingProxyType({}),
) -> bytes:
    """The site's month: all customers, and what is unallocated.

    Args:
        site: To print.
        issuer: Whose head, foot and paper it has.
        made: When the report was made, UTC.
        panels: For their voltages, by id; without one its circuits have no usable power.
    """
    with speaking(issuer.language or tag()):
        page = month_page(site, issuer, made, panels, {})
        return typeset("summary.typ", asdict(page), page.issuer, site.end)


def typeset(
    template: str, page: Mapping[str, object], issuer: Issuer, dated: datetime, invoice: str = ""
) -> bytes:
    """A page as PDF.

    Args:
        template: Its file.
        page: What it says.
        issuer: Whose head, foot and paper it has.
        dated: The date of the document.
        invoice: XML that the template attaches; "" is none.

    Raises:
        WorkError: it cannot be typeset.
    """
    # Not at the top: the page's process typesets nothing before somebody asks for it.
    import typst  # noqa: PLC0415

    local = dated.astimezone(issuer.zone)
    data = {
        **page,
        "issuer": {
            "name": issuer.name,
            "head": issuer.head,
            "address": issuer.lines,
            "tax_id": issuer.tax_id,
            "footer": issuer.footer,
            "contact": issuer.letterhead.contact,
            "has_logo": bool(issuer.letterhead.logo),
            "logo_shape": issuer.letterhead.logo_shape,
            "colour": issuer.letterhead.colour,
        },
        "paper": _PAPERS[issuer.paper],
        "texts": dict(texts_now()),
        "lang": language(),
        "region": tag().partition("-")[2] or None,
        "point": number(0.5, 1)[1],
        "date": {"year": local.year, "month": local.month, "day": local.day},
    }
    # A logo is a picture, whatever is between its tags.
    shown = {key: _shown(value) for key, value in data.items()}
    text = json.dumps(shown | {"logo": issuer.letterhead.logo}, ensure_ascii=False, default=str)
    inputs = {"data": text, **({"invoice": invoice} if invoice else {})}
    timestamp = int(dated.timestamp())
    try:
        return _compiled(template, inputs, timestamp, _WITH_FILE if invoice else _ARCHIVAL)
    except typst.TypstError as error:
        if invoice or "could not be displayed" not in error.message:
            raise WorkError(f"a PDF cannot be typeset: {error.message}") from error
        # A character that is in no font is shown as a box, and stays text.
        return _compiled(template, inputs, timestamp, [])


def _shown(value: object) -> object:
    """The data with their control characters written out."""
    if isinstance(value, str):
        return shown_lines(value.encode("utf-8", "replace").decode())
    if isinstance(value, dict):
        return {key: _shown(each) for key, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list | tuple) else value


def _compiled(
    template: str, inputs: dict[str, str], timestamp: int, standards: "list[typst.PDFStandard]"
) -> bytes:
    made = _compiler().compile(
        str(TEMPLATES / template),
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=standards,
        timestamp=timestamp,
    )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made


@cache
def _compiler() -> "typst.Compiler":
    """One for all bills, as it holds the fonts and what it has understood of the templates."""
    import typst  # noqa: PLC0415 - as above

    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(files(_FONTS) / "files")])
    return typst.Compiler(root=str(TEMPLATES), font_paths=fonts, ignore_system_fonts=True)
