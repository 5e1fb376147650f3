"""What bills, findings, tariffs and checks say in English is said in the reader's language."""

import pytest

from bcm_mqtt.billing.wording import findings, tariffs, work
from bcm_mqtt.billing.wording.lines import label
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.languages import ENGLISH, LANGUAGES, speaking

NO_BREAK = "\N{NO-BREAK SPACE}"


def plain(text: str) -> str:
    """With spaces that any test can be written with."""
    return text.replace(NO_BREAK, " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "pole 3: 2589 intervals, up to 1,030.5 A",
            "à 1 030,5 A",
        ),
        (
            "50.250 kWh on 2026-03-04, like days before it had 12.000 kWh",
            "50,250 kWh le 04/03/2026",
        ),
        ("pole 7: from 12.500 to 0.000 kWh (and 2 more)", "de 12,500 à 0,000 kWh"),
        (
            "pole 3 is on breakers 1+3 and 3+5 at the same time",
            "le pôle 3 est sur les disjoncteurs 1+3 et 3+5 en même temps",
        ),
    ],
)
def test_the_figures_of_a_finding(english: str, french: str) -> None:
    with speaking("fr"):
        assert french in plain(findings.detail(english))
    assert findings.detail(english) == english


def test_the_reason_of_a_hold_names_place_finding_and_figures() -> None:
    text = f"rpp-1a:1+3: {Flag.REVERSED.meaning.title}: -12.5 kWh in 3.25 h, down to -1,200 W"
    with speaking("de"):
        assert plain(findings.hold(text)).startswith(
            "rpp-1a:1+3: Leistung oder Energie läuft rückwärts: "
        )
        assert "1.200 W" in findings.hold(text)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != ENGLISH])
def test_every_flag_has_a_name_a_title_and_an_advice(language: str) -> None:
    english = [each(flag) for flag in Flag for each in EACH]
    with speaking(language):
        spoken = [each(flag) for flag in Flag for each in EACH]
    assert [one for one, other in zip(english, spoken, strict=True) if one == other] == []


EACH = (findings.name, findings.title, findings.advice)


def test_a_name_is_that_of_its_flag() -> None:
    assert [findings.name(flag) for flag in Flag] == [flag.value.replace("_", " ") for flag in Flag]


@pytest.mark.parametrize(
    ("terms", "german"),
    [
        (("Energy, on-peak up to 1000 kWh", "USD 0.1185 per kWh"), "0,1185 USD je kWh"),
        (("Demand, on-peak", "USD 1,011.50 per kW and month"), "1.011,50 USD je kW und Monat"),
        (("VAT", "19 %"), "19 %"),
        (("Overhead factor", "1.4"), "1,4"),
    ],
)
def test_what_a_tariff_charges(terms: tuple[str, str], german: str) -> None:
    with speaking("de"):
        name, price = tariffs.charge(terms)
        assert plain(price) == german
    assert tariffs.charge(terms) == terms
    assert name == "VAT" or name != terms[0]  # a name that people gave stays


def test_what_was_done_changed_and_checked() -> None:
    with speaking("fr"):
        assert plain(work.outcome("bill 12345: Suite 2.10, 1,105.65 USD")) == (
            "facture 12345 : Suite 2.10, 1 105,65 USD"
        )
        held = work.outcome(
            "C was not issued, it is held for review: 12.90 % of the energy is estimated, more "
            "than 5 %; rpp-1a:3: A spike: 3.600 kW, the third highest is 1.200 kW"
        )
        assert "12,90 % de l" in plain(held)
        assert "rpp-1a:3 : Un pic : 3,600 kW, la troisième" in plain(held)
        assert "répertoire de rpp-1a" in work.change("the directory of rpp-1a")
        file = work.checked("The file is of no bill that is known here. It says that it is bill 7.")
        assert "connue ici. Il dit être la facture 7." in file
        differs = work.checked("after “Total No. 3” the file has “1.50”, issued was nothing")
        assert "« 1.50 », il avait été émis rien" in plain(differs)


@pytest.mark.parametrize("name", ["Service", "Circuits", "B: Service"])
def test_a_name_that_a_catalogue_has_too_stays_as_people_gave_it(name: str) -> None:
    with speaking("de"):
        assert label(name) == name
        assert label(f"{name}, 2026-03-01 to 2026-03-10") == f"{name}, 01.03.2026 bis 10.03.2026"
