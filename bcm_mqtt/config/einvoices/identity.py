"""Sellers and customers as structured invoices name them: the keys, and what is made of them."""

import re
from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.einvoices.country import country
from bcm_mqtt.config.einvoices.written import EXEMPTION, FORMATS
from bcm_mqtt.config.mail import address
from bcm_mqtt.domain.trade.party import (
    Account,
    BuyerIdentity,
    Contact,
    ElectronicAddress,
    PostalAddress,
    SellerIdentity,
)

_ELECTRONIC: Final = values.parsed(ElectronicAddress.parse)
_POSTAL: Final = {
    vol.Required("street"): values.line,
    vol.Optional("more"): values.line,
    vol.Optional("postcode"): values.text,
    vol.Required("city"): values.line,
    vol.Required("country"): country,
}


def _iban(value: object) -> str:
    """Without its spaces; its check digits must be right (ISO 13616, modulo 97)."""
    found = values.text(value).replace(" ", "").upper()
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", found):
        digits = "".join(str(int(one, 36)) for one in found[4:] + found[:4])
        if int(digits) % 97 == 1:
            return found
    raise vol.Invalid("expected an IBAN such as DE89 3704 0044 0532 0130 00")


def _bic(value: object) -> str:
    found = values.text(value).replace(" ", "").upper()
    if re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", found):
        return found
    raise vol.Invalid("expected a BIC of 8 or 11 characters such as COBADEFFXXX")


SELLER: Final[Mapping[Any, Any]] = {
    vol.Optional("postal"): _POSTAL,
    vol.Optional("tax_number"): values.text,
    vol.Optional("registration"): values.text,
    vol.Optional("contact"): {
        vol.Required("name"): values.line,
        vol.Optional("phone"): values.text,
        vol.Optional("email"): address,
    },
    vol.Optional("account"): {
        vol.Required("iban"): _iban,
        vol.Optional("bic"): _bic,
        vol.Optional("holder"): values.line,
    },
    vol.Optional("electronic_address"): _ELECTRONIC,
}
"""Keys of a seller, or of the site that sells itself."""
BUYER: Final[Mapping[Any, Any]] = {
    vol.Optional("postal"): _POSTAL,
    vol.Optional("registration"): values.text,
    vol.Optional("buyer_reference"): values.text,
    vol.Optional("order_number"): values.text,
    vol.Optional("electronic_address"): _ELECTRONIC,
    vol.Optional("exemption"): EXEMPTION,
    vol.Optional("einvoices"): FORMATS,
}
"""Keys of a customer's terms."""


def _postal(data: Mapping[str, str]) -> PostalAddress:
    return PostalAddress(**{"postcode": "", **data})


def seller_identity(data: Mapping[str, Any]) -> SellerIdentity | None:
    """What the checked keys of a seller say; None where there are none of these."""
    found = SellerIdentity(
        postal=_postal(data["postal"]) if "postal" in data else None,
        tax_number=data.get("tax_number", ""),
        registration=data.get("registration", ""),
        contact=Contact(**data["contact"]) if "contact" in data else None,
        account=Account(**data["account"]) if "account" in data else None,
        electronic=data.get("electronic_address"),
    )
    return None if found == SellerIdentity() else found


def buyer_of(before: BuyerIdentity | None, data: Mapping[str, Any]) -> BuyerIdentity | None:
    """What held before, with what the checked keys of terms state; None where nothing does."""
    was = before or BuyerIdentity()
    found = BuyerIdentity(
        postal=_postal(data["postal"]) if "postal" in data else was.postal,
        registration=data.get("registration", was.registration),
        reference=data.get("buyer_reference", was.reference),
        order=data.get("order_number", was.order),
        electronic=data.get("electronic_address", was.electronic),
    )
    return None if found == BuyerIdentity() else found
