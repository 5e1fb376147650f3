"""The letters of a site and of sellers, as the configuration describes them."""

import struct
from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.config.sellers.logo import logo_of
from bcm_mqtt.domain.bill.letterhead import LetterText, OwnText
from bcm_mqtt.errors import InputError
from unit.site_files import write_site

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><path d="M0 0h40v10z"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 30, 20, 8, 2, 0, 0, 0)
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x14\x00\x1e\x03" + b"\0" * 12
LETTER = """
  letter:
    logo: logo.svg
    colour: "#7A1F5C"
    contact: [+49 30 1234, billing@acme.example]
    pay_to: {iban: DE89 3704 0044 0532 0130 00, bic: COBADEFFXXX, bank: Commerzbank}
    texts:
      - not-from-the-utility
      - complaints
      - {title: {en: Notice, de: Hinweis}, text: {en: "Of $site.", de: "Von $site."}}
      - {title: Terms, text: "See $number."}
    complaints: billing@acme.example
"""


def site(folder: Path, letter: str = LETTER) -> Path:
    config = write_site(folder)
    text = config.read_text().replace(
        "billing: {default_tariff: standard}", f"billing:\n  default_tariff: standard{letter}"
    )
    config.write_text(text)
    (folder / "logo.svg").write_text(SVG)
    return config


def problems(config: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(config)
    return [line.removeprefix(f"{config}:") for line in caught.value.lines()]


def test_a_letter_has_logo_colour_contact_account_and_texts(tmp_path: Path) -> None:
    letterhead = load(site(tmp_path)).issuer.letterhead
    assert (letterhead.logo, letterhead.logo_shape, letterhead.colour) == (SVG, 4.0, "#7a1f5c")
    assert letterhead.contact == ("+49 30 1234", "billing@acme.example")
    assert letterhead.account
    assert letterhead.account.iban == "DE89370400440532013000"
    notice, terms = letterhead.texts[2:]
    assert letterhead.texts[:2] == (LetterText.NOT_FROM_THE_UTILITY, LetterText.COMPLAINTS)
    assert isinstance(notice, OwnText)
    assert isinstance(terms, OwnText)
    spoken = [notice.spoken(tag) for tag in ("de-AT", "en", "fr")]
    assert spoken == [("Hinweis", "Von $site."), ("Notice", "Of $site."), ("Notice", "Of $site.")]
    assert terms.spoken("es") == ("Terms", "See $number.")


def test_a_seller_has_a_letter_of_its_own(tmp_path: Path) -> None:
    config = site(tmp_path)
    config.write_text(
        f"{config.read_text()}sellers: {{acme: {{name: A, letter: {{contact: [B]}}}}}}\n"
    )
    assert load(config).issuer.letterhead.contact == ("B",)
    assert load(config).issuer.letterhead.logo == ""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("logo: logo.svg", "logo: no.svg", "letter.logo: no such file"),
        ('"#7A1F5C"', '"#ffd400"', "letter.colour: expected a darker colour"),
        ('"#7A1F5C"', "red", "letter.colour: expected a colour such as"),
        ("DE89 3704", "DE88 3704", "letter.pay_to.iban: expected an IBAN: its check digits"),
        ("COBADEFFXXX", "COBA", "letter.pay_to.bic: expected a BIC of 8 or 11 characters"),
        ("$number", "$amount", "letter.texts.3.text: expected a text with no $ but of $number"),
        ("text: {en: ", "text: {fr: ", "letter.texts.2: expected the title in the languages"),
        ("- complaints\n", "- complain\n", "letter.texts.1: expected title and text, or one of"),
        ("complaints: billing@acme.example", "contact2: x", "letter.contact2: unknown key"),
        (
            "    complaints: billing@acme.example\n",
            "",
            "letter.texts: expected complaints: to whom",
        ),
    ],
)
def test_what_is_wrong_with_a_letter_is_one_line(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    found = problems(site(tmp_path, LETTER.replace(before, after, 1)))
    assert len(found) <= 2
    assert any(said in line for line in found), found


def test_pixels_are_a_logo_too(tmp_path: Path) -> None:
    for name, content in (("a.png", PNG), ("a.jpg", JPEG)):
        (tmp_path / name).write_bytes(content)
        svg, shape = logo_of(tmp_path / name)
        assert shape == 1.5
        assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><image')


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "expected a PNG, JPEG or SVG file of at most 300 kB"),
        (b"GIF89a", "expected a PNG, JPEG or SVG file"),
        (b"\xff\xd8\xff", "expected a PNG, JPEG or SVG file"),
        (SVG.encode() + b" " * 300_000, "at most 300 kB"),
        (SVG.replace("<path", "<script").encode(), "a logo loads and runs nothing"),
        (SVG.replace("<path", '<image href="http://a"/><path').encode(), "loads and runs nothing"),
        (SVG.replace("<path", '<path onload="x()"').encode(), "loads and runs nothing"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG.encode(), "loads and runs nothing"),
        (SVG.replace('viewBox="0 0 40 10"', "").encode(), "a viewBox or its width and height"),
        (SVG.replace("0 0 40 10", "0 0 0 0").encode(), "a viewBox or its width and height"),
    ],
)
def test_what_is_more_or_less_than_a_picture_is_refused(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "logo").write_bytes(content)
    with pytest.raises(ValueError, match="expected a PNG") as caught:
        logo_of(tmp_path / "logo")
    assert said in str(caught.value)
