"""The letter that a bill is: logo, colour, contact, account and texts of whoever issues it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bcm_mqtt.domain.bill.payment import PayeeAccount


class LetterText(StrEnum):
    """Texts that the program has in every language."""

    NOT_FROM_THE_UTILITY = "not-from-the-utility"
    COST_ALLOCATION = "cost-allocation"
    METER_READINGS = "meter-readings"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True)
class OwnText:
    """A text of the site's own; title and text by language, "" of every other one."""

    title: Mapping[str, str]
    text: Mapping[str, str]

    def spoken(self, language: str) -> tuple[str, str]:
        """Title and text in a language such as `de-AT`, or else of those that others get."""
        found = (key for key in (language, language.partition("-")[0], "") if key in self.text)
        key = next(found, next(iter(self.text)))
        return self.title[key], self.text[key]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What the letters of an issuer have in common.

    Attributes:
        logo: SVG, or "".
        logo_shape: Its width by its height.
        colour: Of names and charts, such as #0a5c8a; "" is the program's.
        contact: Lines, such as a telephone number and an address for mail.
        account: Where bills are paid to, or None.
        texts: In their order.
        complaints: To whom a customer turns.
        then: To whom he turns after that, such as an ombudsman, or "".
    """

    logo: str = field(default="", repr=False)
    logo_shape: float = 1.0
    colour: str = ""
    contact: tuple[str, ...] = ()
    account: PayeeAccount | None = None
    texts: tuple[LetterText | OwnText, ...] = ()
    complaints: str = ""
    then: str = ""


PLAIN: Final = Letterhead()
"""Of whoever has none."""
