"""How a tariff charges by a supplier's invoices: whose, and by which rules."""

from collections.abc import Iterator
from dataclasses import dataclass

from bcm_mqtt.domain.allocation.allocating import AllocationRules


@dataclass(frozen=True, slots=True)
class AllocationPlan:
    """How the invoices of a supplier are charged to customers.

    Attributes:
        id: In tariffs.
        supplier: Whose invoices.
        rules: How each component is divided; of the average cost only what becomes of the tax.
        landlord: Customers that are the landlord's own use, besides those whose terms say so.
        average: Whether each kWh costs the average of the invoice, in place of its components.
        cap: Tariff that no customer's part is more than; "" for none.
    """

    id: str
    supplier: str
    rules: AllocationRules
    landlord: frozenset[str] = frozenset()
    average: bool = False
    cap: str = ""

    def terms(self, currency: str) -> Iterator[tuple[str, str]]:  # noqa: ARG002 - has none
        """Whose invoices, for people."""
        how = "its average cost per kWh" if self.average else "a part of each component"
        yield f"Invoices of {self.supplier}", how
        if self.cap:
            yield f"Invoices of {self.supplier}: at most", f"as by tariff {self.cap}"
