"""An invoice divided: each component's parts by customer, and the landlord's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from bcm_mqtt.domain.allocation.invoice import Invoice
from bcm_mqtt.domain.allocation.largest_remainder import LANDLORD, divided
from bcm_mqtt.domain.allocation.rules import Measured, Rule, named_in, shares_of

INPUT_TAX = "input tax"
"""Name of the invoice's tax where it is divided like the rest."""

CAP = "cap"
"""Name of the component that takes off what is above each customer's cap."""


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

    @property
    def customers(self) -> frozenset[str]:
        """All that the rules name."""
        rules = [*self.components.values(), *([self.other] if self.other else [])]
        return frozenset().union(*map(named_in, rules))


@dataclass(frozen=True, slots=True)
class AllocatedComponent:
    """A component's parts.

    Attributes:
        name: Of the component, `INPUT_TAX` or `CAP`.
        amount: All of it; 0 of a cap.
        shares: Exact, by customer; of `LANDLORD` too; their sum is 1. None of a cap.
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


def capped(allocation: Allocation, caps: Mapping[str, Decimal]) -> Allocation:
    """With a component that takes off what is above each customer's cap; the landlord bears it.

    Args:
        allocation: Without one.
        caps: The most that a customer's part may be, in the currency; below 0 it is 0.
    """
    above = {
        who: max(allocation.of(who) - max(caps[who], Decimal(0)), Decimal(0))
        for who in allocation.customers
        if who in caps
    }
    parts = {who: -over for who, over in above.items() if over}
    if not parts:
        return allocation
    parts[LANDLORD] = -sum(parts.values(), Decimal(0))
    cap = AllocatedComponent(CAP, Decimal(0), {}, parts)
    return replace(allocation, components=(*allocation.components, cap))
