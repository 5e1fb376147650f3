"""`explain`: how a figure of a bill came about."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal

import click
from rich.text import Text

from bcm_mqtt.billing.explaining.steps import FigureQuery, Section, Step
from bcm_mqtt.cli.billed import billing_of
from bcm_mqtt.cli.output import put_json, table_or_json_option
from bcm_mqtt.cli.site import config_option, instant_given, month_given
from bcm_mqtt.cli.tables import console
from bcm_mqtt.config import load
from bcm_mqtt.errors import InputError

_PARTS = ("what", "value", "unit", "formula", "note")


@click.command(
    epilog="Example: bcm-mqtt explain 2026-03 Customer1 --circuit rpp-1a:1 --at 2026-03-05T14:15"
)
@click.argument("month", metavar="YYYY-MM")
@click.argument("customer")
@config_option
@click.option("--line", type=click.IntRange(min=1), metavar="N", help="A line of the bill.")
@click.option("--circuit", metavar="PANEL:POLE", help="A circuit's days and incomplete intervals.")
@click.option("--day", "day_text", metavar="DATE", help="The circuit's intervals of a local day.")
@click.option(
    "--at",
    "at_text",
    metavar="TIME",
    help="Fifteen minutes, local: of the circuit down to its registers, or of all together.",
)
@table_or_json_option
def explain(
    month: str,
    customer: str,
    config: Path,
    line: int | None,
    circuit: str | None,
    day_text: str | None,
    at_text: str | None,
    form: Literal["table", "json"],
) -> None:
    """Explain how figures of a customer's bill came about, formula by formula.

    Without options the whole bill: its lines, determinants and usage.
    """
    period = month_given(month)
    settings = load(config)
    at = instant_given("--at", at_text, settings.site.zone)
    query = FigureQuery(line, _circuit(circuit), at, _day(day_text))
    with billing_of(settings) as billing:
        sections = billing.explain(billing.bill(period, customer), query)
    if form == "json":
        put_json(_document(sections))
    else:
        _print(sections)


def _print(sections: Iterable[Section]) -> None:
    out = console()
    for section in sections:
        out.print(Text(section.title, style="bold"), soft_wrap=True)
        for step in section.steps:
            out.print(_line(step), soft_wrap=True)
        out.print()


def _line(step: Step) -> Text:
    """Indented: `what: formula = value unit (note)`."""
    text = Text(f"  {step.what}")
    if step.value:
        formula = f"{step.formula} = " if step.formula else ""
        text.append(f": {formula}")
        text.append(f"{step.value} {step.unit}".rstrip(), style="bold")
    if step.note:
        text.append(f" ({step.note})" if step.value else f": {step.note}", style="dim")
    return text


def _document(sections: Iterable[Section]) -> list[dict[str, object]]:
    return [
        {
            "title": section.title,
            "steps": [{name: getattr(step, name) for name in _PARTS} for step in section.steps],
        }
        for section in sections
    ]


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InputError.of(f"--day {text!r}: expected a date such as 2026-03-10") from None


def _circuit(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    panel, _, pole = text.rpartition(":")
    if panel and pole.isascii() and pole.isdecimal():
        return panel, int(pole)
    raise InputError.of(f"--circuit {text!r}: expected PANEL:POLE such as rpp-1a:1")
