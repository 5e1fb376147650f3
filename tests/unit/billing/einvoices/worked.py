"""Bills of a German site for structured invoices, rated by real tariffs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.bill.bill import Bill, BillStatus, bill_of
from bcm_mqtt.domain.bill.issued import InvoiceKind, IssueRecord
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.customer_item import BilledItem
from bcm_mqtt.domain.site.panel import Connection
from bcm_mqtt.domain.tariff import EnergyRider, Fee, RateVersion, Tariff, Tax, TotalRounding
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.trade.party import (
    Account,
    BuyerIdentity,
    Contact,
    ElectronicAddress,
    PostalAddress,
    SellerIdentity,
)
from bcm_mqtt.domain.trade.vat import Vat, VatCategory
from bcm_mqtt.domain.usage.usage import Coverage, Usage

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = Month(2026, 3)
START, END = MARCH.bounds(BERLIN)
ISSUED = datetime(2026, 4, 2, 8, tzinfo=UTC)
SELLER = SellerIdentity(
    postal=PostalAddress("Hafenstraße 12", "20457", "Hamburg", "DE"),
    tax_number="27/123/45678",
    registration="HRB 12345",
    contact=Contact("Jana Weiß", "+49 40 1234567", "rechnung@hafen.example"),
    account=Account("DE89370400440532013000", "COBADEFFXXX", "Hafen Energie GmbH"),
    electronic=ElectronicAddress("9930", "DE123456789"),
)
ISSUER = Issuer(
    name="Rechenzentrum Hafen",
    zone=BERLIN,
    address=("Hafenstraße 12", "20457 Hamburg"),
    tax_id="DE123456789",
    id="dc1",
    seller="Hafen Energie GmbH",
    identity=SELLER,
)
BUYER = BuyerIdentity(
    postal=PostalAddress("Marktplatz 1", "20095", "Hamburg", "DE", "Hinterhaus"),
    reference="04011000-12345-03",
    order="PO-4711",
    electronic=ElectronicAddress("0204", "04011000-12345-03"),
)
CUSTOMER = Customer(
    "Acme", "Acme Hosting GmbH", ("Marktplatz 1",), tax_id="DE987654321", identity=BUYER
)
STANDARD = Tax("VAT", Decimal(19), category=VatCategory.STANDARD)
REVERSE = Vat(VatCategory.REVERSE_CHARGE, reason="Reverse charge", code="VATEX-EU-AE")
EXEMPT = Vat(VatCategory.EXEMPT, reason="Supply within the owners' association")


def used(kwh: str) -> Usage:
    circuit = CircuitVersion((1,), "Acme-A", 20, Connection.LINE_NEUTRAL)
    hours = Coverage(Decimal((END - START) // timedelta(hours=1)), Decimal(0))
    return Usage("rpp-1a", circuit, "Acme", START, END, Decimal(kwh), hours)


def rate(price: str, *taxes: Tax, **charges: object) -> RateVersion:
    since = date(2026, 1, 1)
    return RateVersion(since, Decimal(price), taxes=taxes, **charges)  # type: ignore[arg-type]


def draft(
    version: RateVersion,
    kwh: str = "1000.000",
    customer: Customer = CUSTOMER,
    currency: str = "EUR",
) -> Bill:
    tariff = Tariff("standard", currency, BERLIN, (version,))
    return bill_of(customer, tariff, MARCH, (START, END), (used(kwh),), currency)


def issued(of: Bill, number: int = 17, **record: object) -> Bill:
    made = IssueRecord(number, 0, ISSUED, None, "5f" * 32, kind=InvoiceKind.INVOICE)
    made = replace(made, **record)  # type: ignore[arg-type]
    return replace(of, status=BillStatus.ISSUED, issue=made)


def credited(of: Bill, number: int = 18) -> Bill:
    """The credit note of an issued bill."""
    assert of.issue
    record = IssueRecord(
        number,
        of.issue.revision + 1,
        ISSUED + timedelta(days=9),
        of.issue.number,
        "a7" * 32,
        reason="power factor of A-1",
        kind=InvoiceKind.CREDIT_NOTE,
        corrects=of.issue.number,
        corrects_issued=of.issue.issued,
    )
    return replace(of, status=BillStatus.SUPERSEDED, issue=record)


def usual() -> Bill:
    """1000 kWh at 0.2847 and a fee of 12.50: 297.20, and 19 % of it: 56.468."""
    fees = (Fee("Metering", Decimal("12.50")),)
    return issued(draft(rate("0.2847", STANDARD, fees=fees)))


def several_rates() -> Bill:
    """Energy with a duty on it at 19 %, a fee at 7 %, and an item that has no VAT."""
    duty = Tax("Electricity tax", Decimal(5), frozenset({"energy"}))
    full = Tax(
        "VAT",
        Decimal(19),
        frozenset({"energy"}),
        frozenset({"Electricity tax"}),
        category=VatCategory.STANDARD,
    )
    reduced = Tax("VAT reduced", Decimal(7), frozenset({"fee"}), category=VatCategory.STANDARD)
    fees = (Fee("Water", Decimal("10.05")),)
    deposit = BilledItem(
        *("Deposit", Decimal("100.00"), START, END),
        monthly=False,
        taxed=False,
    )
    customer = replace(CUSTOMER, items=(deposit,), exemption=EXEMPT)
    return issued(draft(rate("0.20", duty, full, reduced, fees=fees), "333.333", customer))


def reverse_charge(customer: Customer = CUSTOMER) -> Bill:
    french = replace(BUYER, postal=PostalAddress("1 rue du Port", "59140", "Dunkerque", "FR"))
    payer = replace(
        customer, tax_id="FR12345678901", tax_exempt=True, exemption=REVERSE, identity=french
    )
    return issued(draft(rate("0.2847", STANDARD), customer=payer))


def exempt() -> Bill:
    payer = replace(CUSTOMER, tax_exempt=True, exemption=EXEMPT)
    return issued(draft(rate("0.2847", STANDARD), customer=payer))


def zero_rated() -> Bill:
    return issued(draft(rate("0.2847", Tax("VAT", Decimal(0), category=VatCategory.ZERO))))


def outside() -> Bill:
    vat = Vat(VatCategory.OUTSIDE, reason="Not subject to VAT", code="VATEX-EU-O")
    payer = replace(CUSTOMER, tax_exempt=True, exemption=vat)
    return issued(draft(rate("0.2847", STANDARD), customer=payer))


def negative_price() -> Bill:
    """Energy that is worth less than nothing, and a rider that gives money back."""
    riders = (EnergyRider("Credit", Decimal("-0.0175")), EnergyRider("Levy", Decimal("0.0041")))
    return issued(draft(rate("-0.05", STANDARD, riders=riders), "123.457"))


def yen() -> Bill:
    """123.457 kWh at 31 yen: 3827.167, and a tenth of 3827 + 500 = 432.7."""
    tax = Tax("Consumption tax", Decimal(10), category=VatCategory.STANDARD)
    fees = (Fee("Basic charge", Decimal(500)),)
    return issued(draft(rate("31", tax, fees=fees), "123.457", currency="JPY"))


def rounded_total() -> Bill:
    """353.67 to be paid in steps of 5 cents: 353.65."""
    fees = (Fee("Metering", Decimal("12.50")),)
    return issued(draft(rate("0.2847", STANDARD, fees=fees, total=TotalRounding(Decimal("0.05")))))


def every_case() -> Sequence[tuple[str, Bill]]:
    cases = (
        *(
            usual,
            several_rates,
            reverse_charge,
            exempt,
            zero_rated,
            outside,
            negative_price,
            yen,
            rounded_total,
        ),
    )
    found = [(case.__name__, case()) for case in cases]
    return [
        *found,
        ("credit_note", credited(usual())),
        ("credit_note_of_negative", credited(negative_price())),
        (
            "corrected",
            issued(
                draft(rate("0.2847", STANDARD), "990.000"),
                18,
                supersedes=17,
                revision=1,
                kind=InvoiceKind.CORRECTED,
                corrects=17,
                corrects_issued=ISSUED,
            ),
        ),
        (
            "after_credit_note",
            issued(
                draft(rate("0.2847", STANDARD), "990.000"),
                19,
                supersedes=18,
                revision=2,
                corrects=17,
                corrects_issued=ISSUED,
            ),
        ),
    ]
