"""Items of customers: their keys, and what is wrong with them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.domain.site.customer_item import (
    CustomerItem,
    InvoicedTax,
    ItemKind,
    item_problems,
)
from bcm_mqtt.located import Each, KeyPath

_KINDS: Final = [kind.value for kind in ItemKind]

ITEM: Final = {
    vol.Required("name"): values.line,
    vol.Required("amount"): values.decimal,
    vol.Required("by"): values.line,
    vol.Optional("kind", default=ItemKind.CHARGE.value): vol.In(
        _KINDS, msg="expected charge, deposit or advance"
    ),
    vol.Optional("on"): values.day,
    vol.Optional("from"): values.day,
    vol.Optional("until"): values.day,
    vol.Optional("prorate", default=True): values.boolean,
    vol.Optional("taxed"): values.boolean,
    vol.Optional("taxes"): Each(
        {vol.Required("name"): values.line, vol.Required("percent"): values.not_negative}
    ),
    vol.Optional("reference"): values.line,
    vol.Optional("entered"): values.day,
    vol.Optional("note"): values.line,
}
"""Of a customer: charged once `on` a day, or each month `from` a day on."""


def items_of(given: Sequence[Mapping[str, Any]]) -> tuple[CustomerItem, ...]:
    """The items that have a day, in the order of the file."""
    return tuple(_item(one) for one in given if _is_dated(one))


def _is_dated(value: Mapping[str, Any]) -> bool:
    return ("on" in value) != ("from" in value) and ("until" not in value or "from" in value)


def _item(value: Mapping[str, Any]) -> CustomerItem:
    once, kind = value.get("on"), ItemKind(value["kind"])
    return CustomerItem(
        name=value["name"],
        amount=value["amount"],
        first=once or value["from"],
        last=once or value.get("until"),
        monthly=once is None,
        prorate=value["prorate"],
        taxed=value.get("taxed", kind is ItemKind.CHARGE),
        by=value["by"],
        entered=value.get("entered"),
        note=value.get("note", ""),
        kind=kind,
        reference=value.get("reference", ""),
        taxes=tuple(InvoicedTax(one["name"], one["percent"]) for one in value.get("taxes", ())),
    )


def problems_of_items(given: Sequence[Mapping[str, Any]]) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong, each with the index of the item."""
    for index, one in enumerate(given):
        if not _is_dated(one):
            yield (index,), "expected on, or from with or without until"
        for message in _of_kind(one):
            yield (index,), message
    if all(map(_is_dated, given)):
        for index, message in item_problems(items_of(given)):
            yield (index,), message


def _of_kind(one: Mapping[str, Any]) -> Iterator[str]:
    """Why deposits and advance payments are none."""
    kind = ItemKind(one["kind"])
    if kind is not ItemKind.ADVANCE and "taxes" in one:
        yield "taxes are of an advance payment: expected kind: advance"
    if kind is ItemKind.CHARGE:
        return
    if "on" not in one and "from" in one:
        yield f"expected on: {kind.value}s come once"
    if one.get("taxed"):
        yield f"expected no taxed: the tariff's taxes are on no {kind.value}"
    if kind is ItemKind.ADVANCE and one["amount"] <= 0:
        yield "expected the net amount of the advance payment's invoice, above 0: it is taken off"
    if kind is ItemKind.ADVANCE and not one.get("reference"):
        yield "expected reference: the number of the advance payment's invoice"
