"""`letter`: what the letters of a seller, or of a site that issues bills itself, look like."""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from string import Template
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.config.mail import language
from bcm_mqtt.config.sellers.logo import logo_of
from bcm_mqtt.domain.bill.letterhead import Letterhead, LetterText, OwnText
from bcm_mqtt.domain.bill.payment import PayeeAccount, PayeeAddress, iban_of
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, KeyPath

PLACEHOLDERS: Final = ("number", "month", "customer", "seller", "site")
"""What a text of the site's own may name; billing.pages.letters fills them in."""
_LONGEST_HOLDER: Final = 70
_WHITE: Final = 255


def _colour(value: object) -> str:
    """Dark enough for words on white paper: WCAG's contrast of 4.5."""
    if isinstance(value, str) and re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        parts = [int(value[at : at + 2], 16) / _WHITE for at in (1, 3, 5)]
        light = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        ]
        if 1.05 / (0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] + 0.05) >= 4.5:
            return value.lower()
        message = "expected a darker colour: words in it are hard to read on white paper"
        raise vol.Invalid(message)
    message = 'expected a colour such as "#0a5c8a", in quotes'
    raise vol.Invalid(message)


def _holder(value: object) -> str:
    text = values.text(value)
    if len(text) <= _LONGEST_HOLDER:
        return text
    message = f"expected at most {_LONGEST_HOLDER} characters, as codes for banking apps have room"
    raise vol.Invalid(message)


def _bic(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", value):
        return value
    message = "expected a BIC of 8 or 11 characters such as COBADEFF"
    raise vol.Invalid(message)


def _spoken(value: object) -> dict[str, str]:
    """A text for every language, or one by language."""
    if isinstance(value, dict) and value:
        return {language(key): _template(text) for key, text in value.items()}
    return {"": _template(value)}


def _template(value: object) -> str:
    text = values.lines(value)
    template = Template(text)
    named = set(template.get_identifiers()) if template.is_valid() else {"$"}
    if named - set(PLACEHOLDERS):
        known = ", ".join(f"${name}" for name in PLACEHOLDERS)
        message = f"expected a text with no $ but of {known} ($$ is a dollar sign)"
        raise vol.Invalid(message)
    return text


_OWN_TEXT: Final = vol.Schema({vol.Required("title"): _spoken, vol.Required("text"): _spoken})


def _text(value: object) -> LetterText | OwnText:
    if isinstance(value, dict):
        given = _OWN_TEXT(value)
        if given["title"].keys() == given["text"].keys():
            return OwnText(given["title"], given["text"])
        message = "expected the title in the languages of the text"
        raise vol.Invalid(message)
    if isinstance(value, str) and value in [*LetterText]:
        return LetterText(value)
    message = f"expected title and text, or one of {', '.join(LetterText)}"
    raise vol.Invalid(message)


LETTER: Final = {
    vol.Optional("logo"): values.text,
    vol.Optional("colour"): _colour,
    vol.Optional("contact", default=list): vol.Any(
        [values.text], vol.All(values.lines, str.splitlines)
    ),
    vol.Optional("pay_to"): {
        vol.Required("iban"): values.parsed(iban_of),
        vol.Optional("holder"): _holder,
        vol.Optional("bic"): _bic,
        vol.Optional("bank"): values.text,
        vol.Optional("address"): {
            vol.Optional("street"): values.text,
            vol.Optional("number"): values.text,
            vol.Required("post_code"): values.text,
            vol.Required("town"): values.text,
            vol.Required("country"): vol.Match(
                r"[A-Z]{2}$", msg="expected a country code of two letters such as CH"
            ),
        },
    },
    vol.Optional("texts", default=list): [_text],
    vol.Optional("complaints"): values.text,
    vol.Optional("then"): values.text,
}


def letterhead_of(data: Mapping[str, Any], folder: Path) -> Letterhead:
    """What a checked section says; without a logo where that cannot be read.

    Args:
        data: Of the section.
        folder: That the logo is relative to.
    """
    logo, shape = "", 1.0
    if "logo" in data:
        with suppress(ValueError):  # see letter_problems
            logo, shape = logo_of(folder / data["logo"])
    account = None
    if pay_to := data.get("pay_to"):
        given = pay_to.get("address")
        account = PayeeAccount(
            pay_to.get("holder", ""),
            pay_to["iban"],
            pay_to.get("bic", ""),
            pay_to.get("bank", ""),
            PayeeAddress(**{"street": "", "number": "", **given}) if given else None,
        )
    return Letterhead(
        logo=logo,
        logo_shape=shape,
        colour=data.get("colour", ""),
        contact=tuple(data.get("contact", ())),
        account=account,
        texts=tuple(data.get("texts", ())),
        complaints=data.get("complaints", ""),
        then=data.get("then", ""),
    )


def letter_problems(
    document: Document, sections: Mapping[KeyPath, Mapping[str, Any]], folder: Path
) -> list[Problem]:
    """What is wrong with the logo and between the keys of each section, by its place."""
    problems = []
    for path, data in sections.items():
        if "logo" in data:
            try:
                logo_of(folder / data["logo"])
            except ValueError as error:
                problems.append(document.problem((*path, "logo"), str(error)))
        if LetterText.COMPLAINTS in data.get("texts", ()) and not data.get("complaints"):
            message = "expected complaints: to whom customers turn, as texts name it"
            problems.append(document.problem((*path, "texts"), message))
    return problems
