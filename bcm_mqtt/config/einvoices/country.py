"""Countries, as ISO 3166 has them."""

import re

import voluptuous as vol


def country(value: object) -> str:
    """An ISO 3166 code of two letters."""
    if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}", value):
        return value
    message = "expected a country code of two letters such as US, in quotes where it is NO"
    raise vol.Invalid(message)
