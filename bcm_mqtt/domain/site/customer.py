"""Customers: who receives a bill, and which circuits are theirs."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from bcm_mqtt.domain.site.circuit import CircuitVersion

DEFAULT_PATTERN = "^(?P<customer>[^-]+)"
NOBODY: Final = frozenset({"spare", "space", "blank", "unused"})
"""What panel schedules call a position that feeds nobody, in lower case."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who receives a bill.

    Attributes:
        id: As in circuit descriptions.
        name: For the address, the id where none is configured.
        address: Lines.
        tariff: Tariff id.
        tax_id: Or "".
        committed_kw: Power that is committed to it, or None for its tariff's.
        tax_exempt: Whether its bills have no taxes.
        email: Addresses that bills are mailed to.
        language: Of its bills and letters, such as `de-AT`; "" is English.
    """

    id: str
    name: str
    address: tuple[str, ...] = ()
    tariff: str = ""
    tax_id: str = ""
    committed_kw: Decimal | None = None
    tax_exempt: bool = False
    email: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class CustomerRule:
    """Finds the customer of a circuit: the id at the start of its description.

    Attributes:
        pattern: Regular expression with a group `customer`, searched in the description.
        words: What such an id may be without being a customer, besides `NOBODY`; in any case.
    """

    pattern: str = DEFAULT_PATTERN
    words: tuple[str, ...] = ()
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compiles the pattern.

        Raises:
            ValueError: not a regular expression, or without the group.
        """
        try:
            compiled = re.compile(self.pattern)
        except re.error as error:
            message = f"{self.pattern!r} is no regular expression: {error}"
            raise ValueError(message) from None
        if "customer" not in compiled.groupindex:
            message = f"{self.pattern!r} has no group (?P<customer>…)"
            raise ValueError(message)
        object.__setattr__(self, "_compiled", compiled)

    def customer_of(self, version: CircuitVersion) -> str:
        """The customer id, or "" for a circuit that is unallocated.

        A customer stated on the circuit wins over the description.
        """
        if version.customer:
            return version.customer
        match = self._compiled.search(version.description)
        found = (match["customer"] or "").strip() if match else ""
        return "" if self.is_nobody(found) else found

    def is_nobody(self, customer: str) -> bool:
        """Whether an id that a description starts with is a word that stands for no customer."""
        word = customer.casefold()
        return word in NOBODY or any(word == one.strip().casefold() for one in self.words)


def alike(ids: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of ids that differ by case only, sorted."""
    groups = defaultdict[str, list[str]](list)
    for one in sorted(set(ids)):
        groups[one.casefold()].append(one)
    return [tuple(group) for group in groups.values() if len(group) > 1]
