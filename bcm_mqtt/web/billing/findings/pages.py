"""The page of a month's findings, and the way to it from a panel."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.domain.time import Month
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.billing.asking import MonthGiven, RunsGiven
from bcm_mqtt.web.billing.findings.view import Choice, FindingsView, findings_view
from bcm_mqtt.web.billing.month_head import headed
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()
_Named = Annotated[str, Query(max_length=200)]


@router.get("/billing/findings", dependencies=[needs(Right.BILL)])
async def latest_findings(
    runs: RunsGiven, ports: PortsGiven, panel: _Named = ""
) -> RedirectResponse:
    """Those of the last month that was computed here, else of the last that has ended."""
    month = max(runs.months(), default=Month.of(ports.clock(), ports.zone).shifted(-1))
    query = f"?{urlencode({'panel': panel})}" if panel else ""
    return RedirectResponse(f"{month}/findings{query}", HTTPStatus.SEE_OTHER)


@router.get("/billing/{month}/findings", dependencies=[needs(Right.BILL)])
async def findings_page(
    month: MonthGiven,
    runs: RunsGiven,
    ports: PortsGiven,
    panel: _Named = "",
    customer: _Named = "",
    flag: _Named = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """What validation found in a month, and what may be entered about it."""
    choice = Choice(panel, customer, flag, number)
    view, work = await headed(FindingsView, month, runs, ports), runs.work(month)
    view = replace(view, query=choice.query)
    if work:
        entries = await run_in_threadpool(runs.billing.entries)
        view = findings_view(view, work, entries, choice)
    return page("billing/findings.html", view, root="../../")
