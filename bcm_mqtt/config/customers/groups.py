"""Several tariffs of one customer: the keys of groups of circuits, and what is wrong with them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.domain.site.groups.tariff_group import TariffGroup
from bcm_mqtt.located import KeyPath

_CHOICES: Final = ("panels", "description", "circuits")


def _name(value: object) -> str:
    """What a group is called on bills."""
    found = values.line(value)
    if ":" in found or "@" in found:
        raise vol.Invalid("expected the name of a group without : and @")
    return found


def _circuit(value: object) -> str:
    """A circuit by its panel and a pole, or the id of a formula."""
    if not isinstance(value, str) or not re.fullmatch(
        r"[a-z0-9_-]+:([1-9][0-9]?|f-[a-z0-9_-]+)", value
    ):
        raise vol.Invalid("expected a panel and a pole or a formula, such as rpp-1a:3")
    return value


def _pattern(value: object) -> str:
    """A regular expression."""
    found = values.text(value)
    try:
        re.compile(found)
    except re.error as error:
        raise vol.Invalid(f"{found!r} is no regular expression: {error}") from None
    return found


GROUPS: Final = {
    _name: {
        vol.Required("tariff"): values.text,
        vol.Optional("panels", default=list): [values.panel_identifier],
        vol.Optional("description"): _pattern,
        vol.Optional("circuits", default=list): [_circuit],
        vol.Optional("committed_kw"): values.not_negative,
    }
}
"""Of a customer's `tariffs`, by the name of the group."""


def groups_of(given: Mapping[str, Any]) -> tuple[TariffGroup, ...]:
    """The groups of a customer's terms, in the order of the file."""
    return tuple(
        TariffGroup(
            name,
            value["tariff"],
            tuple(value["panels"]),
            value.get("description", ""),
            tuple(value["circuits"]),
            value.get("committed_kw"),
        )
        for name, value in given.items()
    )


def group_problems(terms: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Groups that choose no circuits, by their keys below the terms."""
    for name, value in terms.get("tariffs", {}).items():
        if not any(value.get(choice) for choice in _CHOICES):
            yield ("tariffs", name), "expected panels, description or circuits"
