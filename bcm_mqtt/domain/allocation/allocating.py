"""An invoice divided: each component's parts by customer, and the landlord's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from bcm_mqtt.domain.allocation.invoice import AVERAGE_STEP, Invoice
from bcm_mqtt.domain.allocation.largest_remainder import LANDLORD, divided
from bcm_mqtt.domain.allocation.rules import (
    Basis,
    By,
    Measured,
    Rule,
    bases_of,
    named_in,
    shares_of,
)
from bcm_mqtt.domain.money import money, rounded

INPUT_TAX = "input tax"
"""Name of the invoice's tax where it is divided like the rest."""

NET = "net amounts"
"""What the tax is divided by."""

AVERAGE = "average cost"
"""Name of the one component where each kWh costs the average of the invoice."""

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
        shares: Exact, by customer; of `LANDLORD` too; their sum is 1. None of a cap, and of the
            average cost.
        parts: By customer; of `LANDLORD` too; their sum is the amount.
        bases: What the shares are made of.
    """

    name: str
    amount: Decimal
    shares: Mapping[str, Fraction]
    parts: Mapping[str, Decimal]
    bases: tuple[Basis, ...] = ()


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
            bases = bases_of(rule, invoice, one, measured)
            shares = shares_of(bases)
        except ValueError as error:
            message = f"component {one.name!r}: {error}"
            raise ValueError(message) from None
        parts = divided(one.amount, shares, invoice.currency)
        components.append(AllocatedComponent(one.name, one.amount, shares, parts, bases))
    if rules.input_tax is InputTax.COST and invoice.tax:
        net = _exact_net(components, invoice)
        shares = shares_of([net])
        parts = divided(invoice.tax, shares, invoice.currency)
        components.append(AllocatedComponent(INPUT_TAX, invoice.tax, shares, parts, (net,)))
    return Allocation(invoice, tuple(components))


def average_cost(invoice: Invoice, input_tax: InputTax) -> Decimal:
    """Of a kWh, net or with the tax, rounded half up to 0.00001 of the currency's main unit.

    Raises:
        ValueError: the invoice states no kWh.
    """
    if not invoice.kwh:
        message = "expected the kwh of the invoice, of which the average cost is"
        raise ValueError(message)
    amount = invoice.net if input_tax is InputTax.DEDUCTED else invoice.gross
    return rounded(Fraction(amount) / Fraction(invoice.kwh), AVERAGE_STEP)


def at_average_cost(invoice: Invoice, input_tax: InputTax, kwh: By) -> Allocation:
    """Each customer's kWh at the average cost; what they leave of the invoice is the landlord's.

    Args:
        invoice: To charge.
        input_tax: What becomes of the tax.
        kwh: Measured, by customer.

    Raises:
        ValueError: as `average_cost`.
    """
    price = average_cost(invoice, input_tax)
    amount = invoice.net if input_tax is InputTax.DEDUCTED else invoice.gross
    parts = {
        who: money(quantity * price, invoice.currency)
        for who, quantity in sorted(kwh.items())
        if who != LANDLORD
    }
    parts[LANDLORD] = amount - sum(parts.values(), Decimal(0))
    return Allocation(invoice, (AllocatedComponent(AVERAGE, amount, {}, parts),))


def _exact_net(components: list[AllocatedComponent], invoice: Invoice) -> Basis:
    """What the tax is divided by: the exact net amounts."""
    if not invoice.net:
        message = f"{INPUT_TAX}: the net amount is 0, so that the tax cannot be divided as it is"
        raise ValueError(message)
    amounts, landlord = dict[str, Fraction](), dict[str, Fraction]()
    for one in components:
        for who, share in one.shares.items():
            amounts[who] = amounts.get(who, Fraction(0)) + share * Fraction(one.amount)
        for basis in one.bases:
            each = basis.weight * Fraction(one.amount) / basis.whole
            for what, quantity in basis.landlord.items():
                landlord[what] = landlord.get(what, Fraction(0)) + each * quantity
    return Basis(NET, invoice.currency, amounts, landlord)


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
