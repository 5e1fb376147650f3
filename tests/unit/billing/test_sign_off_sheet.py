"""The sign-off sheet says in its language what a certificate says."""

from dataclasses import replace

from bcm_mqtt.billing.evidence.visible import words_of_our_pdf
from bcm_mqtt.billing.reports.sign_off_report import pdf_sign_off
from bcm_mqtt.billing.reports.sign_off_texts import said
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.commissioning.certificate import certificate
from bcm_mqtt.domain.commissioning.result import Result, Verdict
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.languages import speaking
from unit.builders import NEW_YORK, NOON, circuit, panel

FAULT = (
    "One leg is reversed: pole 3 the other way round: power factor 0.31, 9 W, -4 W on poles 1, 3"
)


def test_a_sheet_is_in_the_language_of_the_site() -> None:
    found = Result("rpp-1a", NOON, "1", "anna", Verdict.RIGHT, 1, 8_300, 990_000, fault=FAULT)
    directory = Directory(panel(poles=2), (circuit((1,), "Acme-R1"),))
    sheet = certificate(directory, [found], NOON, NEW_YORK)

    issuer = Issuer("DC 1", NEW_YORK, language="de")
    text = " ".join(words_of_our_pdf(pdf_sign_off([sheet], issuer, NOON)))
    english = " ".join(
        words_of_our_pdf(pdf_sign_off([sheet], replace(issuer, language="en"), NOON))
    )

    assert "Inbetriebnahme Standort DC 1 Blatt erstellt 20.11.2026 07:00" in text
    assert "richtig, +8,3 A" in text
    assert "Leistungsfaktor 0,31, 9 W, -4 W an den Polen 1, 3" in text
    assert FAULT in english


def test_what_is_wrong_with_power_is_said_after_its_title() -> None:
    with speaking("fr"):
        text = said(FAULT).replace("\N{NO-BREAK SPACE}", " ")

    assert text.endswith("facteur de puissance 0,31, 9 W, -4 W aux pôles 1, 3")
    assert "leg" not in text
