"""What a user of a customer enters at home: names of circuits, a budget, questions."""

import asyncio
from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.login import Throttle
from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.explaining.steps import FigureQuery
from bcm_mqtt.billing.tenant.figures import HomeFigure, as_text, circuit_of, figure_title
from bcm_mqtt.billing.tenant.tenancy import Tenancy
from bcm_mqtt.domain.bill.running.budget import Budget, amount_of
from bcm_mqtt.domain.bill.running.question import (
    LONGEST,
    LONGEST_NAME,
    Question,
    circuit_name_problem,
    question_problem,
)
from bcm_mqtt.domain.site.formula.formula import circuit_id
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.asking import RunsGiven
from bcm_mqtt.web.billing.explanations import figure_query_of
from bcm_mqtt.web.billing.runs import Runs
from bcm_mqtt.web.home.asking import TenancyGiven, own
from bcm_mqtt.web.home.pages import home_sections
from bcm_mqtt.web.refusals import CHANGES, PortsGiven, documented

router = APIRouter(
    prefix="/api/v1/home",
    tags=["home"],
    dependencies=[needs(Right.SEE_BILLS)],
    responses={**CHANGES, **documented(HTTPStatus.TOO_MANY_REQUESTS)},
)
_Customer = Annotated[str, Field(min_length=1, max_length=200, description="Its id.")]
_Pole = Annotated[str, Field(max_length=64, pattern=r"^([1-9][0-9]{0,2}|f-[a-z0-9_-]{1,60})$")]


class CircuitNamed(BaseModel):
    """What a customer calls a circuit; "" is as the operator does."""

    model_config = ConfigDict(extra="forbid")

    customer: _Customer
    panel: str = Field(max_length=100)
    pole: _Pole = Field(description="Its first one, or the id of a formula.")
    name: str = Field(max_length=LONGEST_NAME + 100)


class BudgetGiven(BaseModel):
    """A budget of each month; "" is none."""

    model_config = ConfigDict(extra="forbid")

    customer: _Customer
    kwh: str = Field(max_length=40)
    money: str = Field(max_length=40, description="In the currency of the bills.")
    breakers: bool = Field(description="Whether overloads of breakers are mailed.")


class Asked(BaseModel):
    """A question about a figure."""

    model_config = ConfigDict(extra="forbid")

    customer: _Customer
    month: str = Field(max_length=20, description="Of the figure.")
    text: str = Field(max_length=2 * LONGEST)
    figure: HomeFigure = Field(HomeFigure.MONTH, description="Of the running month.")
    line: int | None = Field(None, ge=1, le=10_000)
    panel: str | None = Field(None, max_length=100)
    pole: _Pole | None = None
    at: str | None = Field(None, max_length=40)
    day: date | None = None


class Recorded(BaseModel):
    """A question that was asked."""

    mailed: bool = Field(description="Whether the operator was mailed; it is recorded anyway.")


def throttle_of(request: Request) -> Throttle:
    """Counts questions of each user."""
    throttle: Throttle = request.app.state.questions
    return throttle


@router.post("/name", status_code=HTTPStatus.NO_CONTENT)
async def name_circuit(
    given: CircuitNamed, who: WhoAsks, tenancy: TenancyGiven, ports: PortsGiven
) -> None:
    """Stores what a customer calls a circuit, which is shown to its users alone."""
    customer, name = own(given.customer, who), given.name.strip()
    if problem := circuit_name_problem(name):
        raise InputError.of(problem, key="circuit: name")
    home = await run_in_threadpool(tenancy.homes.of, customer, own=True)
    circuit = circuit_of(home, (given.panel, circuit_id(given.pole)))
    what = f"name of {circuit.panel}:{circuit.id} for {customer}"
    await ports.audit(Change(ports.clock(), what, home.called(circuit), name))
    put = tenancy.stored.names.put
    await asyncio.to_thread(put, customer, circuit.panel, circuit.id, name)


@router.post("/budget", status_code=HTTPStatus.NO_CONTENT)
async def set_budget(
    given: BudgetGiven, who: WhoAsks, tenancy: TenancyGiven, ports: PortsGiven
) -> None:
    """Stores the budget of a customer, of which a mail says when it is nearly used up."""
    customer = own(given.customer, who)
    amounts = {}
    for key, text in (("kwh", given.kwh), ("money", given.money)):
        try:
            amounts[key] = amount_of(text)
        except ValueError as error:
            raise InputError.of(str(error), key=f"budget: {key}") from None
    new = Budget(**amounts, breakers=given.breakers)
    before = await asyncio.to_thread(tenancy.stored.budgets.of, customer)
    change = Change(ports.clock(), f"budget of {customer}", _said(before), _said(new))
    await ports.audit(change)
    await asyncio.to_thread(tenancy.stored.budgets.put, customer, new)


@router.post("/question")
async def ask(
    given: Asked,
    who: WhoAsks,
    tenancy: TenancyGiven,
    runs: RunsGiven,
    ports: PortsGiven,
    throttle: Annotated[Throttle, Depends(throttle_of)],
) -> Recorded:
    """Records a question about a figure, and mails it to the operator with its explanation."""
    customer = own(given.customer, who)
    if problem := question_problem(given.text):
        raise InputError.of(problem, key="question: text")
    query = figure_query_of(ports, given.line, given.panel, given.pole, given.at, given.day)
    if wait := throttle.wait(who.name, ports.entrance.steady()):
        headers = {"retry-after": str(max(1, round(wait.total_seconds())))}
        reason = "too many questions: wait a little"
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, reason, headers)
    try:
        month = Month.parse(given.month)
    except ValueError as error:
        raise InputError.of(str(error), key="question: month") from None

    def explained() -> tuple[str, str]:
        return _explained(customer, month, given.figure, query, tenancy, runs)

    figure, explanation = await run_in_threadpool(explained)
    throttle.failed(who.name, ports.entrance.steady())
    now = ports.clock()
    await ports.audit(Change(now, f"question of {customer}", "", figure))
    question = Question(customer, now, who.name, month, figure, given.text.strip(), explanation)
    account = await asyncio.to_thread(ports.entrance.account, who.name) if who.account else None
    asked = tenancy.desk.ask
    stored = await asyncio.to_thread(asked, question, account.email if account else "")
    return Recorded(mailed=stored.fate == "sent")


def _explained(
    customer: str,
    month: Month,
    figure: HomeFigure,
    query: FigureQuery,
    tenancy: Tenancy,
    runs: Runs,
) -> tuple[str, str]:
    """A figure in one line, and how it came about; raises 404 where there is no bill."""
    if tenancy.homes.running_bill(month, customer):
        home = tenancy.homes.of(customer, own=True)
        bill, sections = home_sections(home, figure, query, runs.billing)
        return figure_title(home, figure, query, bill), as_text(sections)
    stored = runs.billing.stored_bill(month, customer)
    if stored is None:
        reason = f"customer {customer!r} has no bill for {month}"
        raise HTTPException(HTTPStatus.NOT_FOUND, reason)
    text = as_text(runs.billing.explain(stored, query))
    return figure_title(None, HomeFigure.MONTH, query, stored), text


def _said(budget: Budget) -> str:
    parts = (
        f"{budget.kwh:f} kWh" if budget.kwh is not None else "",
        f"{budget.money:f} in money" if budget.money is not None else "",
        "overloads" if budget.breakers else "",
    )
    return ", ".join(filter(None, parts))
