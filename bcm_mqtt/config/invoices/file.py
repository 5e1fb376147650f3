"""A file of invoices: by its name's end YAML or CSV."""

from collections.abc import Mapping
from os import environ
from pathlib import Path

from bcm_mqtt.config.invoices.csv_file import csv_invoices
from bcm_mqtt.config.invoices.yaml_file import yaml_invoices
from bcm_mqtt.domain.allocation.invoice import Invoice
from bcm_mqtt.errors import InputError, Problem


def read_invoices(
    file: Path, currency: str, environment: Mapping[str, str] = environ
) -> list[Invoice]:
    """The invoices of a file, in its order.

    Args:
        file: `*.csv`, or else YAML.
        currency: Of invoices that state none.
        environment: Where `!env` of YAML looks.

    Raises:
        InputError: every problem of the file.
    """
    if file.suffix.lower() == ".csv":
        placed = csv_invoices(file, currency)
    else:
        placed = yaml_invoices(file, currency, environment)
    lines = dict[tuple[str, str], int]()
    problems = []
    for invoice, line in placed:
        key = invoice.supplier, invoice.number
        if key in lines:
            message = f"invoice {invoice.number} is there twice (see line {lines[key]})"
            problems.append(Problem(str(file), line, "number", message))
        lines.setdefault(key, line)
    if problems:
        raise InputError(problems)
    return [invoice for invoice, _ in placed]
