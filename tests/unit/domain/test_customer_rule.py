"""Who pays: the customer in a description, or the one that the circuit states."""

import pytest

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule, alike


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


@pytest.mark.parametrize(
    "description", ["spare", "Spare-12", "SPACE", "blank - 3", "Unused", "House-1", "PUMP"]
)
def test_words_for_an_empty_position_and_those_of_the_site_are_no_customer(
    description: str,
) -> None:
    rule = CustomerRule(words=("house", " Pump "))
    assert customer(description, rule=rule) == ""
    assert customer(description, stated="Spare", rule=rule) == "Spare"


@pytest.mark.parametrize("description", ["Spares Inc-1", "Space X-1", "spare 12", "House-1"])
def test_a_customer_whose_id_is_more_than_such_a_word_is_one(description: str) -> None:
    assert customer(description) == description.removesuffix("-1")


def test_ids_that_differ_by_case_only_are_grouped() -> None:
    assert alike(["b", "A", "a", "B", "c", "a"]) == [("A", "a"), ("B", "b")]
    assert alike(["STRASSE", "Straße"]) == [("STRASSE", "Straße")]


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
