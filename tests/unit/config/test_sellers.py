"""Sellers and the home database, as the configuration names them."""

from datetime import date
from pathlib import Path

import pytest

from bcm_mqtt.cli.stored import site_store
from bcm_mqtt.config import load
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import LedgerPart
from unit.site_files import write_site

TWO = """
sellers:
  acme: {name: "ACME Energy, Inc.", address: [1 Dock Street, Newark], tax_id: US-1}
  other: {name: Other GmbH, series: o-2026}
"""


def site(folder: Path, more: str = "", seller: str = "") -> Path:
    """A site that names a seller."""
    config = write_site(folder)
    text = config.read_text()
    named = f"currency: USD, seller: {seller}}}" if seller else "currency: USD}"
    config.write_text(text.replace("currency: USD}", named) + more)
    return config


def problems(config: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(config)
    return [line.removeprefix(f"{config}:") for line in caught.value.lines()]


def test_a_site_without_sellers_is_as_it_was(tmp_path: Path) -> None:
    settings = load(site(tmp_path))
    assert (settings.seller, settings.home_url) == (None, "")
    assert (settings.issuer.head, settings.issuer.lines) == ("Data Center 1", ())
    store = site_store(settings)
    assert (store.has_home, store.ledger.part) == (False, LedgerPart())


def test_bills_are_headed_by_the_seller_and_name_the_site(tmp_path: Path) -> None:
    settings = load(site(tmp_path, TWO, "acme"))
    assert settings.seller
    assert settings.issuer.head == "ACME Energy, Inc."
    assert settings.issuer.lines == ("1 Dock Street", "Newark", "Data Center 1")
    assert (settings.issuer.name, settings.issuer.tax_id) == ("Data Center 1", "US-1")
    assert site_store(settings).ledger.part == LedgerPart("", "acme", may_begin=False)
    other = load(site(tmp_path, TWO, "other"))
    assert site_store(other).ledger.part == LedgerPart("", "o-2026", may_begin=True)


def test_the_only_seller_need_not_be_named_and_may_go_on_with_the_numbers(tmp_path: Path) -> None:
    settings = load(site(tmp_path, "sellers: {acme: {name: ACME, series: ''}}\n"))
    assert site_store(settings).ledger.part == LedgerPart("", "", may_begin=True)


def test_what_is_wrong_with_sellers_is_said_at_its_line(tmp_path: Path) -> None:
    assert problems(site(tmp_path, TWO, "acne")) == [
        "1: site.seller: unknown seller 'acne': expected one of acme, other"
    ]
    assert problems(site(tmp_path, TWO)) == [
        "1: site.seller: is required: expected one of acme, other"
    ]
    same = TWO.replace("o-2026", "acme")
    assert problems(site(tmp_path, same, "acme")) == [
        "16: sellers.other: has the number series 'acme', as acme has: expected a series of its own"
    ]
    [line] = problems(site(tmp_path, TWO.replace("o-2026", "'A B'"), "acme"))
    expected = 'expected an id such as acme, or ""'
    assert line == f"16: sellers.other.series: {expected}, not 'A B'"


def test_a_home_database_is_beside_the_configuration_or_at_a_url(tmp_path: Path) -> None:
    config = site(tmp_path)
    text, own = config.read_text(), f"sqlite:///{tmp_path}/bcm.db"
    config.write_text(text.replace(f'url: "{own}"', f'url: "{own}", home_url: "sqlite:///home.db"'))
    settings = load(config)
    assert settings.home_url == f"sqlite:///{tmp_path}/home.db"
    store = site_store(settings)
    assert (store.has_home, store.ledger.part) == (True, LedgerPart("dc1"))
    assert store.ledger.database.shown_url == settings.home_url
    config.write_text(text.replace(f'url: "{own}"', f'url: "{own}", home_url: "{own}"'))
    office = site_store(load(config))
    assert (office.has_home, office.ledger.part) == (False, LedgerPart())
    config.write_text(text.replace(f'url: "{own}"', f'url: "{own}", home_url: "mysql://x"'))
    [line] = problems(config)
    assert line.startswith("3: database.home_url: expected sqlite:///data/bcm.db or postgresql")


FORMATS = """
sellers:
  acme: {name: ACME, numbers: {bills: "{year}-{count:4}", credit_notes: "CN-{year}-{count:4}"}}
"""


def formats(folder: Path, numbers: str, more: str = "", seller: str = "") -> Path:
    config = site(folder, more, seller)
    named = f"default_tariff: standard, numbers: {numbers}"
    config.write_text(config.read_text().replace("default_tariff: standard", named))
    return config


def test_numbers_are_printed_by_the_format_of_the_seller_or_of_the_site(tmp_path: Path) -> None:
    numbering = load(formats(tmp_path, "{bills: 'B{number}'}", FORMATS, "acme")).terms.numbering
    assert numbering.bills
    assert numbering.credit_notes
    assert numbering.bills.written(17, date(2026, 3, 1)) == "2026-0017"
    assert numbering.credit_notes.written(3, date(2026, 3, 1)) == "CN-2026-0003"
    numbering = load(formats(tmp_path, "{bills: 'B{number}'}")).terms.numbering
    assert numbering.bills
    assert numbering.bills.written(17, date(2026, 3, 1)) == "B17"


def test_a_format_by_which_a_number_could_repeat_is_refused_at_its_line(tmp_path: Path) -> None:
    assert problems(formats(tmp_path, "{bills: 'B-{count}'}")) == [
        (
            "12: billing.numbers.bills: expected a format such as {year}-{count:4}: {count} begins "
            "again each year, so numbers repeat without {year}, not 'B-{count}'"
        ),
    ]
    text = "{bills: '{year}-{number}', credit_notes: '{year}-{number:6}'}"
    assert problems(formats(tmp_path, text)) == [
        (
            "12: billing.numbers.credit_notes: a credit note could have the number of a bill: "
            "expected another format, such as CN-{year}-{number:6}"
        ),
    ]
