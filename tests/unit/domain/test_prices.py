"""Prices as people read them."""

from decimal import Decimal

import pytest

from bcm_mqtt.domain.tariff.terms import price_of


@pytest.mark.parametrize(
    ("price", "currency", "shown"),
    [
        ("11.5", "USD", "11.50"),
        ("11.50", "EUR", "11.50"),
        ("0.1185", "USD", "0.1185"),
        ("12", "USD", "12.00"),
        ("1200", "USD", "1,200.00"),
        ("25", "JPY", "25"),
        ("25.5", "JPY", "25.5"),
        ("0.1", "KWD", "0.100"),
        ("0", "USD", "0.00"),
        ("1E+2", "USD", "100.00"),
    ],
)
def test_a_price_has_at_least_the_decimals_of_its_currency(
    price: str, currency: str, shown: str
) -> None:
    assert price_of(Decimal(price), currency) == shown
