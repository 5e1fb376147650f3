"""An invoice as EN 16931 has it; BT and BG are its business terms and groups of them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bcm_mqtt.domain.trade.party import Account, Contact, ElectronicAddress, PostalAddress
from bcm_mqtt.domain.trade.vat import Vat


class TypeCode(StrEnum):
    """BT-3, of UNCL 1001."""

    INVOICE = "380"
    CREDIT_NOTE = "381"
    CORRECTED = "384"


@dataclass(frozen=True, slots=True)
class Party:
    """A seller (BG-4) or a buyer (BG-7).

    Attributes:
        name: BT-27 or BT-44.
        postal: BG-5 or BG-8.
        vat_id: BT-31 or BT-48, or "".
        tax_number: BT-32 of a seller, or "".
        registration: BT-30 or BT-47, or "".
        contact: BG-6 of a seller.
        electronic: BT-34 or BT-49.
    """

    name: str
    postal: PostalAddress
    vat_id: str = ""
    tax_number: str = ""
    registration: str = ""
    contact: Contact | None = None
    electronic: ElectronicAddress | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """BG-25.

    Attributes:
        number: BT-126, from 1.
        name: BT-153.
        quantity: BT-129; negative where money is given back.
        unit: BT-130, of UN/ECE Rec 20.
        price: BT-146, never negative.
        amount: BT-131.
        vat: BG-30.
    """

    number: int
    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    vat: Vat


@dataclass(frozen=True, slots=True)
class VatSum:
    """BG-23: all that is taxed alike; `base` is BT-116 and `tax` BT-117."""

    vat: Vat
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Preceding:
    """BG-3: the invoice that is credited or corrected, and its day."""

    number: str
    issued: date | None


@dataclass(frozen=True, slots=True)
class EInvoice:
    """All of it.

    Attributes:
        number: BT-1.
        type: BT-3.
        issued: BT-2.
        due: BT-9; None of a credit note.
        terms: BT-20, or "".
        currency: BT-5.
        note: BT-22, or "".
        seller: BG-4.
        buyer: BG-7.
        reference: BT-10, or "".
        order: BT-13, or "".
        start: BT-73, first day of the supply.
        end: BT-74 and BT-72, last day of it.
        account: BG-17.
        preceding: BG-3, or None.
        lines: BG-25, at least one.
        vats: BG-23.
        rounding: BT-114, or 0.
    """

    number: str
    type: TypeCode
    issued: date
    due: date | None
    terms: str
    currency: str
    note: str
    seller: Party
    buyer: Party
    reference: str
    order: str
    start: date
    end: date
    account: Account | None
    preceding: Preceding | None
    lines: tuple[InvoiceLine, ...]
    vats: tuple[VatSum, ...]
    rounding: Decimal

    @property
    def net(self) -> Decimal:
        """BT-106 and BT-109: sum of the lines."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def tax(self) -> Decimal:
        """BT-110: sum of the VAT."""
        return sum((one.tax for one in self.vats), Decimal(0))

    @property
    def gross(self) -> Decimal:
        """BT-112: with VAT."""
        return self.net + self.tax

    @property
    def payable(self) -> Decimal:
        """BT-115: nothing is paid before."""
        return self.gross + self.rounding
