"""How a figure of a bill came about, as data and as a page, and the links that lead there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.explaining.steps import SUM, FigureQuery, Section, Step
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.formula.formula import circuit_id
from bcm_mqtt.domain.time import instant_of
from bcm_mqtt.errors import InputError
from bcm_mqtt.languages import ENGLISH, _, speaking, time, translated
from bcm_mqtt.languages import day as day_text
from bcm_mqtt.languages import month as month_text
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.billing.asking import BillGiven, RunsGiven
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

router = APIRouter(
    prefix="/api/v1/billing",
    tags=["billing"],
    dependencies=[needs(Right.SEE_BILLS)],
    responses=CHANGES,
)


class FigureParameters(BaseModel):
    """What is explained further: the parameters of the request for it."""

    line: int | None = None
    panel: str | None = None
    pole: CircuitId | None = Field(None, description="A pole, or the id of a formula.")
    at: datetime | None = None
    day: date | None = None


class StepNow(BaseModel):
    """One figure; its value is the result of the formula."""

    what: str
    value: str = Field(description='With thousands separators; "" for a remark.')
    unit: str
    formula: str
    note: str
    see: FigureParameters | None = Field(description="Where it is explained further.")


class SectionNow(BaseModel):
    """Figures under a title."""

    title: str
    steps: list[StepNow]


def figure_query_of(
    ports: PortsGiven,
    line: Annotated[int | None, Query(ge=1, le=10_000, description="From 1.")] = None,
    panel: Annotated[str | None, Query(max_length=100)] = None,
    pole: Annotated[
        str | None,
        Query(
            max_length=64,
            pattern=r"^([1-9][0-9]{0,2}|f-[a-z0-9_-]{1,60})$",
            description="One of a circuit's, or the id of a formula.",
        ),
    ] = None,
    at: Annotated[str | None, Query(max_length=40, description="A time of the month.")] = None,
    day: Annotated[date | None, Query(description="Of the circuit.")] = None,
) -> FigureQuery:
    """The figure that the parameters name; without any the bill as a whole."""
    if (panel is None) != (pole is None):
        raise InputError.of("expected panel and pole together", key="explain: pole")
    if day is not None and panel is None:
        raise InputError.of("expected panel and pole with a day", key="explain: day")
    circuit = (panel, circuit_id(pole)) if panel is not None and pole is not None else None
    try:
        instant = instant_of(at, ports.zone) if at else None
    except ValueError as error:
        raise InputError.of(str(error), key="explain: at") from None
    return FigureQuery(line, circuit, instant, day)


FigureGiven = Annotated[FigureQuery, Depends(figure_query_of)]


@router.get("/months/{month}/explain")
async def explain(bill: BillGiven, query: FigureGiven, runs: RunsGiven) -> list[SectionNow]:
    """How figures of a customer's bill came about, down to the registers; always in English."""
    with speaking(ENGLISH):
        sections = await run_in_threadpool(runs.billing.explain, bill, query)
        return [_section(one) for one in sections]


def _section(section: Section) -> SectionNow:
    return SectionNow(
        title=section.title,
        steps=[
            StepNow(
                what=step.what,
                value=step.value,
                unit=step.unit,
                formula=step.formula,
                note=step.note,
                see=_see(step.see) if step.see else None,
            )
            for step in section.steps
        ],
    )


def _see(query: FigureQuery) -> FigureParameters:
    panel, pole = query.circuit or (None, None)
    return FigureParameters(line=query.line, panel=panel, pole=pole, at=query.at, day=query.day)


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
    site: str, bill: Bill, query: FigureQuery, sections: Sequence[Section], zone: ZoneInfo
) -> ExplanationView:
    """The page of an explanation."""
    customer = bill.customer.id
    return ExplanationView(
        site=site,
        month=str(bill.month),
        title=month_text(bill.month.first_day),
        customer=customer,
        path=tuple(_path(customer, query, zone)),
        sections=tuple(
            SectionView(section.title, tuple(_step(customer, step) for step in section.steps))
            for section in sections
        ),
    )


def _step(customer: str, step: Step) -> StepRow:
    href = why(customer, step.see) if step.see else ""
    return StepRow(
        step.what,
        step.value,
        step.unit,
        translated(step.formula) if step.formula == SUM else step.formula,
        step.note,
        href,
        step.formula == SUM,
    )


def _path(customer: str, query: FigureQuery, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """From the whole bill to what is explained."""
    yield _("Bill"), why(customer)
    if query.line is not None:
        yield _("Line %(number)s", number=query.line), why(customer, FigureQuery(line=query.line))
    if query.circuit:
        panel, pole = query.circuit
        yield f"{panel}:{pole}", why(customer, FigureQuery(circuit=query.circuit))
        day = query.day or (query.at and query.at.astimezone(zone).date())
        if day:
            yield day_text(day), why(customer, FigureQuery(circuit=query.circuit, day=day))
    if query.at:
        at = query.at.astimezone(zone)
        yield f"{time(at)} {at:%Z}", why(customer, query)


def why(customer: str, query: FigureQuery | None = None) -> str:
    """The link to an explanation of a figure, from a page of the month."""
    named: dict[str, str | int] = {"customer": customer}
    if query:
        if query.line is not None:
            named["line"] = query.line
        if query.circuit:
            named["panel"], named["pole"] = query.circuit
        if query.at:
            named["at"] = query.at.isoformat()
        if query.day:
            named["day"] = str(query.day)
    return f"explain?{urlencode(named)}"
