"""Figures, dates and money as languages and countries write them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bcm_mqtt.languages import (
    OFFERED,
    day,
    known,
    moment,
    money,
    month,
    month_name,
    negotiated,
    number,
    percent,
    speaking,
    tag,
)

ENERGY, AMOUNT = Decimal("1234.560"), Decimal("-1234.56")
NARROW, SPACE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
WRITTEN = {
    "en": ("1,234.560", "EUR -1,234.56", "12.5%", "2026-11-01 08:39", "November 2026"),
    "en-GB": ("1,234.560", "-€1,234.56", "12.5%", "01/11/2026 08:39", "November 2026"),
    "de": (
        "1.234,560",
        f"-1.234,56{SPACE}€",
        f"12,5{SPACE}%",
        "01.11.2026 08:39",
        "November 2026",
    ),
    "de-CH": (
        f"1{APOSTROPHE}234.560",
        f"-EUR{SPACE}1{APOSTROPHE}234.56",
        "12.5%",
        "01.11.2026 08:39",
        "November 2026",
    ),
    "fr": (
        f"1{NARROW}234,560",
        f"-1{NARROW}234,56{SPACE}€",
        f"12,5{SPACE}%",
        "01/11/2026 08:39",
        "novembre 2026",
    ),
    "es": (
        "1.234,560",
        f"-1.234,56{SPACE}€",
        f"12,5{SPACE}%",
        "1/11/2026 8:39",
        "noviembre de 2026",
    ),
}


@pytest.mark.parametrize("spoken", WRITTEN)
def test_a_language_and_its_country_write_figures_in_their_way(spoken: str) -> None:
    at = datetime(2026, 11, 1, 8, 39, tzinfo=UTC)

    with speaking(spoken):
        assert (
            number(ENERGY),
            money(AMOUNT, "EUR"),
            percent(Decimal("12.5")),
            moment(at),
            month(at),
        ) == WRITTEN[spoken]


def test_a_figure_is_rounded_to_decimals_and_money_to_its_minor_unit() -> None:
    with speaking("de"):
        assert number(1234.5, 2) == "1.234,50"
        assert number(Decimal("5.1"), signed=True) == "+5,1"
        assert number(0, signed=True) == "0"
        assert money(Decimal(12345), "JPY") == f"12.345{SPACE}¥"
        assert money(Decimal("1.5"), "KWD") == f"1,500{SPACE}KWD"


def test_every_language_that_is_offered_writes_dates_with_all_of_the_year() -> None:
    for spoken in OFFERED:
        with speaking(spoken):
            assert tag() == spoken
            assert "2026" in day(date(2026, 3, 1))
            assert len({month_name(one) for one in range(1, 13)}) == 12


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de-AT"),
        ("en-US,en;q=0.9", "en"),
        ("it,fr-CH;q=0.5", "fr-CH"),
        ("de;q=0.2,es;q=0.8", "es"),
        ("de;q=0", ""),
        ("de;q=x,es;q=0.2", "es"),
        ("de-XX", "de"),
        ("zh, *", ""),
        ("", ""),
        (", ;q=1, ,", ""),
        ("../../etc/passwd,de_at", "de-AT"),
    ],
)
def test_a_browser_gets_what_it_likes_best_of_what_we_speak(accepted: str, spoken: str) -> None:
    assert negotiated(accepted) == spoken


def test_a_language_is_known_by_its_tag_alone() -> None:
    assert [known(text) for text in ("de_at", "DE-AT", " fr ", "german", "", "x" * 99)] == [
        "de-AT",
        "de-AT",
        "fr",
        "",
        "",
        "",
    ]
    with speaking("klingon"):
        assert tag() == "en"
