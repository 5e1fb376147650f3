"""The pages that compare tariffs and rehearse a month."""

from asyncio import Semaphore
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.rehearsing.comparing import Question
from bcm_mqtt.billing.rehearsing.site_rehearsal import months_between
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.billing.asking import RunsGiven
from bcm_mqtt.web.billing.rehearsing.views import (
    ComparingView,
    RehearsalView,
    compared,
    comparing_view,
    rehearsal_view,
)
from bcm_mqtt.web.billing.runs import Runs
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()
_COMPUTING: Final = Semaphore(1)
"""Each of these takes as long as a month that is processed; two at once would each take twice."""
_MonthText = Annotated[str, Query(max_length=7, pattern=r"^(\d{4}-\d{2})?$")]
_Id = Annotated[str, Query(max_length=200)]


@router.get("/billing/compare", dependencies=[needs(Right.BILL)])
async def compare_page(
    runs: RunsGiven,
    ports: PortsGiven,
    first: _MonthText = "",
    last: _MonthText = "",
    customer: _Id = "",
    tariff: Annotated[list[str] | None, Query(max_length=50)] = None,
    rates_of: _MonthText = "",
) -> HTMLResponse:
    """Past months under other tariffs; without a month, the question alone."""
    view = await _asked(runs, ports, first, last, customer, tuple(tariff or ()), rates_of)
    return page("billing/compare.html", view, root="../")


async def _asked(
    runs: Runs,
    ports: Ports,
    first: str,
    last: str,
    customer: str,
    tariffs: tuple[str, ...],
    rates_of: str,
) -> ComparingView:
    current = Month.of(ports.clock(), ports.zone)
    try:
        terms = await run_in_threadpool(runs.billing.terms)
        customers = await run_in_threadpool(runs.billing.customers)
    except InputError as error:
        problems = tuple(map(str, error.problems))
        return ComparingView(ports.live.name, problems=problems)
    known = sorted({*customers, *terms.customers})
    view = comparing_view(ports.live.name, current, known, sorted(terms.tariffs))
    view = view.chosen(first, last, customer, tariffs, rates_of)
    if not first:
        return view
    try:
        months = months_between(_month(first), _month(last or first))
        rates = _month(rates_of) if rates_of else None
        question = Question(months, tariffs or tuple(sorted(terms.tariffs)), customer, rates)
        async with _COMPUTING:
            found = await run_in_threadpool(
                runs.billing.rehearsal.compare, question, lambda _done, _of: None
            )
    except InputError as error:
        return view.refused(map(str, error.problems))
    return compared(view, question, found)


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as error:
        raise InputError.of(str(error)) from None


@router.get("/billing/rehearsal", dependencies=[needs(Right.BILL)])
async def rehearsal_page(
    runs: RunsGiven, ports: PortsGiven, month: _MonthText = ""
) -> HTMLResponse:
    """The bills of a month before it is over, of the next one if none is named."""
    current = Month.of(ports.clock(), ports.zone)
    try:
        asked = _month(month) if month else current.shifted(1)
        async with _COMPUTING:
            found = await run_in_threadpool(
                runs.billing.rehearsal.rehearse, asked, lambda _done, _of: None
            )
    except InputError as error:
        view = RehearsalView(ports.live.name, problems=tuple(map(str, error.problems)))
    else:
        view = rehearsal_view(ports.live.name, found)
    return page("billing/rehearsal.html", view, root="../")
