"""Our reading beside a clamp meter: worked limits, and the ratio that explains a difference."""

from decimal import Decimal

import pytest

from bcm_mqtt.domain.commissioning.clamp import Clamp, compared, limit_amps
from bcm_mqtt.domain.commissioning.result import Result, Verdict, comparison_words, sentence
from bcm_mqtt.domain.usage.uncertainty.accuracy import Classes
from unit.builders import NOON

CLASSES = Classes(meter=Decimal(1), transformer=Decimal(1))
CLAMP = Clamp("Fluke 376, 4711", 2.0, 0.5)
RIGHT = Result("rpp-1a", NOON, "17", "anna", Verdict.RIGHT, 17, 8_300)


def test_the_limit_by_hand() -> None:
    # 10 A by class 1 and 1: 0.1 A each; a step of 0.1 A; a clamp meter of 2 % and 0.5 A: 0.7 A.
    # Each part rectangular, twice the root of the sum of their squares.
    assert limit_amps(10, 10, CLASSES, Decimal("0.1"), CLAMP) == pytest.approx(0.8266, abs=1e-4)


def test_within_the_class() -> None:
    found = compared(RIGHT, 10.0, 10.4, CLASSES, Decimal("0.1"), CLAMP)
    assert (found.difference_ma, found.within, found.correction) == (-400, True, "")
    assert comparison_words(found) == "10.0 A, clamp meter 10.4 A: within ±0.8 A"
    assert found.clamp == "Fluke 376, 4711 (±2 % ±0.5 A)"


def test_another_ratio_is_proposed_only_where_it_explains_the_difference() -> None:
    half = compared(RIGHT, 10.0, 20.3, CLASSES, None, CLAMP)
    assert (half.within, half.corrections) == (False, {"multiplier": "2"})
    assert sentence(half) == (
        "Pole 17: right (+8.3 A); 10.0 A, clamp meter 20.3 A: NOT within ±1.1 A; "
        "meters.csv would have multiplier 2"
    )
    other = compared(RIGHT, 10.0, 11.9, CLASSES, None, CLAMP)
    assert (other.within, other.correction) == (False, "")


def test_a_ratio_is_on_top_of_the_one_in_force_and_of_what_polarity_says() -> None:
    reversed_one = Result("rpp-1a", NOON, "17", "anna", Verdict.RIGHT, 17, correction="sign=-1")
    classes = Classes(meter=Decimal(1), transformer=Decimal(1), multiplier=2.0)
    found = compared(reversed_one, 60.0, 30.2, classes, None, CLAMP)
    assert found.corrections == {"sign": "-1", "multiplier": "1"}
    again = compared(found, 30.0, 30.2, classes, None, CLAMP)
    assert again.corrections == {"sign": "-1"}


def test_no_ratio_corrects_the_main() -> None:
    main = Result("rpp-1a", NOON, "main A", "anna", Verdict.COMPARED)
    assert compared(main, 50.0, 100.0, CLASSES, None, CLAMP).correction == ""
    assert sentence(main) == "Main A: not switched"
