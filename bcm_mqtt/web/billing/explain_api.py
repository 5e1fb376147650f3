"""How a figure of a bill came about."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.domain.time import instant_of
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.billing.asking import BillGiven, RunsGiven
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

router = APIRouter(
    prefix="/api/v1/billing",
    tags=["billing"],
    dependencies=[needs(Right.SEE_BILLS)],
    responses=CHANGES,
)


class FigureAsked(BaseModel):
    """What is explained further: the parameters to ask with."""

    line: int | None = None
    panel: str | None = None
    pole: int | None = None
    at: datetime | None = None
    day: date | None = None


class StepNow(BaseModel):
    """One figure; its value is the result of the formula."""

    what: str
    value: str = Field(description='With thousands separators; "" for a remark.')
    unit: str
    formula: str
    note: str
    see: FigureAsked | None = Field(description="Where it is explained further.")


class SectionNow(BaseModel):
    """Figures under a title."""

    title: str
    steps: list[StepNow]


def asked_of(
    ports: PortsGiven,
    line: Annotated[int | None, Query(ge=1, le=10_000, description="From 1.")] = None,
    panel: Annotated[str | None, Query(max_length=100)] = None,
    pole: Annotated[int | None, Query(ge=1, le=512, description="One of a circuit's.")] = None,
    at: Annotated[str | None, Query(max_length=40, description="A time of the month.")] = None,
    day: Annotated[date | None, Query(description="Of the circuit.")] = None,
) -> FigureQuery:
    """What the parameters ask for; nothing is the bill as a whole."""
    if (panel is None) != (pole is None):
        raise InputError.of("expected panel and pole together", key="explain: pole")
    if day is not None and panel is None:
        raise InputError.of("expected panel and pole with a day", key="explain: day")
    circuit = (panel, pole) if panel is not None and pole is not None else None
    try:
        instant = instant_of(at, ports.zone) if at else None
    except ValueError as error:
        raise InputError.of(str(error), key="explain: at") from None
    return FigureQuery(line, circuit, instant, day)


AskedGiven = Annotated[FigureQuery, Depends(asked_of)]


@router.get("/months/{month}/explain")
async def explain(bill: BillGiven, asked: AskedGiven, runs: RunsGiven) -> list[SectionNow]:
    """How figures of a customer's bill came about, down to the registers."""
    found = await run_in_threadpool(runs.billing.explain, bill, asked)
    return [
        SectionNow(
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
        for section in found
    ]


def _see(asked: FigureQuery) -> FigureAsked:
    panel, pole = asked.circuit or (None, None)
    return FigureAsked(line=asked.line, panel=panel, pole=pole, at=asked.at, day=asked.day)
