"""An invoice divided: each component's parts by customer, and the landlord's."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from bcm_mqtt.domain.allocation.invoice import Invoice
from bcm_mqtt.domain.allocation.largest_remainder import LANDLORD, divided
from bcm_mqtt.domain.allocation.rules import Measured, Rule, shares_of

INPUT_TAX = "input tax"
"""Name of the invoice's tax where it is divided like the rest."""


class InputTax(StrEnum):
    """What becomes of an invoice's tax.

    DEDUCTED: the landlord deducts it, and taxes each bill: net amounts are divided.
    COST: it is a cost: gross amounts are divided.
    """

    DEDUCTED = "deducted"
    COST = "cost"


@dataclass(frozen=True, slots=True)
class AllocationRules:
    """How a supplier's invoices are divided.

    Attributes:
        components: Rule by the component's name.
        other: For components without one of their own; None refuses them.
        input_tax: What becomes of the tax.
    """

    components: Mapping[str, Rule]
    other: Rule | None = None
    input_tax: InputTax = InputTax.DEDUCTED


@dataclass(frozen=True, slots=True)
class AllocatedComponent:
    """A component's parts.

    Attributes:
        name: Of the component, or `INPUT_TAX`.
        amount: All of it.
        shares: Exact, by customer; of `LANDLORD` too; their sum is 1.
        parts: By customer; of `LANDLORD` too; their sum is the amount.
    """

    name: str
    amount: Decimal
    shares: Mapping[str, Fraction]
    parts: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Allocation:
    """A divided invoice."""

    invoice: Invoice
    components: tuple[AllocatedComponent, ...]

    @property
    def total(self) -> Decimal:
        """What is divided: the invoice's net or gross amount."""
        return sum((one.amount for one in self.components), Decimal(0))

    def of(self, customer: str) -> Decimal:
        """A customer's, or the `LANDLORD`'s, part of all components."""
        return sum((one.parts.get(customer, Decimal(0)) for one in self.components), Decimal(0))

    @property
    def customers(self) -> list[str]:
        """Ids of all that have a part, by id, without the landlord."""
        return sorted({who for one in self.components for who in one.parts} - {LANDLORD})


def allocated(invoice: Invoice, rules: AllocationRules, measured: Measured) -> Allocation:
    """Divides an invoice.

    Raises:
        ValueError: a component has no rule, or its rule gives no shares; says which.
    """
    components = []
    for one in invoice.components:
        rule = rules.components.get(one.name, rules.other)
        if rule is None:
            message = f"component {one.name!r} has no rule: name it, or state one for `other`"
            raise ValueError(message)
        try:
            shares = shares_of(rule, invoice, one, measured)
        except ValueError as error:
            message = f"component {one.name!r}: {error}"
            raise ValueError(message) from None
        components.append(_component(one.name, one.amount, shares, invoice.currency))
    if rules.input_tax is InputTax.COST and invoice.tax:
        shares = _net_shares(components, invoice)
        components.append(_component(INPUT_TAX, invoice.tax, shares, invoice.currency))
    return Allocation(invoice, tuple(components))


def _component(
    name: str, amount: Decimal, shares: Mapping[str, Fraction], currency: str
) -> AllocatedComponent:
    return AllocatedComponent(name, amount, shares, divided(amount, shares, currency))


def _net_shares(components: list[AllocatedComponent], invoice: Invoice) -> dict[str, Fraction]:
    """Of the tax: as the exact net amounts are."""
    if not invoice.net:
        message = f"{INPUT_TAX}: the net amount is 0, so that the tax cannot be divided as it is"
        raise ValueError(message)
    shares = dict[str, Fraction]()
    for one in components:
        for who, share in one.shares.items():
            part = share * Fraction(one.amount) / Fraction(invoice.net)
            shares[who] = shares.get(who, Fraction(0)) + part
    return shares
