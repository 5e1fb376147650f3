"""`explain`: how a figure of a bill came about."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Literal

import click
from rich.text import Text

from bcm_mqtt.billing.explaining.steps import FigureQuery, Section, Step
from bcm_mqtt.cli.billed import billing_of
from bcm_mqtt.cli.output import put_json, say, table_or_json_option
from bcm_mqtt.cli.portfolio.choosing import SiteChoice, sites_options
from bcm_mqtt.cli.site import instant_given, month_given
from bcm_mqtt.cli.tables import console
from bcm_mqtt.config import Settings
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.formula.formula import circuit_id
from bcm_mqtt.errors import InputError

_PARTS = ("what", "value", "unit", "formula", "note")


@click.command(
    epilog="Example: bcm-mqtt explain 2026-03 Customer1 --circuit rpp-1a:1 --at 2026-03-05T14:15"
)
@click.argument("month", metavar="YYYY-MM")
@click.argument("customer")
@sites_options
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
    choice: SiteChoice,
    line: int | None,
    circuit: str | None,
    day_text: str | None,
    at_text: str | None,
    form: Literal["table", "json"],
) -> int:
    """Explain how figures of a customer's bill came about, formula by formula.

    Without options the whole bill: its lines, determinants and usage. With --portfolio and without
    --site, CUSTOMER is an account, and its bill of each site is explained.
    """
    period = month_given(month)
    where, day = _circuit(circuit), _day(day_text)
    sites = choice.load()
    joint = sites.account(customer) if sites.are_several else None
    if joint and joint.one_bill:
        only = {part: books for part, books in sites.joint.items() if books.account == joint}
        sites = replace(sites, settings={}, joint=only)
    documents = list[dict[str, object]]()

    def explain_at(site: str, settings: Settings) -> None:
        own = {**joint.customers, joint.part: joint.id}.get(site) if joint else customer
        if own is None:
            return
        at = instant_given("--at", at_text, settings.site.zone)
        query = FigureQuery(line, where, at, day)
        with billing_of(settings, joint=sites.joint.get(site)) as billing:
            sections = billing.explain(billing.bill(period, own), query)
            if billing.away:
                say(billing.away, err=True)
        if form == "table":
            if joint:
                say(f"{settings.site.name} ({site}), {own}")
            _print(sections)
        elif joint:
            documents.append({"site": site, "customer": own, "sections": _document(sections)})
        else:
            put_json(_document(sections))

    status = sites.each_books(explain_at)
    if joint and form == "json":
        put_json(documents)
    return status


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


def _circuit(text: str | None) -> tuple[str, CircuitId] | None:
    if text is None:
        return None
    panel, _, pole = text.rpartition(":")
    try:
        return panel, circuit_id(pole)
    except ValueError:
        expected = "expected PANEL:POLE such as rpp-1a:1, or PANEL:f-name of a formula"
        raise InputError.of(f"--circuit {text!r}: {expected}") from None
