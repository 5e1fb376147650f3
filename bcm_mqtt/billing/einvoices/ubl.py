"""Universal Business Language 2.1: an Invoice or a CreditNote of Peppol BIS Billing 3.0."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from xml.etree import ElementTree as ET

from bcm_mqtt.billing.einvoices.elements import (
    Elements,
    amount,
    iso,
    payment_code,
    plain,
    put,
    within,
    written,
)
from bcm_mqtt.domain.einvoice.invoice import EInvoice, InvoiceLine, Party, TypeCode, VatSum
from bcm_mqtt.domain.trade.vat import Vat, VatCategory

CUSTOMIZATION: Final = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_OASIS: Final = "urn:oasis:names:specification:ubl:schema:xsd"


@dataclass(frozen=True, slots=True)
class _Kind:
    """How an invoice and a credit note name what both have."""

    root: str
    type: str
    line: str
    quantity: str


_INVOICE: Final = _Kind("Invoice", "InvoiceTypeCode", "InvoiceLine", "InvoicedQuantity")
_CREDIT_NOTE: Final = _Kind(
    "CreditNote", "CreditNoteTypeCode", "CreditNoteLine", "CreditedQuantity"
)


def ubl(invoice: EInvoice) -> bytes:
    """The document."""
    is_credit = invoice.type is TypeCode.CREDIT_NOTE
    kind = _CREDIT_NOTE if is_credit else _INVOICE
    elements = Elements(
        {
            "": f"{_OASIS}:{kind.root}-2",
            "cac": f"{_OASIS}:CommonAggregateComponents-2",
            "cbc": f"{_OASIS}:CommonBasicComponents-2",
        }
    )
    root = elements.root(kind.root)
    put(root, "cbc:CustomizationID", CUSTOMIZATION)
    put(root, "cbc:ProfileID", PROFILE)
    put(root, "cbc:ID", invoice.number)
    put(root, "cbc:IssueDate", iso(invoice.issued))
    if invoice.due:  # a credit note has no such element
        put(root, "cbc:DueDate", iso(invoice.due))
    put(root, f"cbc:{kind.type}", invoice.type)
    put(root, "cbc:Note", invoice.note)
    put(root, "cbc:DocumentCurrencyCode", invoice.currency)
    put(root, "cbc:BuyerReference", invoice.reference)
    period = within(root, "cac:InvoicePeriod")
    put(period, "cbc:StartDate", iso(invoice.start))
    put(period, "cbc:EndDate", iso(invoice.end))
    put(root, "cac:OrderReference/cbc:ID", invoice.order)
    _preceding(root, invoice)
    _party(within(root, "cac:AccountingSupplierParty/cac:Party"), invoice.seller)
    _party(within(root, "cac:AccountingCustomerParty/cac:Party"), invoice.buyer)
    put(root, "cac:Delivery/cbc:ActualDeliveryDate", iso(invoice.end))
    _payment(root, invoice)
    _totals(root, invoice)
    for line in invoice.lines:
        _line(within(root, f"cac:{kind.line}"), line, invoice.currency, kind.quantity)
    return written(root)


def _preceding(root: ET.Element, invoice: EInvoice) -> None:
    if before := invoice.preceding:
        reference = within(root, "cac:BillingReference/cac:InvoiceDocumentReference")
        put(reference, "cbc:ID", before.number)
        if before.issued:
            put(reference, "cbc:IssueDate", iso(before.issued))


def _party(parent: ET.Element, party: Party) -> None:
    if party.electronic:
        scheme = party.electronic.scheme
        put(parent, "cbc:EndpointID", party.electronic.id, schemeID=scheme)
    address = within(parent, "cac:PostalAddress")
    put(address, "cbc:StreetName", party.postal.street)
    put(address, "cbc:AdditionalStreetName", party.postal.more)
    put(address, "cbc:CityName", party.postal.city)
    put(address, "cbc:PostalZone", party.postal.postcode)
    put(address, "cac:Country/cbc:IdentificationCode", party.postal.country)
    for number, scheme in ((party.vat_id, "VAT"), (party.tax_number, "TAX")):
        if number:
            tax = within(parent, "cac:PartyTaxScheme")
            put(tax, "cbc:CompanyID", number)
            put(tax, "cac:TaxScheme/cbc:ID", scheme)
    entity = within(parent, "cac:PartyLegalEntity")
    put(entity, "cbc:RegistrationName", party.name)
    put(entity, "cbc:CompanyID", party.registration)
    if party.contact:
        contact = within(parent, "cac:Contact")
        put(contact, "cbc:Name", party.contact.name)
        put(contact, "cbc:Telephone", party.contact.phone)
        put(contact, "cbc:ElectronicMail", party.contact.email)


def _payment(root: ET.Element, invoice: EInvoice) -> None:
    if invoice.account:
        means = within(root, "cac:PaymentMeans")
        put(means, "cbc:PaymentMeansCode", payment_code(invoice.currency))
        put(means, "cbc:PaymentID", invoice.number)
        account = within(means, "cac:PayeeFinancialAccount")
        put(account, "cbc:ID", invoice.account.iban)
        put(account, "cbc:Name", invoice.account.holder)
        put(account, "cac:FinancialInstitutionBranch/cbc:ID", invoice.account.bic)
    put(root, "cac:PaymentTerms/cbc:Note", invoice.terms)


def _totals(root: ET.Element, invoice: EInvoice) -> None:
    def put_money(parent: ET.Element, path: str, money: Decimal) -> None:
        put(parent, path, amount(money), currencyID=invoice.currency)

    total = within(root, "cac:TaxTotal")
    put_money(total, "cbc:TaxAmount", invoice.tax)
    for one in invoice.vats:
        subtotal = within(total, "cac:TaxSubtotal")
        put_money(subtotal, "cbc:TaxableAmount", one.base)
        put_money(subtotal, "cbc:TaxAmount", one.tax)
        _category(within(subtotal, "cac:TaxCategory"), one)
    sums = within(root, "cac:LegalMonetaryTotal")
    put_money(sums, "cbc:LineExtensionAmount", invoice.net)
    put_money(sums, "cbc:TaxExclusiveAmount", invoice.net)
    put_money(sums, "cbc:TaxInclusiveAmount", invoice.gross)
    if invoice.rounding:
        put_money(sums, "cbc:PayableRoundingAmount", invoice.rounding)
    put_money(sums, "cbc:PayableAmount", invoice.payable)


def _category(parent: ET.Element, one: VatSum) -> None:
    put(parent, "cbc:ID", one.vat.category)
    put(parent, "cbc:Percent", _rate(one.vat))
    put(parent, "cbc:TaxExemptionReasonCode", one.vat.code)
    put(parent, "cbc:TaxExemptionReason", one.vat.reason)
    put(parent, "cac:TaxScheme/cbc:ID", "VAT")


def _rate(vat: Vat) -> str:
    """None outside the scope of VAT (BR-O-05)."""
    return "" if vat.category is VatCategory.OUTSIDE else plain(vat.percent)


def _line(parent: ET.Element, line: InvoiceLine, currency: str, quantity: str) -> None:
    put(parent, "cbc:ID", str(line.number))
    put(parent, f"cbc:{quantity}", plain(line.quantity), unitCode=line.unit)
    put(parent, "cbc:LineExtensionAmount", amount(line.amount), currencyID=currency)
    item = within(parent, "cac:Item")
    put(item, "cbc:Name", line.name)
    category = within(item, "cac:ClassifiedTaxCategory")
    put(category, "cbc:ID", line.vat.category)
    put(category, "cbc:Percent", _rate(line.vat))
    put(category, "cac:TaxScheme/cbc:ID", "VAT")
    put(parent, "cac:Price/cbc:PriceAmount", plain(line.price), currencyID=currency)
