"""An invoice divided among the bills of a month: what they have of it, and the landlord's part."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.allocation.allocating import Allocation
from bcm_mqtt.domain.allocation.invoice_part import InvoicePart


@dataclass(frozen=True, slots=True)
class DividedInvoice:
    """An invoice with its division, as what was measured gives it now.

    Attributes:
        plan: Id of the plan by which it is divided.
        revision: Of the invoice.
        allocation: Of all that have a part, also those whose tariff charges something else.
    """

    plan: str
    revision: int
    allocation: Allocation

    @property
    def key(self) -> tuple[str, str, str]:
        """Of the parts of it that bills have."""
        return self.plan, self.allocation.invoice.supplier, self.allocation.invoice.number


@dataclass(frozen=True, slots=True)
class BilledComponent:
    """A component: what bills have of it, and what is the landlord's.

    Attributes:
        name: Of the component.
        amount: All of it.
        billed: By customer, on the bills.
    """

    name: str
    amount: Decimal
    billed: Mapping[str, Decimal]

    @property
    def customers(self) -> Decimal:
        """What bills have."""
        return sum(self.billed.values(), Decimal(0))

    @property
    def landlord(self) -> Decimal:
        """What they leave: of vacant, common and own use, of what nobody measured, ..."""
        return self.amount - self.customers


def billed_components(
    divided: DividedInvoice, parts: Iterable[tuple[str, InvoicePart]]
) -> Iterator[BilledComponent]:
    """Each component of an invoice with what bills have of it, whenever these were made.

    Args:
        divided: The invoice.
        parts: Customers with the parts of any invoices that their bills have.
    """
    amounts = {one.name: one.amount for one in divided.allocation.components}
    billed = dict[str, dict[str, Decimal]]()
    for customer, part in parts:
        if (part.plan, part.supplier, part.number) == divided.key:
            for one in part.components:
                billed.setdefault(one.name, {})[customer] = one.part
    for name in dict.fromkeys((*amounts, *billed)):
        yield BilledComponent(name, amounts.get(name, Decimal(0)), billed.get(name, {}))
