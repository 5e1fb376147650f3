"""What commands print: lines for people, JSON for programs, and with `tables` tables and CSV.

All of it goes through these two: what came from elsewhere, such as a description
that an earlier release or a broker let in, must not move the cursor of a terminal.
"""

import json
from collections.abc import Callable
from typing import Literal, TypeVar

import click

from bcm_mqtt.domain.printable import shown_json, shown_lines

Format = Literal["table", "json", "csv"]
Cell = str | int | float | None
_Command = TypeVar("_Command", bound=Callable[..., object])


def _printed_as(*forms: str) -> Callable[[_Command], _Command]:
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default="table",
        show_default=True,
        help="How to print.",
    )


format_option = _printed_as("table", "json", "csv")
table_or_json_option = _printed_as("table", "json")
"""For what is no list of rows."""


def say(message: object = "", *, err: bool = False) -> None:
    """Prints lines for people, on standard error if asked."""
    click.echo(shown_lines(str(message)), err=err)


def put_json(document: object) -> None:
    """Prints a document for programs."""
    click.echo(shown_json(json.dumps(document, indent=2, ensure_ascii=False)))


def put_document(content: str | bytes) -> None:
    """Prints what else goes into a file; bytes are a report's, which has escaped its texts."""
    click.echo(shown_lines(content) if isinstance(content, str) else content, nl=False)
