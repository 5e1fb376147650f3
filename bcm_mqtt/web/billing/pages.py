"""The pages of billing: months, a month, a bill, an explanation, intervals, terms, all bills."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.pages.words import time
from bcm_mqtt.domain.bill.terms import Issuer
from bcm_mqtt.domain.site.formula.formula import circuit_id
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import BcmError, InputError
from bcm_mqtt.languages import month as month_text
from bcm_mqtt.languages import month_name
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.asking import BillGiven, CustomerNamed, MonthGiven, RunsGiven, bill_of
from bcm_mqtt.web.billing.bill_view import bill_view
from bcm_mqtt.web.billing.circuit_view import circuit_view
from bcm_mqtt.web.billing.entries_api import CircuitNamed, PanelNamed
from bcm_mqtt.web.billing.explanations import ExplanationView, FigureGiven, explanation_view
from bcm_mqtt.web.billing.files_api import BillRow, seen_bills
from bcm_mqtt.web.billing.month_head import headed
from bcm_mqtt.web.billing.month_view import MonthView, month_view
from bcm_mqtt.web.billing.runs import Runs
from bcm_mqtt.web.billing.terms_view import TermsView, terms_view
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()
_YEARS_BACK = 10
_RECENT = 6


@dataclass(frozen=True, slots=True)
class KnownMonth:
    """A month in the list."""

    month: str
    title: str
    issued: int
    made: str


@dataclass(frozen=True, slots=True)
class MonthsView:
    """The list of months, and what is chosen when the page is opened: the last that has ended."""

    site: str
    years: tuple[int, ...]
    year: int
    names: tuple[str, ...]
    number: int
    known: tuple[KnownMonth, ...]


@router.get("/billing", dependencies=[needs(Right.BILL)])
async def months_page(runs: RunsGiven, ports: PortsGiven) -> HTMLResponse:
    """All months, and the choice of one to process."""
    issued = await run_in_threadpool(runs.billing.issued)
    current = Month.of(ports.clock(), ports.zone)
    chosen = current.shifted(-1)
    first = min([*issued, *runs.months()], default=current).year
    view = MonthsView(
        site=ports.live.name,
        years=tuple(range(current.year, min(first, current.year - _YEARS_BACK) - 1, -1)),
        year=chosen.year,
        names=tuple(map(month_name, range(1, 13))),
        number=chosen.month,
        known=tuple(
            _known(month, len(issued.get(month, ())), runs, ports)
            for month in sorted({*issued, *runs.months(), *_recent(current)}, reverse=True)
        ),
    )
    return page("billing/months.html", view, root="./")


def _recent(current: Month) -> Iterator[Month]:
    for back in range(_RECENT):
        yield current.shifted(-back)


def _known(month: Month, issued: int, runs: Runs, ports: Ports) -> KnownMonth:
    work = runs.work(month)
    made = time(work.made, ports.zone) if work else ""
    return KnownMonth(str(month), month_text(month.first_day), issued, made)


@router.get("/billing/terms", dependencies=[needs(Right.BILL)])
async def terms_page(runs: RunsGiven, ports: PortsGiven) -> HTMLResponse:
    """Customers and tariffs as they are configured, or what is wrong about them."""
    today = ports.clock().astimezone(ports.zone).date()
    try:
        terms = await run_in_threadpool(runs.billing.terms)
        customers = await run_in_threadpool(runs.billing.customers)
        view = terms_view(ports.live.name, terms, customers, today)
    except InputError as error:
        view = TermsView(ports.live.name, tuple(map(str, error.problems)))
    return page("billing/terms.html", view, root="../")


@router.get("/billing/{month}", dependencies=[needs(Right.BILL)])
async def month_page(month: MonthGiven, runs: RunsGiven, ports: PortsGiven) -> HTMLResponse:
    """A month: its customers, or the offer to process it."""
    return page("billing/month.html", await _month(month, runs, ports), root="../")


@router.get("/billing/{month}/content", dependencies=[needs(Right.BILL)])
async def month_content(month: MonthGiven, runs: RunsGiven, ports: PortsGiven) -> HTMLResponse:
    """The month alone, for a page that is open while it is processed."""
    return page("billing/month_content.html", await _month(month, runs, ports), root="../")


async def _month(month: Month, runs: Runs, ports: Ports) -> MonthView:
    view, work = await headed(MonthView, month, runs, ports), runs.work(month)
    if work is None:
        return view
    delivered = None
    with suppress(BcmError):  # a file that is wrong now, or a database that is away
        delivering = runs.billing.delivery.delivered
        delivered = await run_in_threadpool(delivering, month, work.site.bills)
    return month_view(view, work, delivered)


@router.get("/billing/{month}/bill", dependencies=[needs(Right.SEE_BILLS)])
async def bill_page(
    month: MonthGiven, customer: CustomerNamed, runs: RunsGiven, who: WhoAsks, ports: PortsGiven
) -> Response:
    """A customer's bill; of a month that was not processed, the month."""
    try:
        bill = await bill_of(month, customer, runs, who)
    except HTTPException as error:
        if error.status_code != HTTPStatus.CONFLICT:
            raise
        return RedirectResponse(f"../{month}", HTTPStatus.SEE_OTHER)
    work = runs.work(month) if who.may(Right.BILL) else None
    differences = work.differences.get(customer) if work else None
    issuer = Issuer(ports.live.name, ports.zone)
    view = bill_view(issuer, bill, ports.clock(), differences)
    return page("billing/bill.html", view, root="../../")


async def _explanation(
    bill: BillGiven, query: FigureGiven, runs: RunsGiven, ports: PortsGiven
) -> ExplanationView:
    sections = await run_in_threadpool(runs.billing.explain, bill, query)
    return explanation_view(ports.live.name, bill, query, sections, ports.zone)


ExplanationGiven = Annotated[ExplanationView, Depends(_explanation)]


@router.get("/billing/{month}/explain", dependencies=[needs(Right.SEE_BILLS)])
async def explain_page(view: ExplanationGiven) -> HTMLResponse:
    """How a figure came about."""
    return page("billing/explain.html", view, root="../../")


@router.get("/billing/{month}/explanation", dependencies=[needs(Right.SEE_BILLS)])
async def explanation(view: ExplanationGiven) -> HTMLResponse:
    """The same alone, for a page that shows it next to the bill."""
    return page("billing/explanation.html", view, root="../../")


@router.get("/billing/{month}/intervals", dependencies=[needs(Right.BILL)])
async def intervals_page(
    month: MonthGiven, panel: PanelNamed, pole: CircuitNamed, runs: RunsGiven, ports: PortsGiven
) -> HTMLResponse:
    """A circuit's intervals, and the entries about them."""
    circuit = circuit_id(pole)
    shown = await run_in_threadpool(runs.billing.circuit, month, panel, circuit)
    entries = await run_in_threadpool(runs.billing.entries, panel, circuit)
    view = circuit_view(ports.live.name, month, ports.zone, shown, tuple(entries))
    return page("billing/intervals.html", view, root="../../")


@dataclass(frozen=True, slots=True)
class BillsView:
    """Issued bills, the last month first."""

    site: str
    bills: tuple[BillRow, ...]


@router.get("/bills", dependencies=[needs(Right.SEE_BILLS)])
async def bills_page(runs: RunsGiven, who: WhoAsks, ports: PortsGiven) -> HTMLResponse:
    """Issued bills, for those who only see them: a customer his own."""
    view = BillsView(ports.live.name, tuple(await seen_bills(runs, who)))
    return page("billing/bills.html", view, root="./")
