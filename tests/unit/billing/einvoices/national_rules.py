"""Rules of XRechnung 3.0 (BR-DE) and Peppol BIS Billing 3.0 that touch our invoices.

No package here ships their Schematron, so each is written from its text, by its name. With each
goes a change of a valid document that it must notice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from re import fullmatch
from typing import Any

from lxml import etree

CII = {
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
EAS = {"0088", "0184", "0192", "0204", "9930", "EM"}
"""Codes of the EAS list (CEF) that the tests use."""
SELLER, BUYER = "//ram:SellerTradeParty", "//ram:BuyerTradeParty"
CONTACT = f"{SELLER}/ram:DefinedTradeContact"
MEANS = "//ram:SpecifiedTradeSettlementPaymentMeans"
PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


class Document:
    """An invoice, asked by XPath."""

    def __init__(self, content: bytes) -> None:
        self.root = etree.fromstring(content)
        self.namespaces = CII if b"CrossIndustryInvoice" in content[:300] else UBL

    def nodes(self, path: str) -> list[Any]:
        found = self.root.xpath(path, namespaces=self.namespaces)
        return list(found) if isinstance(found, list) else [found]

    def texts(self, path: str) -> list[str]:
        return [one.text or "" for one in self.nodes(path)]

    def text(self, path: str) -> str:
        return (self.texts(path) or [""])[0].strip()

    def without(self, path: str) -> "Document":
        for node in self.nodes(path):
            node.getparent().remove(node)
        return self

    def changed(self, path: str, text: str) -> "Document":
        for node in self.nodes(path):
            node.text = text
        return self

    def repeated(self, path: str) -> "Document":
        for node in self.nodes(path):
            node.addnext(etree.fromstring(etree.tostring(node)))
        return self


Holds = Callable[[Document], bool]
Break = Callable[[Document], Document]


@dataclass(frozen=True)
class Rule:
    name: str
    holds: Holds
    broken: Break


def _has(path: str) -> Holds:
    return lambda it: bool(it.text(path))


def _needs(name: str, path: str) -> Rule:
    return Rule(name, _has(path), lambda it: it.without(path))


def _iban(it: Document) -> bool:
    """BR-DE-19: modulo 97 of the IBAN with its first four characters at the end is 1."""
    if it.text(f"{MEANS}/ram:TypeCode") != "58":
        return True
    iban = it.text(f"{MEANS}//ram:IBANID")
    digits = "".join(str(int(one, 36)) for one in iban[4:] + iban[:4])
    return bool(fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", iban)) and int(digits) % 97 == 1


def _not_empty(it: Document) -> bool:
    return all(len(one) or (one.text or "").strip() for one in it.root.iter(etree.Element))


def _emptied(it: Document) -> Document:
    child = etree.SubElement(it.root, "empty")
    child.text = " "
    return it


XRECHNUNG = (
    _needs("BR-DE-1", MEANS + "/ram:TypeCode"),
    _needs("BR-DE-2", CONTACT + "/ram:PersonName"),
    _needs("BR-DE-3", SELLER + "/ram:PostalTradeAddress/ram:CityName"),
    _needs("BR-DE-4", SELLER + "/ram:PostalTradeAddress/ram:PostcodeCode"),
    _needs("BR-DE-5", CONTACT + "/ram:PersonName"),
    _needs("BR-DE-6", CONTACT + "/ram:TelephoneUniversalCommunication/ram:CompleteNumber"),
    _needs("BR-DE-7", CONTACT + "/ram:EmailURIUniversalCommunication/ram:URIID"),
    _needs("BR-DE-8", BUYER + "/ram:PostalTradeAddress/ram:CityName"),
    _needs("BR-DE-9", BUYER + "/ram:PostalTradeAddress/ram:PostcodeCode"),
    Rule(
        "BR-DE-14",
        lambda it: all(
            one.find(f"{{{CII['ram']}}}RateApplicablePercent") is not None
            for one in it.nodes("//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax")
            if one.findtext(f"{{{CII['ram']}}}CategoryCode") != "O"
        ),
        lambda it: it.without("//ram:RateApplicablePercent"),
    ),
    _needs("BR-DE-15", "//ram:BuyerReference"),
    Rule(
        "BR-DE-16",
        lambda it: bool(
            it.text(f"{SELLER}/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']")
            or it.text(f"{SELLER}/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='FC']")
        ),
        lambda it: it.without(f"{SELLER}/ram:SpecifiedTaxRegistration"),
    ),
    Rule(
        "BR-DE-17",
        lambda it: it.text("//rsm:ExchangedDocument/ram:TypeCode") in {"326", "380", "384", "381"},
        lambda it: it.changed("//rsm:ExchangedDocument/ram:TypeCode", "383"),
    ),
    Rule("BR-DE-19", _iban, lambda it: it.changed("//ram:IBANID", "DE88370400440532013000")),
    Rule(
        "BR-DE-21",
        lambda it: (
            it.text("//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID")
            == "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
        ),
        lambda it: it.changed("//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", "urn"),
    ),
    Rule(
        "BR-DE-23-a",
        lambda it: (
            it.text(f"{MEANS}/ram:TypeCode") not in {"30", "58"}
            or bool(it.text(f"{MEANS}/ram:PayeePartyCreditorFinancialAccount/ram:IBANID"))
        ),
        lambda it: it.without("//ram:IBANID"),
    ),
    Rule(
        "BR-DE-26",
        lambda it: (
            it.text("//rsm:ExchangedDocument/ram:TypeCode") != "384"
            or bool(it.text("//ram:InvoiceReferencedDocument/ram:IssuerAssignedID"))
        ),
        lambda it: it.changed("//rsm:ExchangedDocument/ram:TypeCode", "384").without(
            "//ram:InvoiceReferencedDocument"
        ),
    ),
    Rule(
        "BR-DE-27",
        lambda it: sum(one.isdigit() for one in it.text(f"{CONTACT}//ram:CompleteNumber")) >= 3,
        lambda it: it.changed(f"{CONTACT}//ram:CompleteNumber", "none"),
    ),
    Rule(
        "BR-DE-28",
        lambda it: bool(fullmatch(r"[^@\s]+@[^@\s]+", it.text(f"{CONTACT}//ram:URIID"))),
        lambda it: it.changed(f"{CONTACT}//ram:URIID", "a@b@c"),
    ),
    Rule(
        "BR-DE-TMP-32",
        lambda it: (
            bool(it.nodes("//ram:ActualDeliverySupplyChainEvent"))
            or bool(it.nodes("//ram:BillingSpecifiedPeriod"))
        ),
        lambda it: it.without("//ram:ActualDeliverySupplyChainEvent").without(
            "//ram:BillingSpecifiedPeriod"
        ),
    ),
    _needs("PEPPOL-EN16931-R001", "//ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID"),
    Rule("PEPPOL-EN16931-R008", _not_empty, _emptied),
    _needs("PEPPOL-EN16931-R010", BUYER + "/ram:URIUniversalCommunication/ram:URIID"),
    _needs("PEPPOL-EN16931-R020", SELLER + "/ram:URIUniversalCommunication/ram:URIID"),
)


def _line_amounts(it: Document) -> bool:
    """R120: quantity x price, rounded, is the amount; also where that has no decimals."""
    cbc, cac = (f"{{{UBL[one]}}}" for one in ("cbc", "cac"))
    for line in it.nodes("//cac:InvoiceLine | //cac:CreditNoteLine"):
        quantity = line.find(f"{cbc}InvoicedQuantity")
        quantity = line.find(f"{cbc}CreditedQuantity") if quantity is None else quantity
        price = line.find(f"{cac}Price/{cbc}PriceAmount")
        amount = Decimal(line.findtext(f"{cbc}LineExtensionAmount"))
        product = Decimal(quantity.text) * Decimal(price.text)
        if product.quantize(amount, ROUND_HALF_UP) != amount:
            return False
    return True


def _currencies(it: Document) -> bool:
    own = it.text("//cbc:DocumentCurrencyCode")
    return {one.get("currencyID") for one in it.nodes("//*[@currencyID]")} == {own}


def _german(it: Document) -> bool:
    return {*it.texts("//cac:PostalAddress/cac:Country/cbc:IdentificationCode")} == {"DE"}


def _noted_twice(it: Document) -> Document:
    for _ in range(2):
        etree.SubElement(it.root, f"{{{UBL['cbc']}}}Note").text = "again"
    return it


def _as_invoice(it: Document) -> Document:
    it.without("/*/cbc:InvoiceTypeCode")
    etree.SubElement(it.root, f"{{{UBL['cbc']}}}InvoiceTypeCode").text = "326"
    return it


def _as_credit_note(it: Document) -> Document:
    etree.SubElement(it.root, f"{{{UBL['cbc']}}}CreditNoteTypeCode").text = "380"
    return it


def _other_scheme(it: Document) -> Document:
    for one in it.nodes("//cbc:EndpointID"):
        one.set("schemeID", "VAT")
    return it


PEPPOL = (
    _needs("PEPPOL-EN16931-R001", "/*/cbc:ProfileID"),
    Rule(
        "PEPPOL-EN16931-R002",
        lambda it: len(it.nodes("/*/cbc:Note")) <= 1,
        _noted_twice,
    ),
    Rule(
        "PEPPOL-EN16931-R003",
        lambda it: bool(it.text("/*/cbc:BuyerReference") or it.text("//cac:OrderReference/cbc:ID")),
        lambda it: it.without("/*/cbc:BuyerReference").without("//cac:OrderReference"),
    ),
    Rule(
        "PEPPOL-EN16931-R004",
        lambda it: it.text("/*/cbc:CustomizationID").startswith(
            "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
        ),
        lambda it: it.changed("/*/cbc:CustomizationID", "urn:cen.eu:en16931:2017"),
    ),
    Rule(
        "PEPPOL-EN16931-R007",
        lambda it: bool(
            fullmatch(
                r"urn:fdc:peppol\.eu:2017:poacc:billing:\d{2}:1\.0", it.text("/*/cbc:ProfileID")
            )
        ),
        lambda it: it.changed("/*/cbc:ProfileID", "billing"),
    ),
    Rule("PEPPOL-EN16931-R008", _not_empty, _emptied),
    _needs("PEPPOL-EN16931-R010", "//cac:AccountingCustomerParty/cac:Party/cbc:EndpointID"),
    _needs("PEPPOL-EN16931-R020", "//cac:AccountingSupplierParty/cac:Party/cbc:EndpointID"),
    Rule(
        "PEPPOL-EN16931-R051",
        _currencies,
        lambda it: it.changed("//cbc:DocumentCurrencyCode", "USD"),
    ),
    Rule(
        "PEPPOL-EN16931-R053",
        lambda it: len(it.nodes("/*/cac:TaxTotal[cac:TaxSubtotal]")) == 1,
        lambda it: it.repeated("/*/cac:TaxTotal"),
    ),
    Rule(
        "PEPPOL-EN16931-R120",
        _line_amounts,
        lambda it: it.changed("//cac:Price/cbc:PriceAmount", "123456"),
    ),
    Rule(
        "PEPPOL-EN16931-P0100",
        lambda it: it.text("/*/cbc:InvoiceTypeCode") in {"", "380", "384"},
        lambda it: (
            it.changed("/*/cbc:InvoiceTypeCode", "381").changed("/*/cbc:CreditNoteTypeCode", "381")
            if it.text("/*/cbc:InvoiceTypeCode")
            else _as_invoice(it)
        ),
    ),
    Rule(
        "PEPPOL-EN16931-P0101",
        lambda it: it.text("/*/cbc:CreditNoteTypeCode") in {"", "381"},
        lambda it: (
            it.changed("/*/cbc:CreditNoteTypeCode", "380")
            if it.text("/*/cbc:CreditNoteTypeCode")
            else _as_credit_note(it)
        ),
    ),
    Rule(
        "PEPPOL-EN16931-P0112",
        lambda it: it.text("/*/cbc:InvoiceTypeCode") not in {"326", "384"} or _german(it),
        lambda it: _as_invoice(it).changed("//cbc:IdentificationCode", "FR"),
    ),
    Rule(
        "PEPPOL-EN16931-CL008",
        lambda it: {one.get("schemeID") for one in it.nodes("//cbc:EndpointID")} <= EAS,
        _other_scheme,
    ),
)
