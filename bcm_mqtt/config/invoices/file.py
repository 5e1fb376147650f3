"""A file of invoices: by its name's end YAML or CSV."""

from collections.abc import Mapping, Sequence
from os import environ
from pathlib import Path

from bcm_mqtt.config.directory.csv_rows import content_of, text_of
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
        source = str(file)
        return invoices_of_csv(text_of(content_of(file), source), source, currency)
    return _each_once(yaml_invoices(file, currency, environment), str(file))


def invoices_of_csv(text: str, source: str, currency: str) -> list[Invoice]:
    """The invoices of the text of a CSV file, in its order.

    Args:
        text: Of the file.
        source: Its name, for problems.
        currency: Of invoices that state none.

    Raises:
        InputError: every problem of the file.
    """
    return _each_once(csv_invoices(text, source, currency), source)


def _each_once(placed: Sequence[tuple[Invoice, int]], source: str) -> list[Invoice]:
    lines = dict[tuple[str, str], int]()
    problems = []
    for invoice, line in placed:
        key = invoice.supplier, invoice.number
        if key in lines:
            message = f"invoice {invoice.number} is there twice (see line {lines[key]})"
            problems.append(Problem(source, line, "number", message))
        lines.setdefault(key, line)
    if problems:
        raise InputError(problems)
    return [invoice for invoice, _ in placed]
