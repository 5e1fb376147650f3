"""How a bill is paid: the account that it goes to, and what a code for a banking app says.

A code is made only of what every part of it is known to allow: an app that reads a code does not
ask again. Where something does not fit, the letter has the account in words alone.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

_SHORTEST, _LONGEST = 15, 34
_LEAST, _MOST = Decimal("0.01"), Decimal("999999999.99")
_LONGEST_NAME: Final = 70
_QR_IIDS: Final = range(30_000, 32_000)
"""Institutions of Swiss QR-IBANs, which ask for a reference of 27 digits."""
_SWISS: Final = ("CH", "LI")
_TRANSFER: Final = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
"""Of the check digit, modulo 10 recursive."""


def iban_of(text: str) -> str:
    """An IBAN without its spaces, in capitals.

    Raises:
        ValueError: it is none, or its check digits are wrong.
    """
    iban = "".join(text.split()).upper()
    well_formed = iban.isascii() and iban.isalnum() and iban[:2].isalpha() and iban[2:4].isdigit()
    if not well_formed or not _SHORTEST <= len(iban) <= _LONGEST:
        raise ValueError("expected an IBAN such as DE89 3704 0044 0532 0130 00")
    if int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 != 1:
        raise ValueError("expected an IBAN: its check digits are wrong, so it is mistyped")
    return iban


def grouped(text: str) -> str:
    """In groups of four characters, as people read an IBAN."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


@dataclass(frozen=True, slots=True)
class PayeeAddress:
    """Of the holder of a Swiss account, as its code has it; the street and number may be ""."""

    street: str
    number: str
    post_code: str
    town: str
    country: str


@dataclass(frozen=True, slots=True)
class PayeeAccount:
    """Where money goes to.

    Attributes:
        holder: Of the account; "" is who issues the bill.
        iban: Without spaces.
        bic: Or "".
        bank: Its name, or "".
        address: For Swiss codes; None leaves them out.
    """

    holder: str
    iban: str
    bic: str = ""
    bank: str = ""
    address: PayeeAddress | None = None

    @property
    def is_swiss(self) -> bool:
        """Whether its code is that of a Swiss QR bill."""
        return self.iban.startswith(_SWISS)

    @property
    def is_qr_iban(self) -> bool:
        """Whether it asks for a reference of 27 digits."""
        return self.is_swiss and int(self.iban[4:9]) in _QR_IIDS


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What is to be paid.

    Attributes:
        account: To which.
        holder: Of the account.
        amount: To pay.
        currency: ISO 4217.
        about: Number of the bill and customer, for the payee's books.
        place: Of the bill in the chain, for references in digits.
    """

    account: PayeeAccount
    holder: str
    amount: Decimal
    currency: str
    about: str
    place: int

    @property
    def _fits(self) -> bool:
        amount = self.amount
        cents = amount == amount.quantize(_LEAST)
        return _LEAST <= amount <= _MOST and cents and len(self.holder) <= _LONGEST_NAME

    @property
    def has_epc_code(self) -> bool:
        """Whether a code of the European Payments Council says it: in EUR, outside Switzerland."""
        return self._fits and self.currency == "EUR" and not self.account.is_swiss

    @property
    def has_swiss_code(self) -> bool:
        """Whether a Swiss QR bill says it: in CHF or EUR, with the holder's address."""
        account = self.account
        in_currency = self.currency in {"CHF", "EUR"}
        return self._fits and in_currency and account.is_swiss and account.address is not None

    @property
    def reference(self) -> str:
        """Of a QR-IBAN: 26 digits of the place in the chain, and a check digit; else ""."""
        return with_check_digit(f"{self.place:026d}") if self.account.is_qr_iban else ""


def with_check_digit(digits: str) -> str:
    """Digits with their check digit, modulo 10 recursive."""
    carry = 0
    for digit in digits:
        carry = _TRANSFER[(carry + int(digit)) % 10]
    return f"{digits}{(10 - carry) % 10}"
