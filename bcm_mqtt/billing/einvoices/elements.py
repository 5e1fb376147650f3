"""XML elements of invoices, and how values are written in them."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final
from xml.etree import ElementTree as ET

from bcm_mqtt.domain.printable import one_line

_UNSAYABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has not."""


class Elements:
    """Makes elements by names with prefixes, such as `ram:ID`."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        """Of these namespaces by prefix; "" is that of names without one."""
        self._namespaces = namespaces

    def root(self, name: str) -> ET.Element:
        """The outermost element, which states all namespaces."""
        made = ET.Element(name)
        for prefix, uri in self._namespaces.items():
            made.set(f"xmlns:{prefix}" if prefix else "xmlns", uri)
        return made


def within(parent: ET.Element, path: str) -> ET.Element:
    """New elements within another, one in the other; the innermost of them."""
    for name in path.split("/"):
        parent = ET.SubElement(parent, name)
    return parent


def put(parent: ET.Element, path: str, value: str, **attributes: str) -> None:
    """A value in new elements, unless it is empty: no invoice has empty elements (R008)."""
    if said := one_line(_UNSAYABLE.sub("\N{REPLACEMENT CHARACTER}", value)):
        element = within(parent, path)
        element.text = said
        for name, attribute in attributes.items():
            element.set(name, attribute)


def plain(number: Decimal) -> str:
    """A quantity, price or percentage: without zeros at its end."""
    return f"{number.normalize():f}"


def amount(money: Decimal) -> str:
    """An amount, with the decimals of its currency."""
    return f"{money:f}"


def iso(day: date) -> str:
    """As UBL writes it."""
    return day.isoformat()


def basic(day: date) -> str:
    """As CII writes it, format 102."""
    return f"{day:%Y%m%d}"


def written(root: ET.Element) -> bytes:
    """The document in UTF-8."""
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content + b"\n"


def payment_code(currency: str) -> str:
    """Of UNCL 4461: a SEPA credit transfer in euros, else any credit transfer."""
    return "58" if currency == "EUR" else "30"
