"""VAT categories of EN 16931 (UNCL 5305), and why something is not taxed."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final


class VatCategory(StrEnum):
    """How something is taxed."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    OUTSIDE = "O"


_WITH_REASON: Final = {VatCategory.EXEMPT, VatCategory.REVERSE_CHARGE, VatCategory.OUTSIDE}


@dataclass(frozen=True, slots=True)
class Vat:
    """The VAT on a line.

    Attributes:
        category: How it is taxed.
        percent: Its rate; 0 of all but the standard category.
        reason: Why it is not taxed, in words, or "".
        code: The same as a code of the VATEX list, such as VATEX-EU-AE, or "".
    """

    category: VatCategory
    percent: Decimal = Decimal(0)
    reason: str = ""
    code: str = ""

    @property
    def problem(self) -> str:
        """What EN 16931 refuses of it, with its rule; "" where nothing is."""
        if self.category is VatCategory.STANDARD and not self.percent:
            return "expected a rate above 0 of category S (BR-S-05): Z is taxed at 0"
        if self.category is not VatCategory.STANDARD and self.percent:
            return f"expected a rate of 0 of category {self.category} (BR-{self._rule}-05)"
        given = self.reason or self.code
        if self.category in _WITH_REASON and not given:
            return (
                f"category {self.category} needs an exemption_reason or an exemption_code "
                f"(BR-{self._rule}-10)"
            )
        if self.category not in _WITH_REASON and given:
            return f"category {self.category} has no reason of exemption (BR-{self._rule}-10)"
        return ""

    @property
    def _rule(self) -> str:
        return self.category.value
