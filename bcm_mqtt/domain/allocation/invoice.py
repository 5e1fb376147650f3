"""What a supplier's invoice says."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bcm_mqtt.domain.money import minor_digits, rounded

_DIGITS: Final = 15
"""Of a number; every database stores as many exactly."""

AVERAGE_STEP: Final = Decimal("0.00001")
"""Of the average cost of a kWh."""


@dataclass(frozen=True, slots=True)
class InvoiceComponent:
    """One amount of an invoice.

    Attributes:
        name: Unique on the invoice, such as `energy`.
        amount: Net, in the invoice's currency; a credit is below 0.
        kwh: That it is for, where it is for other energy than the whole invoice.
        kw: That it is for, where it is for another demand than the invoice's.
    """

    name: str
    amount: Decimal
    kwh: Decimal | None = None
    kw: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """A supplier's invoice for a site's supply.

    Attributes:
        supplier: Who sent it.
        number: Unique of the supplier; a revised invoice keeps it.
        start: First day of its period, local.
        end: Day after its last one.
        currency: Of all amounts, ISO 4217.
        components: Net amounts, in the order of the invoice.
        tax: The input tax of the whole invoice.
        kwh: Supplied in the period, or None where it does not say so.
        kw: Its peak demand, or None.
    """

    supplier: str
    number: str
    start: date
    end: date
    currency: str
    components: tuple[InvoiceComponent, ...]
    tax: Decimal = Decimal(0)
    kwh: Decimal | None = None
    kw: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuses what is no invoice, with a ValueError that says what was expected."""
        if self.end <= self.start:
            message = f"expected a period that ends after {self.start}, not on {self.end}"
            raise ValueError(message)
        names = [one.name for one in self.components]
        if not names:
            message = "expected at least one component"
            raise ValueError(message)
        if again := next((name for name in names if names.count(name) > 1), None):
            message = f"component {again!r} is there twice: expected a name each"
            raise ValueError(message)
        for what, amount in self._amounts():
            if (Fraction(amount) * 10 ** minor_digits(self.currency)).denominator != 1:
                step = Decimal(1).scaleb(-minor_digits(self.currency))
                message = (
                    f"{what}: expected an amount in steps of {step} {self.currency}, not {amount}"
                )
                raise ValueError(message)
        for what, quantity in (*self._amounts(), *self._quantities()):
            if quantity is not None and len(quantity.normalize().as_tuple().digits) > _DIGITS:
                message = f"{what}: expected a number of at most {_DIGITS} digits, not {quantity}"
                raise ValueError(message)
        for what, quantity in self._quantities():
            if quantity is not None and quantity < 0:
                message = f"{what}: expected 0 or more, not {quantity}"
                raise ValueError(message)

    def _amounts(self) -> list[tuple[str, Decimal]]:
        return [*((one.name, one.amount) for one in self.components), ("tax", self.tax)]

    def _quantities(self) -> list[tuple[str, Decimal | None]]:
        own = [("kwh", self.kwh), ("kw", self.kw)]
        for one in self.components:
            own += [(f"{one.name} kwh", one.kwh), (f"{one.name} kw", one.kw)]
        return own

    @property
    def net(self) -> Decimal:
        """The sum of the components."""
        return sum((one.amount for one in self.components), Decimal(0))

    @property
    def gross(self) -> Decimal:
        """With tax."""
        return self.net + self.tax

    @property
    def last_day(self) -> date:
        """Of its period, local."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """Of its period."""
        return (self.end - self.start).days

    @property
    def average(self) -> Fraction | None:
        """Average cost: net per kWh, exactly; None where there is no energy."""
        return Fraction(self.net) / Fraction(self.kwh) if self.kwh else None

    @property
    def per_kwh(self) -> Decimal | None:
        """Average cost per kWh, rounded half up to 0.00001 of the currency's main unit."""
        return None if self.average is None else rounded(self.average, AVERAGE_STEP)
