"""What one customer has of a supplier's invoice, with all that it is made of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Self

from bcm_mqtt.domain.allocation.allocating import (
    CAP,
    AllocatedComponent,
    Allocation,
    InputTax,
    average_cost,
)
from bcm_mqtt.domain.allocation.entered import EnteredInvoice
from bcm_mqtt.domain.allocation.largest_remainder import left_over
from bcm_mqtt.domain.allocation.plan import AllocationPlan


@dataclass(frozen=True, slots=True)
class PartBasis:
    """A customer's quantity of what a component is divided by.

    Attributes:
        by: In words, one of `rules.BASES` or `NET`.
        unit: Of both quantities.
        quantity: The customer's.
        whole: All of it, the landlord's, too.
        weight: Of the component, 0 to 1.
    """

    by: str
    unit: str
    quantity: Fraction
    whole: Fraction
    weight: Fraction


@dataclass(frozen=True, slots=True)
class ComponentPart:
    """A customer's part of a component.

    Attributes:
        name: Of the component, `INPUT_TAX` or `CAP`.
        amount: All of it; of a cap what the part is limited to.
        part: The customer's.
        share: Exact, 0 to 1; 0 of a cap, and of the average cost.
        left: Minor units that the cut parts of all leave, for the largest remainders.
        bases: What the share is made of.
    """

    name: str
    amount: Decimal
    part: Decimal
    share: Fraction
    left: int
    bases: tuple[PartBasis, ...]

    @property
    def exact(self) -> Fraction:
        """Before it is cut."""
        return self.share * Fraction(self.amount)


@dataclass(frozen=True, slots=True)
class InvoicePart:
    """What a bill has of an invoice.

    Attributes:
        plan: Its id.
        supplier: Of the invoice.
        number: Of the invoice.
        revision: Of the invoice.
        start: First day of its period, local.
        end: Day after its last one.
        currency: Of all amounts.
        net: Of the invoice.
        tax: Of the invoice.
        kwh: Of the invoice.
        components: In the order of the invoice.
        input_tax: What becomes of the tax.
        price: The average cost of a kWh; None where components are divided.
    """

    plan: str
    supplier: str
    number: str
    revision: int
    start: date
    end: date
    currency: str
    net: Decimal
    tax: Decimal
    kwh: Decimal | None
    components: tuple[ComponentPart, ...]
    input_tax: InputTax = InputTax.DEDUCTED
    price: Decimal | None = None

    @property
    def named(self) -> str:
        """`invoice 0047 of Grid Co`."""
        return f"invoice {self.number} of {self.supplier}"

    def determinant(self, one: ComponentPart) -> str:
        """The name of what prices a component of it on a bill."""
        what = "at most" if one.name == CAP and not one.bases else one.name
        return f"invoice/{self.supplier}/{self.number}/{what}"

    @property
    def part(self) -> Decimal:
        """Of all components."""
        return sum((one.part for one in self.components), Decimal(0))


@dataclass(frozen=True, slots=True)
class PartsKnown:
    """What is known of a customer's parts of the invoices that a plan takes in a month.

    Attributes:
        parts: One for each invoice.
        missing: Why there are none; "" where there are.
    """

    parts: tuple[InvoicePart, ...] = ()
    missing: str = ""


def invoice_parts(
    plan: AllocationPlan,
    entered: EnteredInvoice,
    allocation: Allocation,
    customers: Collection[str],
    caps: Mapping[str, Decimal] = MappingProxyType({}),
) -> dict[str, InvoicePart]:
    """The parts of customers of a divided invoice.

    Args:
        plan: By which it is divided.
        entered: The invoice.
        allocation: It divided; without components by the average cost.
        customers: Whose.
        caps: What parts are limited to, where the allocation has a cap.
    """
    invoice = entered.invoice
    components = [_Divided.of(one, invoice.currency) for one in allocation.components]
    whole = InvoicePart(
        plan=plan.id,
        supplier=invoice.supplier,
        number=invoice.number,
        revision=entered.revision,
        start=invoice.start,
        end=invoice.end,
        currency=invoice.currency,
        net=invoice.net,
        tax=invoice.tax,
        kwh=invoice.kwh,
        components=(),
        input_tax=plan.rules.input_tax,
        price=average_cost(invoice, plan.rules.input_tax) if plan.average else None,
    )
    return {
        who: replace(
            whole,
            components=tuple(
                one.part(who, caps.get(who)) for one in components if one.divided.parts.get(who)
            ),
        )
        for who in customers
    }


@dataclass(frozen=True, slots=True)
class _Divided:
    """A component with what is the same for all customers."""

    divided: AllocatedComponent
    left: int
    wholes: tuple[Fraction, ...]

    @classmethod
    def of(cls, one: AllocatedComponent, currency: str) -> Self:
        """Of a component; a cap has no bases."""
        left = left_over(one.amount, one.shares, currency) if one.shares else 0
        return cls(one, left, tuple(by.whole for by in one.bases))

    def part(self, who: str, cap: Decimal | None) -> ComponentPart:
        one = self.divided
        if not one.shares:
            amount = cap if one.name == CAP and cap is not None else one.amount
            return ComponentPart(one.name, amount, one.parts[who], Fraction(0), 0, ())
        bases = tuple(
            PartBasis(by.by, by.unit, by.quantities.get(who, Fraction(0)), whole, by.weight)
            for by, whole in zip(one.bases, self.wholes, strict=True)
        )
        return ComponentPart(
            one.name, one.amount, one.parts[who], one.shares[who], self.left, bases
        )
