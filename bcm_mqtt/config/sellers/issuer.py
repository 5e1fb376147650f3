"""The head and the foot of bills: those of the site, or of the seller that it names."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bcm_mqtt.config.einvoices import seller_identity
from bcm_mqtt.config.sellers import SellerSettings
from bcm_mqtt.config.sellers.letter import letterhead_of
from bcm_mqtt.config.sellers.numbers import numbering_of
from bcm_mqtt.config.settings import SiteSettings
from bcm_mqtt.domain.bill.issued import RevisionStyle
from bcm_mqtt.domain.bill.terms import BillingTerms, Issuer


def issuer_of(
    data: Mapping[str, Any], site: SiteSettings, seller: SellerSettings | None, folder: Path
) -> Issuer:
    """What bills have at their head and foot.

    Args:
        data: Of the main configuration file, as it was checked.
        site: Of the bills.
        seller: Whose name, address and tax id are printed in place of the site's.
        folder: Of the main file.
    """
    return Issuer(
        name=site.name,
        seller=seller.name if seller else "",
        zone=site.zone,
        address=seller.address if seller else tuple(data["site"]["address"]),
        tax_id=seller.tax_id if seller else data["site"].get("tax_id", ""),
        footer=tuple(data["billing"]["footer"]),
        paper=data["billing"]["paper"],
        id=site.id,
        language=site.language,
        payment=timedelta(days=data["billing"]["payment_days"]),
        approval_expired=data["billing"]["approval_expired"],
        approval_missing=data["billing"]["approval_missing"],
        letterhead=(seller and seller.letterhead)
        or letterhead_of(data["billing"]["letter"], folder),
        identity=seller.identity if seller else seller_identity(data["site"]),
        einvoices=data["billing"]["einvoices"],
        revisions=_revisions(data["billing"]),
    )


def _revisions(billing: Mapping[str, Any]) -> RevisionStyle:
    """As stated; else a site without structured invoices goes on as before there were any."""
    usual = RevisionStyle.CREDITED if billing["einvoices"] else RevisionStyle.ONE_NUMBER
    style: RevisionStyle = billing.get("revisions", usual)
    return style


def with_numbering(
    terms: BillingTerms, billing: Mapping[str, Any], seller: SellerSettings | None
) -> BillingTerms:
    """The terms with the formats of numbers: of the seller, where it has any, or of the site.

    Args:
        terms: Of the site.
        billing: The section, as it was checked.
        seller: Of the site.
    """
    of_seller = seller.numbering if seller else None
    return replace(terms, numbering=of_seller or numbering_of(billing["numbers"]))
