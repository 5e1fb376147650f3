"""What a format of structured invoices needs to know of seller and buyer, each by its rule."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bcm_mqtt.domain.bill.issued import RevisionStyle
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.einvoice.profile import Profile
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.trade.party import BuyerIdentity, Contact, SellerIdentity
from bcm_mqtt.domain.trade.vat import VatCategory

_ALL: Final = frozenset(Profile)
_NETWORKS: Final = frozenset({Profile.XRECHNUNG, Profile.UBL})
_GERMAN: Final = frozenset({Profile.XRECHNUNG})
_PEPPOL: Final = frozenset({Profile.UBL})


class Side(StrEnum):
    """Whose something is."""

    SELLER = "seller"
    CUSTOMER = "customer"


_SELLER: Final = Side.SELLER
_CUSTOMER: Final = Side.CUSTOMER


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is not configured.

    Attributes:
        of: Whose.
        key: In the configuration.
        expected: What is to be written there.
        rule: That asks for it.
    """

    of: Side
    key: str
    expected: str
    rule: str

    def __str__(self) -> str:
        return f"{self.key}: expected {self.expected} ({self.rule})"


@dataclass(frozen=True, slots=True)
class _Facts:
    """Who sells and who buys."""

    issuer: Issuer
    customer: Customer

    @property
    def seller(self) -> SellerIdentity:
        return self.issuer.identity or SellerIdentity()

    @property
    def buyer(self) -> BuyerIdentity:
        return self.customer.identity or BuyerIdentity()

    @property
    def contact(self) -> Contact:
        return self.seller.contact or Contact("")

    @property
    def is_reverse_charge(self) -> bool:
        exemption = self.customer.exemption
        return bool(exemption and exemption.category is VatCategory.REVERSE_CHARGE)

    @property
    def is_german(self) -> bool:
        postals = self.seller.postal, self.buyer.postal
        return all(one and one.country == "DE" for one in postals)


_Lacks = Callable[[_Facts], object]
_RULES: Final[tuple[tuple[frozenset[Profile], Missing, _Lacks], ...]] = (
    (
        _ALL,
        Missing(_SELLER, "postal", "street, postcode, city and country of the seller", "BR-08"),
        lambda it: it.seller.postal is None,
    ),
    (
        _ALL,
        Missing(_SELLER, "tax_id", "a VAT id with its country before it: DE123456789", "BR-CO-9"),
        lambda it: it.issuer.tax_id and not _has_country(it.issuer.tax_id),
    ),
    (
        _ALL,
        Missing(_SELLER, "tax_id", "the seller's VAT id, or its registration", "BR-CO-26"),
        lambda it: not (it.issuer.tax_id or it.seller.registration),
    ),
    (
        _GERMAN,
        Missing(_SELLER, "postal.postcode", "the seller's post code", "BR-DE-4"),
        lambda it: it.seller.postal and not it.seller.postal.postcode,
    ),
    (
        _NETWORKS,
        Missing(
            _SELLER, "electronic_address", "one such as 9930:DE123456789", "PEPPOL-EN16931-R020"
        ),
        lambda it: it.seller.electronic is None,
    ),
    (
        _GERMAN,
        Missing(_SELLER, "account", "the iban to pay to", "BR-DE-1"),
        lambda it: it.seller.account is None,
    ),
    (
        _GERMAN,
        Missing(_SELLER, "contact", "name, phone and email", "BR-DE-5, BR-DE-6, BR-DE-7"),
        lambda it: not (it.contact.name and it.contact.phone and it.contact.email),
    ),
    (
        _GERMAN,
        Missing(_SELLER, "contact.phone", "at least three digits", "BR-DE-27"),
        lambda it: it.contact.phone and len(re.findall(r"\d", it.contact.phone)) < 3,
    ),
    (
        _ALL,
        Missing(
            Side.CUSTOMER, "postal", "street, postcode, city and country of the customer", "BR-10"
        ),
        lambda it: it.buyer.postal is None,
    ),
    (
        _ALL,
        Missing(
            Side.CUSTOMER, "tax_id", "a VAT id with its country before it: FR12345678901", "BR-CO-9"
        ),
        lambda it: it.customer.tax_id and not _has_country(it.customer.tax_id),
    ),
    (
        _ALL,
        Missing(_CUSTOMER, "exemption", "category and reason, as it is tax_exempt", "BR-CO-4"),
        lambda it: it.customer.tax_exempt and it.customer.exemption is None,
    ),
    (
        _ALL,
        Missing(_CUSTOMER, "tax_id", "the VAT id of who owes the VAT", "BR-AE-02"),
        lambda it: it.is_reverse_charge and not (it.customer.tax_id or it.buyer.registration),
    ),
    (
        _GERMAN,
        Missing(_CUSTOMER, "postal.postcode", "the customer's post code", "BR-DE-9"),
        lambda it: it.buyer.postal and not it.buyer.postal.postcode,
    ),
    (
        _NETWORKS,
        Missing(
            Side.CUSTOMER,
            "electronic_address",
            "one such as 0204:991-33333-33",
            "PEPPOL-EN16931-R010",
        ),
        lambda it: it.buyer.electronic is None,
    ),
    (
        _GERMAN,
        Missing(
            Side.CUSTOMER, "buyer_reference", "the Leitweg-ID or another reference", "BR-DE-15"
        ),
        lambda it: not it.buyer.reference,
    ),
    (
        _PEPPOL,
        Missing(
            Side.CUSTOMER,
            "buyer_reference",
            "a reference, or an order_number",
            "PEPPOL-EN16931-R003",
        ),
        lambda it: not (it.buyer.reference or it.buyer.order),
    ),
    (
        _PEPPOL,
        Missing(
            _SELLER,
            "billing.revisions",
            "credited, as a corrected invoice (384) is between Germans alone",
            "PEPPOL-EN16931-P0112",
        ),
        lambda it: it.issuer.revisions is RevisionStyle.CORRECTED and not it.is_german,
    ),
)


def _has_country(vat_id: str) -> bool:
    return re.match(r"[A-Z]{2}\w", vat_id) is not None


def formats_of(issuer: Issuer, customer: Customer) -> tuple[Profile, ...]:
    """The formats that a customer's bills must be possible in."""
    if customer.own_use:
        return ()
    named = issuer.einvoices if customer.einvoices is None else customer.einvoices
    return tuple(map(Profile, named))


def missing(profile: Profile, issuer: Issuer, customer: Customer) -> Iterator[Missing]:
    """What the invoices of a customer in a format lack."""
    facts = _Facts(issuer, customer)
    for profiles, one, lacks in _RULES:
        if profile in profiles and lacks(facts):
            yield one
