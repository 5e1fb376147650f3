"""What an explanation shows: steps, each with the link to where it is explained further."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bcm_mqtt.billing.explaining.steps import FigureQuery, Section, Step
from bcm_mqtt.billing.pages.words import time
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.web.billing.words import why


@dataclass(frozen=True, slots=True)
class StepRow:
    """One figure."""

    what: str
    value: str
    unit: str
    formula: str
    note: str
    href: str
    sum: bool


@dataclass(frozen=True, slots=True)
class SectionView:
    """Figures under a title."""

    title: str
    steps: tuple[StepRow, ...]


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """An explanation; `path` leads from the whole bill to it."""

    site: str
    month: str
    title: str
    customer: str
    path: tuple[tuple[str, str], ...]
    sections: tuple[SectionView, ...]


def explanation_view(
    site: str, bill: Bill, asked: FigureQuery, found: Sequence[Section], zone: ZoneInfo
) -> ExplanationView:
    """The page of an explanation."""
    customer = bill.customer.id
    return ExplanationView(
        site=site,
        month=str(bill.month),
        title=f"{bill.month.first_day:%B %Y}",
        customer=customer,
        path=tuple(_path(customer, asked, zone)),
        sections=tuple(
            SectionView(section.title, tuple(_step(customer, step) for step in section.steps))
            for section in found
        ),
    )


def _step(customer: str, step: Step) -> StepRow:
    href = why(customer, step.see) if step.see else ""
    return StepRow(
        step.what,
        step.value,
        step.unit,
        step.formula,
        step.note,
        href,
        step.formula.startswith("sum of"),
    )


def _path(customer: str, asked: FigureQuery, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """From the whole bill to what is asked for."""
    yield "Bill", why(customer)
    if asked.line is not None:
        yield f"Line {asked.line}", why(customer, FigureQuery(line=asked.line))
    if asked.circuit:
        panel, pole = asked.circuit
        yield f"{panel}:{pole}", why(customer, FigureQuery(circuit=asked.circuit))
        day = asked.day or (asked.at and asked.at.astimezone(zone).date())
        if day:
            yield str(day), why(customer, FigureQuery(circuit=asked.circuit, day=day))
    if asked.at:
        yield time(asked.at, zone)[11:], why(customer, asked)
