"""`numbers`: how the numbers of a seller's documents are printed."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.domain.bill.numbering import NumberFormat, Numbering
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, KeyPath

NUMBERS: Final = {
    vol.Optional("bills"): values.parsed(NumberFormat.parse),
    vol.Optional("credit_notes"): values.parsed(NumberFormat.parse),
}


def numbering_of(data: Mapping[str, Any]) -> Numbering:
    """The formats of a checked section."""
    return Numbering(data.get("bills"), data.get("credit_notes"))


def number_problems(
    document: Document, sections: Mapping[KeyPath, Mapping[str, Any]]
) -> list[Problem]:
    """What is wrong between the formats of each section, by its place."""
    problems = {
        (*path, "credit_notes"): numbering_of(data).problem for path, data in sections.items()
    }
    return [document.problem(path, text) for path, text in problems.items() if text]
