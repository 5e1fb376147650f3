"""An invoice divided among the bills of a month: what they have of it, and the landlord's part."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from bcm_mqtt.domain.allocation.allocating import Allocation
from bcm_mqtt.domain.allocation.invoice_part import InvoicePart
from bcm_mqtt.domain.allocation.landlord import landlords_parts

OUTDATED: Final = "bills to be revised"


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
        others: What the rest is for: as `landlord.landlords_parts`, or a customer whose bill does
            not have its part; `OUTDATED` is what bills have too much or too little until they
            are revised. Their sum is the rest.
    """

    name: str
    amount: Decimal
    billed: Mapping[str, Decimal]
    others: Mapping[str, Decimal]

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
    components = {one.name: one for one in divided.allocation.components}
    billed = dict[str, dict[str, Decimal]]()
    for customer, part in parts:
        if (part.plan, part.supplier, part.number) == divided.key:
            for one in part.components:
                billed.setdefault(one.name, {})[customer] = one.part
    currency = divided.allocation.invoice.currency
    for name in dict.fromkeys((*components, *billed)):
        made, on_bills = components.get(name), billed.get(name, {})
        amount = made.amount if made else Decimal(0)
        others = dict[str, Decimal]()
        if made is not None:
            others = landlords_parts(made, currency)
            others |= {who: part for who, part in made.parts.items() if who not in {*on_bills, ""}}
        outdated = amount - sum(on_bills.values()) - sum(others.values())
        others[OUTDATED] = outdated
        others = {what: part for what, part in others.items() if part}
        yield BilledComponent(name, amount, on_bills, others)
