"""Cross Industry Invoice (UN/CEFACT D22B): the XML within Factur-X, and that of XRechnung."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from xml.etree import ElementTree as ET

from bcm_mqtt.billing.einvoices.elements import (
    Elements,
    amount,
    basic,
    payment_code,
    plain,
    put,
    within,
    written,
)
from bcm_mqtt.domain.einvoice.invoice import EInvoice, InvoiceLine, Party, VatSum
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.trade.vat import Vat, VatCategory

_UN: Final = "urn:un:unece:uncefact:data:standard"
_ELEMENTS: Final = Elements(
    {
        "rsm": f"{_UN}:CrossIndustryInvoice:100",
        "ram": f"{_UN}:ReusableAggregateBusinessInformationEntity:100",
        "qdt": f"{_UN}:QualifiedDataType:100",
        "udt": f"{_UN}:UnqualifiedDataType:100",
    }
)
GUIDELINES: Final[Mapping[Profile, str]] = {
    Profile.FACTURX: "urn:cen.eu:en16931:2017",
    Profile.XRECHNUNG: "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
"""BT-24."""
_PROCESS: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


def cii(invoice: EInvoice, profile: Profile) -> bytes:
    """The document; `profile` is facturx or xrechnung."""
    root = _ELEMENTS.root("rsm:CrossIndustryInvoice")
    context = within(root, "rsm:ExchangedDocumentContext")
    if profile is Profile.XRECHNUNG:
        put(context, "ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID", _PROCESS)
    guideline = "ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"
    put(context, guideline, GUIDELINES[profile])
    document = within(root, "rsm:ExchangedDocument")
    put(document, "ram:ID", invoice.number)
    put(document, "ram:TypeCode", invoice.type)
    _day(document, "ram:IssueDateTime", invoice.issued)
    put(document, "ram:IncludedNote/ram:Content", invoice.note)
    transaction = within(root, "rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        _line(within(transaction, "ram:IncludedSupplyChainTradeLineItem"), line)
    _agreement(within(transaction, "ram:ApplicableHeaderTradeAgreement"), invoice)
    delivery = within(transaction, "ram:ApplicableHeaderTradeDelivery")
    _day(delivery, "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime", invoice.end)
    _settlement(within(transaction, "ram:ApplicableHeaderTradeSettlement"), invoice)
    return written(root)


def _day(parent: ET.Element, path: str, day: date, kind: str = "udt:DateTimeString") -> None:
    put(parent, f"{path}/{kind}", basic(day), format="102")


def _line(parent: ET.Element, line: InvoiceLine) -> None:
    put(parent, "ram:AssociatedDocumentLineDocument/ram:LineID", str(line.number))
    put(parent, "ram:SpecifiedTradeProduct/ram:Name", line.name)
    price = "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount"
    put(parent, price, plain(line.price))
    quantity = "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"
    put(parent, quantity, plain(line.quantity), unitCode=line.unit)
    settlement = within(parent, "ram:SpecifiedLineTradeSettlement")
    tax = within(settlement, "ram:ApplicableTradeTax")
    put(tax, "ram:TypeCode", "VAT")
    put(tax, "ram:CategoryCode", line.vat.category)
    put(tax, "ram:RateApplicablePercent", _rate(line.vat))
    total = "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    put(settlement, total, amount(line.amount))


def _rate(vat: Vat) -> str:
    """None outside the scope of VAT (BR-O-05)."""
    return "" if vat.category is VatCategory.OUTSIDE else plain(vat.percent)


def _agreement(parent: ET.Element, invoice: EInvoice) -> None:
    put(parent, "ram:BuyerReference", invoice.reference)
    _party(within(parent, "ram:SellerTradeParty"), invoice.seller)
    _party(within(parent, "ram:BuyerTradeParty"), invoice.buyer)
    put(parent, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID", invoice.order)


def _party(parent: ET.Element, party: Party) -> None:
    put(parent, "ram:Name", party.name)
    put(parent, "ram:SpecifiedLegalOrganization/ram:ID", party.registration)
    if party.contact:
        contact = within(parent, "ram:DefinedTradeContact")
        put(contact, "ram:PersonName", party.contact.name)
        phone = "ram:TelephoneUniversalCommunication/ram:CompleteNumber"
        put(contact, phone, party.contact.phone)
        put(contact, "ram:EmailURIUniversalCommunication/ram:URIID", party.contact.email)
    address = within(parent, "ram:PostalTradeAddress")
    put(address, "ram:PostcodeCode", party.postal.postcode)
    put(address, "ram:LineOne", party.postal.street)
    put(address, "ram:LineTwo", party.postal.more)
    put(address, "ram:CityName", party.postal.city)
    put(address, "ram:CountryID", party.postal.country)
    if party.electronic:
        scheme = party.electronic.scheme
        path = "ram:URIUniversalCommunication/ram:URIID"
        put(parent, path, party.electronic.id, schemeID=scheme)
    put(parent, "ram:SpecifiedTaxRegistration/ram:ID", party.vat_id, schemeID="VA")
    put(parent, "ram:SpecifiedTaxRegistration/ram:ID", party.tax_number, schemeID="FC")


def _settlement(parent: ET.Element, invoice: EInvoice) -> None:
    put(parent, "ram:PaymentReference", invoice.number)
    put(parent, "ram:InvoiceCurrencyCode", invoice.currency)
    if invoice.account:
        means = within(parent, "ram:SpecifiedTradeSettlementPaymentMeans")
        put(means, "ram:TypeCode", payment_code(invoice.currency))
        account = within(means, "ram:PayeePartyCreditorFinancialAccount")
        put(account, "ram:IBANID", invoice.account.iban)
        put(account, "ram:AccountName", invoice.account.holder)
        bank = "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID"
        put(means, bank, invoice.account.bic)
    for one in invoice.vats:
        _vat(within(parent, "ram:ApplicableTradeTax"), one)
    period = within(parent, "ram:BillingSpecifiedPeriod")
    _day(period, "ram:StartDateTime", invoice.start)
    _day(period, "ram:EndDateTime", invoice.end)
    terms = within(parent, "ram:SpecifiedTradePaymentTerms")
    put(terms, "ram:Description", invoice.terms)
    if invoice.due:
        _day(terms, "ram:DueDateDateTime", invoice.due)
    _totals(within(parent, "ram:SpecifiedTradeSettlementHeaderMonetarySummation"), invoice)
    if before := invoice.preceding:
        reference = within(parent, "ram:InvoiceReferencedDocument")
        put(reference, "ram:IssuerAssignedID", before.number)
        if before.issued:
            _day(reference, "ram:FormattedIssueDateTime", before.issued, "qdt:DateTimeString")


def _vat(parent: ET.Element, one: VatSum) -> None:
    put(parent, "ram:CalculatedAmount", amount(one.tax))
    put(parent, "ram:TypeCode", "VAT")
    put(parent, "ram:ExemptionReason", one.vat.reason)
    put(parent, "ram:BasisAmount", amount(one.base))
    put(parent, "ram:CategoryCode", one.vat.category)
    put(parent, "ram:ExemptionReasonCode", one.vat.code)
    put(parent, "ram:RateApplicablePercent", _rate(one.vat))


def _totals(parent: ET.Element, invoice: EInvoice) -> None:
    put(parent, "ram:LineTotalAmount", amount(invoice.net))
    put(parent, "ram:TaxBasisTotalAmount", amount(invoice.net))
    put(parent, "ram:TaxTotalAmount", amount(invoice.tax), currencyID=invoice.currency)
    if invoice.rounding:
        put(parent, "ram:RoundingAmount", amount(invoice.rounding))
    put(parent, "ram:GrandTotalAmount", amount(invoice.gross))
    put(parent, "ram:DuePayableAmount", amount(invoice.payable))
