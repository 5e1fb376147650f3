"""How a bill is paid: IBANs, references, and which code a payment may have."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcm_mqtt.domain.bill.payment import (
    PayeeAccount,
    PayeeAddress,
    PaymentRequest,
    grouped,
    iban_of,
    with_check_digit,
)

GERMAN, QR_IBAN, SWISS = (
    "DE89370400440532013000",
    "CH4431999123000889012",
    "CH9300762011623852957",
)
ADDRESS = PayeeAddress("Hafenweg", "1", "8000", "Zürich", "CH")
REQUEST = PaymentRequest(
    PayeeAccount("ACME", GERMAN), "ACME", Decimal("1863.22"), "EUR", "2026-0017 Acme", 17
)
IN_SWISS = replace(REQUEST, account=PayeeAccount("ACME", QR_IBAN, address=ADDRESS), currency="CHF")


@pytest.mark.parametrize("text", [GERMAN, QR_IBAN, SWISS, "GB82 WEST 1234 5698 7654 32"])
def test_an_iban_is_without_spaces_and_shown_in_groups(text: str) -> None:
    assert iban_of(text.lower()) == text.replace(" ", "")
    assert iban_of(grouped(iban_of(text))) == iban_of(text)
    assert grouped(GERMAN) == "DE89 3704 0044 0532 0130 00"


@pytest.mark.parametrize(
    "text", ["", "DE89", "89DE370400440532013000", GERMAN + "1" * 20, "DEé9" * 5]
)
def test_what_is_no_iban_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an IBAN such as"):
        iban_of(text)


@given(st.integers(4, len(GERMAN) - 1), st.integers(1, 9))
def test_a_mistyped_digit_of_an_iban_is_refused(place: int, by: int) -> None:
    digit = (int(GERMAN[place]) + by) % 10
    with pytest.raises(ValueError, match="its check digits are wrong"):
        iban_of(f"{GERMAN[:place]}{digit}{GERMAN[place + 1 :]}")


def test_a_reference_has_the_check_digit_of_the_swiss_standard() -> None:
    """The number that the implementation guidelines print ends with 7."""
    assert with_check_digit("21000000000313947143000901") == "210000000003139471430009017"
    assert IN_SWISS.reference == "000000000000000000000000173"
    ordinary = replace(IN_SWISS, account=PayeeAccount("", SWISS, address=ADDRESS))
    assert (ordinary.reference, REQUEST.reference) == ("", "")


@pytest.mark.parametrize(
    ("request_", "epc", "swiss"),
    [
        (REQUEST, True, False),
        (replace(REQUEST, amount=Decimal(0)), False, False),
        (replace(REQUEST, amount=Decimal("-3.00")), False, False),
        (replace(REQUEST, amount=Decimal("0.005")), False, False),
        (replace(REQUEST, amount=Decimal(10**9)), False, False),
        (replace(REQUEST, currency="USD"), False, False),
        (replace(REQUEST, holder="A" * 71), False, False),
        (IN_SWISS, False, True),
        (replace(IN_SWISS, currency="EUR"), False, True),
        (replace(IN_SWISS, currency="USD"), False, False),
        (replace(IN_SWISS, account=PayeeAccount("ACME", SWISS)), False, False),
    ],
)
def test_a_payment_has_a_code_where_every_part_of_it_fits(
    request_: PaymentRequest, *, epc: bool, swiss: bool
) -> None:
    assert (request_.has_epc_code, request_.has_swiss_code) == (epc, swiss)
