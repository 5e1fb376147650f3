"""The code of a payment as SVG: of the European Payments Council, or a Swiss QR bill.

segno takes any text for an IBAN and line feeds within a name, which are parts of their own to
whoever reads the code; qrbill takes an amount of 0 and letters that Swiss banks refuse. So both get
only what `PaymentRequest` and `_line` have checked.
"""

import io
import re
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Final

from bcm_mqtt.billing.pages.letters.letter import Payment
from bcm_mqtt.domain.bill.payment import PayeeAddress, PaymentRequest
from bcm_mqtt.languages import language

_SWISS_LANGUAGES: Final = frozenset({"de", "en", "fr"})
_LONGEST_ABOUT: Final = 140
_LATIN: Final = re.compile(
    r"[^\u0020-\u007e\u00a0-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e]"
)
"""What Swiss payments have no letters for, about."""


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """A code.

    Attributes:
        svg: The picture.
        swiss: Whether it is a whole payment part with receipt, 210 by 105 mm; else a square.
    """

    svg: str
    swiss: bool


def payment_code(payment: Payment | None) -> PaymentCode | None:
    """The code of a payment; None where it has none.

    Args:
        payment: Of a bill's page, in the language that is spoken.
    """
    request = payment.request if payment else None
    if request is None:
        return None
    # What has no room, such as a long name in letters of three bytes, is refused by the libraries.
    with suppress(ValueError):
        if request.has_swiss_code and request.account.address:
            return PaymentCode(_swiss(request, request.account.address), swiss=True)
        if request.has_epc_code:
            return PaymentCode(_epc(request), swiss=False)
    return None


def _line(text: str, longest: int) -> str:
    """One line that has room."""
    return " ".join(text.split())[:longest]


def _epc(request: PaymentRequest) -> str:
    # Not at the top, as pdf_report has it: who prints no code loads no library for it.
    from segno.helpers import make_epc_qr  # noqa: PLC0415

    code = make_epc_qr(
        name=_line(request.holder, 70),
        iban=request.account.iban,
        amount=request.amount,
        text=_line(request.about, _LONGEST_ABOUT),
        bic=request.account.bic or None,
        encoding="utf-8",
    )
    out = io.BytesIO()
    code.save(
        out, kind="svg", xmldecl=False, svgclass=None, lineclass=None, omitsize=True, border=0
    )
    return out.getvalue().decode()


def _swiss(request: PaymentRequest, address: PayeeAddress) -> str:
    from qrbill import QRBill  # noqa: PLC0415 - as above

    spoken = language()
    bill = QRBill(
        account=request.account.iban,
        creditor={
            "name": _latin(request.holder, 70),
            "street": _latin(address.street, 70) or None,
            "house_num": _latin(address.number, 16) or None,
            "pcode": _latin(address.post_code, 16),
            "city": _latin(address.town, 35),
            "country": address.country,
        },
        amount=f"{request.amount:.2f}",
        currency=request.currency,
        reference_number=request.reference or None,
        additional_information=_latin(request.about, _LONGEST_ABOUT),
        language=spoken if spoken in _SWISS_LANGUAGES else "en",
        top_line=True,
        payment_line=True,
    )
    with TemporaryFile("w+", encoding="utf-8") as out:
        bill.as_svg(out)
        out.seek(0)
        return out.read().partition("?>")[2].strip()


def _latin(text: str, longest: int) -> str:
    return _LATIN.sub("?", _line(text, longest))
