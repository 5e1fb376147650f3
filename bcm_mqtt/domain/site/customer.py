"""Customers: who receives a bill, and which circuits are theirs."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from bcm_mqtt.domain.site.circuit import CircuitVersion

DEFAULT_PATTERN = "^(?P<customer>[^-]+)"


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
    """

    id: str
    name: str
    address: tuple[str, ...] = ()
    tariff: str = ""
    tax_id: str = ""
    committed_kw: Decimal | None = None
    tax_exempt: bool = False
    email: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustomerRule:
    """Finds the customer of a circuit: the id at the start of its description.

    Attributes:
        pattern: Regular expression with a group `customer`, searched in the description.
    """

    pattern: str = DEFAULT_PATTERN
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
        return (match["customer"] or "").strip() if match else ""
