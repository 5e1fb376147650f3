"""A bill in four languages: texts, figures, money and dates; and the same when printed later."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from html import unescape
from re import sub

import pytest

from bcm_mqtt.billing.evidence.visible import shown_by
from bcm_mqtt.billing.issue.plain import plain, restored
from bcm_mqtt.billing.reports.csv_report import csv_report
from bcm_mqtt.billing.reports.html_report import html_bill
from bcm_mqtt.billing.reports.pdf_report import pdf_bill
from bcm_mqtt.billing.wording.findings import detail, hold
from bcm_mqtt.billing.wording.lines import basis, label
from bcm_mqtt.billing.wording.uncertainty import basis as uncertain
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.rating.line_kind import LineKind
from bcm_mqtt.domain.rating.lines import BillLine
from bcm_mqtt.domain.usage.usage import Coverage
from bcm_mqtt.languages import speaking
from unit.billing import example_bill as example

TIMES = "\N{MULTIPLICATION SIGN}"
NARROW, SPACE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
ENERGY = BillLine(
    label="Energy, HT, 1,000 to 2,500.5 kWh, 2026-03-01 to 2026-03-15",
    quantity=Decimal("1234.560"),
    unit="kWh",
    price=Decimal("0.2800"),
    amount=Decimal("1234.56"),
    coverage=Coverage(Decimal(10), Decimal(0), Decimal(0)),
)
TAX = BillLine(
    label="VAT 7.7 %",
    quantity=Decimal("1234.56"),
    unit="EUR",
    price=Decimal("0.077"),
    amount=Decimal("95.06"),
    kind=LineKind.TAX,
)


def bill(language: str) -> Bill:
    one = example.issued(example.bill(2))
    customer = replace(one.customer, language=language)
    return replace(one, customer=customer, currency="EUR", lines=(ENERGY, TAX))


def text_of(page: str) -> str:
    return sub(r"[ \n]+", " ", unescape(sub("<[^>]*>", " ", page.partition("</style>")[2])))


PRINTED = {
    "": (
        'lang="en"',
        "Bill March 2026",
        "Energy, HT, 1,000 to 2,500.5 kWh, 2026-03-01 to 2026-03-15",
        "1,234.560 kWh",
        "EUR 0.28 per kWh",
        "EUR 1,234.56",
        "VAT 7.7 %",
        "Payable by 2026-05-01",
    ),
    "de": (
        'lang="de"',
        "Rechnung März 2026",
        "Wirkarbeit, HT, 1.000 bis 2.500,5 kWh, 01.03.2026 bis 15.03.2026",
        "1.234,560 kWh",
        f"0,28{SPACE}€ je kWh",
        f"1.234,56{SPACE}€",
        f"VAT 7,7{SPACE}%",
        "Zahlbar bis 01.05.2026",
    ),
    "fr": (
        'lang="fr"',
        "Facture mars 2026",
        f"Énergie active, HT, de 1{NARROW}000 à 2{NARROW}500,5 kWh, du 01/03/2026 au 15/03/2026",
        f"1{NARROW}234,560 kWh",
        f"0,28{SPACE}€ par kWh",
        f"1{NARROW}234,56{SPACE}€",
        f"VAT 7,7{SPACE}%",
        "À payer avant le 01/05/2026",
    ),
    "es": (
        'lang="es"',
        "Factura marzo de 2026",
        "Energía activa, HT, de 1.000 a 2.500,5 kWh, del 1/3/2026 al 15/3/2026",
        "1.234,560 kWh",
        f"0,28{SPACE}€ por kWh",
        f"1.234,56{SPACE}€",
        f"VAT 7,7{SPACE}%",
        "Fecha de vencimiento 1/5/2026",
    ),
}


@pytest.mark.parametrize("language", ["", "de", "fr", "es"])
def test_a_bill_is_in_the_language_of_its_customer(language: str) -> None:
    page = html_bill(bill(language), example.ISSUER, example.MADE)

    shown = page + text_of(page)
    assert [text for text in PRINTED[language] if text not in shown] == []


@pytest.mark.parametrize("language", ["", "de", "fr", "es"])
def test_an_issued_bill_is_the_same_again_whoever_prints_it(language: str) -> None:
    one = bill(language)
    again = restored(Bill, plain(one))

    with speaking("es"):
        assert html_bill(again, example.ISSUER, example.MADE) == html_bill(
            one, example.ISSUER, example.MADE
        )
    content = pdf_bill(one, example.ISSUER, example.MADE)
    with speaking("fr"):
        assert pdf_bill(one, example.ISSUER, example.MADE) == content
    words = shown_by(content)
    assert PRINTED[language][1] in " ".join(words.only_words)
    assert list(words.words) == ["17"]  # the number of the bill is found in any language


def test_files_for_programs_stay_as_they_are_whatever_the_language() -> None:
    site = example.site(bill("de"))
    english = csv_report(site, example.ISSUER.zone)

    with speaking("fr"):
        assert csv_report(site, example.ISSUER.zone) == english
    assert "Energy, HT" in english


@pytest.mark.parametrize(
    ("said", "stored", "german"),
    [
        (label, "Demand, each circuit's own, HT", "Leistung, Höchstwert jedes Stromkreises, HT"),
        (
            basis,
            "max(5.000 measured, 0.8 x 6,000.000 of 2026-02)",
            f"größter Wert von 5,000 gemessen und 0,8 {TIMES} 6.000,000 vom Feb. 2026",
        ),
        (
            detail,
            "pole 3: 12 intervals, up to 23.4 A (and 2 more)",
            "Pol 3: 12 Intervalle, bis 23,4 A (und 2 weitere)",
        ),
        (
            uncertain,
            "class of meter not stated: 1 %, CT of class 0.5 of 200 A",
            f"Klasse des Zählers nicht angegeben: 1{SPACE}%, Wandler der Klasse 0,5 mit 200 A",
        ),
        (
            detail,
            "1 day: power factor -0.33, 1,234 W, -40 W on poles 1, 3",
            "1 Tag: Leistungsfaktor -0,33, 1.234 W, -40 W an den Polen 1, 3",
        ),
        (
            hold,
            "rpp-1a:5: A spike: 12.3 kW, the third highest is 4.5 kW",
            "rpp-1a:5: Ein Ausreißer: 12,3 kW, der dritthöchste Wert ist 4,5 kW",
        ),
        (
            basis,
            "100.00 + 20.00 x 5 h of 7 h, less 90.50 of the lines above",
            "100,00 + 20,00 x 5 h of 7 h, abzüglich 90,50 der Positionen oben",
        ),
        (
            basis,
            "greatest 15 minutes of each circuit: 1.250 + 2.000",
            "höchste 15 Minuten jedes Stromkreises: 1,250 + 2,000",
        ),
        (label, "Metering service", "Metering service"),
    ],
    ids=lambda value: None if isinstance(value, str) else value.__name__,
)
def test_a_stored_text_is_said_again_with_its_values(
    said: Callable[[str], str], stored: str, german: str
) -> None:
    with speaking("de"):
        assert said(stored) == german
    assert said(stored) == stored
