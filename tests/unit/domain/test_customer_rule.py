"""Who pays: the customer in a description, or the one that the circuit states."""

import pytest

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule


def customer(description: str, *, stated: str = "", rule: CustomerRule | None = None) -> str:
    version = CircuitVersion(poles=(1,), description=description, customer=stated)
    return (rule or CustomerRule()).customer_of(version)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Customer1-A-1", "Customer1"),
        ("Customer1", "Customer1"),
        ("Customer1 - A - 1", "Customer1"),
        ("Müller & Söhne-A-1", "Müller & Söhne"),
        ("", ""),
        ("-A-1", ""),
        (" -A", ""),
    ],
)
def test_the_customer_is_what_stands_before_the_first_dash(description: str, expected: str) -> None:
    assert customer(description) == expected


def test_a_customer_stated_on_the_circuit_wins_over_the_description() -> None:
    assert customer("Customer1-A-1", stated="Customer9") == "Customer9"


def test_a_custom_pattern_finds_the_customer_anywhere() -> None:
    rule = CustomerRule(r"\[(?P<customer>\w+)\]")
    assert customer("Rack 7 [acme] feed A", rule=rule) == "acme"
    assert customer("Rack 7 feed A", rule=rule) == ""


def test_a_pattern_whose_group_is_optional_may_find_nobody() -> None:
    assert customer("spare", rule=CustomerRule("^spare|(?P<customer>.+)")) == ""


def test_a_pattern_that_is_no_regular_expression_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'\(\?P<customer>' is no regular expression: "):
        CustomerRule("(?P<customer>")


def test_a_pattern_without_the_customer_group_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has no group \(\?P<customer>…\)"):
        CustomerRule("^([^-]+)")


def test_rules_of_the_same_pattern_are_equal() -> None:
    assert CustomerRule("(?P<customer>a)") == CustomerRule("(?P<customer>a)") != CustomerRule()
