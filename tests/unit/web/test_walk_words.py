"""What a walk says, in the language of whoever reads it; English as the domain says it."""

import pytest

from bcm_mqtt.languages import speaking
from bcm_mqtt.web.walk_words import said, said_of_place

WALK = {
    "Switch a load on at poles 1+3 (Acme-web).": (
        "An den Polen 1+3 (Acme-web) eine Last einschalten."
    ),
    "To confirm pole 17, switch the load on again at pole 3.": (
        "Um Pol 17 zu bestätigen, die Last an Pol 3 wieder einschalten."
    ),
    "pole 17 rose by 8.3 A": "Pol 17 stieg um 8,3 A",
}


@pytest.mark.parametrize(("english", "german"), WALK.items(), ids=range(len(WALK)))
def test_a_request_is_said_in_the_readers_language(english: str, german: str) -> None:
    with speaking("de"):
        assert said(english) == german
    assert said(english) == english


def test_what_was_found_at_a_place_is_said_piece_by_piece() -> None:
    found = "Pole 3: right (+8.3 A); 8.3 A, clamp meter 8.4 A: within ±0.3 A"

    with speaking("de"):
        german = said_of_place(found)

    assert german.startswith("Pol 3: ")
    assert "(8,3 A)" in german.replace("+", "")
    assert "clamp meter" not in german
    assert said_of_place(found) == found
