"""Taxes: shares of other lines, on top of them."""

from dataclasses import dataclass
from decimal import Decimal

from bcm_mqtt.domain.tariff.terms import Terms, listed
from bcm_mqtt.domain.trade.vat import Vat, VatCategory


@dataclass(frozen=True, slots=True)
class Tax:
    """A share of other lines, on top of them.

    Attributes:
        name: As on the bill.
        percent: Of their sum.
        on: Kinds of lines (`rating.LineKind`); empty for all but taxes.
        on_taxes: Names of the taxes before it that it is on as well.
        on_lines: Names of the charges whose lines it is on, in place of kinds.
        category: Of a VAT, as structured invoices name it; None of any other tax or duty.
        exemption_reason: Why a VAT is 0, in words, or "".
        exemption_code: The same by the VATEX list, or "".
    """

    name: str
    percent: Decimal
    on: frozenset[str] = frozenset()
    on_taxes: frozenset[str] = frozenset()
    on_lines: frozenset[str] = frozenset()
    category: VatCategory | None = None
    exemption_reason: str = ""
    exemption_code: str = ""

    @property
    def vat(self) -> Vat | None:
        """What it is on invoices; None of a tax or duty that is no VAT."""
        if self.category is None:
            return None
        return Vat(self.category, self.percent, self.exemption_reason, self.exemption_code)

    def terms(self, currency: str) -> Terms:  # noqa: ARG002 - a share has no currency
        """Its share, and what it is on where it names that."""
        yield self.name, f"{self.percent.normalize():f} %"
        yield from listed(self.name, self.on_lines)
