"""Invoices as YAML: a list under `invoices`."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import voluptuous as vol

from bcm_mqtt.config import values
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.errors import InputError
from bcm_mqtt.located import Each, Shaped, read_yaml, validated


def _number(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        message = f'expected a text in quotes, such as "{value}": a number loses zeros before it'
        raise vol.Invalid(message)
    return values.line(value)


_COMPONENT: Final = {
    vol.Required("amount"): values.decimal,
    vol.Optional("kwh"): values.not_negative,
    vol.Optional("kw"): values.not_negative,
}
_INVOICES: Final = vol.Schema(
    {
        vol.Required("invoices"): Each(
            {
                vol.Required("supplier"): values.line,
                vol.Required("number"): _number,
                vol.Required("first_day"): values.day,
                vol.Required("last_day"): values.day,
                vol.Optional("currency"): values.currency,
                vol.Optional("kwh"): values.not_negative,
                vol.Optional("kw"): values.not_negative,
                vol.Optional("tax", default=0): values.decimal,
                vol.Required("components"): {
                    values.line: Shaped(values.decimal, mapping=_COMPONENT)
                },
            }
        )
    }
)


def yaml_invoices(
    file: Path, currency: str, environment: Mapping[str, str]
) -> list[tuple[Invoice, int]]:
    """The invoices, each with its line.

    Args:
        file: To read.
        currency: Of invoices that state none.
        environment: Where `!env` looks.

    Raises:
        InputError: every problem of the file.
    """
    document = read_yaml(file, environment=environment)
    found, problems = [], []
    for index, value in enumerate(validated(document, _INVOICES)["invoices"]):
        path = ("invoices", index)
        try:
            found.append((_invoice(value, currency), document.place(path).line))
        except ValueError as error:
            problems.append(document.problem(path, str(error)))
    if problems:
        raise InputError(problems)
    return found


def _invoice(value: Mapping[str, Any], currency: str) -> Invoice:
    return Invoice(
        supplier=value["supplier"],
        number=value["number"],
        start=value["first_day"],
        end=value["last_day"] + timedelta(days=1),
        currency=value.get("currency", currency),
        components=tuple(_component(name, one) for name, one in value["components"].items()),
        tax=Decimal(value["tax"]),
        kwh=value.get("kwh"),
        kw=value.get("kw"),
    )


def _component(name: str, value: Any) -> InvoiceComponent:
    if isinstance(value, Decimal):
        return InvoiceComponent(name, value)
    return InvoiceComponent(name, value["amount"], value.get("kwh"), value.get("kw"))
