"""Sellers and buyers as structured invoices name them, beside the lines of an address on paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """An address in its parts.

    Attributes:
        street: With the number of the house.
        postcode: Or "" where there are none.
        city: Of the address.
        country: ISO 3166, two letters.
        more: A second line, or "".
    """

    street: str
    postcode: str
    city: str
    country: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class ElectronicAddress:
    """Where a network delivers invoices; `scheme` is a code of the EAS list, such as 0204 or EM."""

    scheme: str
    id: str

    @classmethod
    def parse(cls, text: str) -> "ElectronicAddress":
        """Of `scheme:id`, such as 0204:991-33333-33 or EM:invoices@example.com.

        Raises:
            ValueError: it has another form.
        """
        scheme, colon, number = text.partition(":")
        fits = (len(scheme) == 4 and scheme.isdigit()) or scheme in {"AN", "AQ", "AS", "AU", "EM"}
        if not (fits and colon and number and number == number.strip()):
            raise ValueError(
                "expected a scheme and an id such as 0204:991-33333-33 or EM:invoices@example.com"
            )
        return cls(scheme, number)

    def __str__(self) -> str:
        return f"{self.scheme}:{self.id}"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask about an invoice."""

    name: str
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Where to pay to: an IBAN, the BIC of its bank and its holder, or ""."""

    iban: str
    bic: str = ""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class SellerIdentity:
    """What identifies a seller beside its name and VAT id.

    Attributes:
        postal: Its address.
        tax_number: Of its tax office, or "".
        registration: In a register of companies, or "".
        contact: For questions.
        account: To pay to.
        electronic: Where answers to its invoices go.
    """

    postal: PostalAddress | None = None
    tax_number: str = ""
    registration: str = ""
    contact: Contact | None = None
    account: Account | None = None
    electronic: ElectronicAddress | None = None


@dataclass(frozen=True, slots=True)
class BuyerIdentity:
    """What identifies a buyer beside its name and VAT id, and how it finds its order again.

    Attributes:
        postal: Its address.
        registration: In a register of companies, or "".
        reference: That it wants to see, such as the Leitweg-ID of an authority; or "".
        order: Number of its order, or "".
        electronic: Where its invoices go.
    """

    postal: PostalAddress | None = None
    registration: str = ""
    reference: str = ""
    order: str = ""
    electronic: ElectronicAddress | None = None
