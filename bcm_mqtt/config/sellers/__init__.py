"""Sellers: the legal entities that issue bills, where the site itself is not one.

Owns: what the configuration says of sellers, and what a bill has of one at its head.
Does not own: numbers and chains, which are counted by series in the ledger (store).
Invariant: two sellers have two number series.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.einvoices import seller_identity
from bcm_mqtt.config.sellers.letter import letter_problems, letterhead_of
from bcm_mqtt.config.sellers.numbers import number_problems, numbering_of
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.bill.letterhead import Letterhead
from bcm_mqtt.domain.bill.numbering import Numbering
from bcm_mqtt.domain.trade.party import SellerIdentity
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, KeyPath


@dataclass(frozen=True, slots=True)
class SellerSettings:
    """A legal entity that issues bills.

    Attributes:
        id: In the configuration.
        name: As it is printed on bills.
        address: Lines.
        tax_id: Its VAT id, or "".
        series: In which its bills are numbered and chained, over all sites of a ledger.
        states_series: Whether the configuration states it; otherwise it is the id, and does not
            begin where the site has bills of another series.
        country: Where its sales are taxed, ISO 3166, unless a site says otherwise; or "".
        identity: As structured invoices name it, or None.
        numbering: How its numbers are printed; None is as the site has it.
        letterhead: Of its letters; None is that of the site.
    """

    id: str
    name: str
    address: tuple[str, ...]
    tax_id: str
    series: str
    states_series: bool
    country: str = ""
    identity: SellerIdentity | None = None
    numbering: Numbering | None = None
    letterhead: Letterhead | None = None


SERIES = vol.Any("", values.identifier, msg='expected an id such as acme, or ""')


def seller_of(
    document: Document, data: Mapping[str, Any]
) -> tuple[SellerSettings | None, list[Problem]]:
    """The seller of a site, None where none is named; and what is wrong with the sellers.

    Where there is but one, the site need not name it.
    """
    folder = Path(document.source).parent
    sellers = sellers_of(data, folder)
    known, named = document.keys("sellers"), data["site"].get("seller", "")
    problems = []
    for key, message in series_problems(sellers).items():
        problems.append(document.problem(("sellers", key), message))
    problems += section_problems(document, data, folder)
    if named and named not in known:
        message = unknown("seller", named, known)
        problems.append(document.problem(("site", "seller"), message))
    if not named and len(known) > 1:
        message = f"is required: expected one of {', '.join(sorted(known))}"
        problems.append(document.problem(("site", "seller"), message))
    if named:
        return sellers.get(named), problems
    return next(iter(sellers.values()), None), problems


def sellers_of(data: Mapping[str, Any], folder: Path) -> dict[str, SellerSettings]:
    """The sellers of a file in a folder, by id."""
    return {key: _seller(key, value, folder) for key, value in data["sellers"].items()}


def section_problems(document: Document, data: Mapping[str, Any], folder: Path) -> list[Problem]:
    """What is wrong with the formats of numbers and the letters in a file."""

    def sections(name: str) -> dict[KeyPath, Mapping[str, Any]]:
        named: dict[KeyPath, Mapping[str, Any]] = {
            ("sellers", key, name): value.get(name, {}) for key, value in data["sellers"].items()
        }
        return named | {("billing", name): data.get("billing", {}).get(name, {})}

    problems = number_problems(document, sections("numbers"))
    return [*problems, *letter_problems(document, sections("letter"), folder)]


def series_problems(sellers: Mapping[str, SellerSettings]) -> dict[str, str]:
    """What is wrong with number series, by seller: two sellers may not share one."""
    owners = dict[str, str]()
    found = {}
    for key, seller in sellers.items():
        first = owners.setdefault(seller.series, key)
        if first != key:
            found[key] = (
                f"has the number series {seller.series!r}, as {first} has: expected a series of "
                "its own"
            )
    return found


def _seller(key: str, data: Mapping[str, Any], folder: Path) -> SellerSettings:
    return SellerSettings(
        key,
        data["name"],
        tuple(data["address"]),
        data.get("tax_id", ""),
        data.get("series", key),
        "series" in data,
        data.get("country", ""),
        seller_identity(data),
        numbering_of(data["numbers"]) if "numbers" in data else None,
        letterhead_of(data["letter"], folder) if "letter" in data else None,
    )
