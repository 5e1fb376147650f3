"""The pages of a home, of how its figures came about, and of questions."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right, Who
from bcm_mqtt.billing.explaining.steps import FigureQuery, Section
from bcm_mqtt.billing.pages.words import time
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.billing.tenant.figures import HomeFigure, figure_sections
from bcm_mqtt.billing.tenant.home import Home
from bcm_mqtt.billing.tenant.tenancy import Tenancy
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.languages import month as month_text
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.asking import RunsGiven
from bcm_mqtt.web.billing.explanations import ExplanationView, FigureGiven, explanation_view
from bcm_mqtt.web.home.asking import FigureNamed, HomeNamed, TenancyGiven
from bcm_mqtt.web.home.view import HomeView, home_view
from bcm_mqtt.web.live.alarms import site_alarms
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()
_MOST_QUESTIONS = 200


@router.get("/home", dependencies=[needs(Right.SEE_BILLS)])
async def home_page(
    who: WhoAsks, tenancy: TenancyGiven, customer: HomeNamed, ports: PortsGiven
) -> HTMLResponse:
    """What a customer sees first."""
    own = who.sees_only is not None
    home = await run_in_threadpool(tenancy.homes.of, customer, own=own)
    view = await asyncio.to_thread(_view, home, who, tenancy, ports)
    return page("home/home.html", view, root="./")


def _view(home: Home, who: Who, tenancy: Tenancy, ports: Ports) -> HomeView:
    account = ports.entrance.account(who.name) if who.account else None
    others = sorted((who.sees_only or frozenset()) - {home.customer})
    return home_view(
        ports.live.name,
        home,
        ports.zone,
        tuple((one, one) for one in others),
        tuple(site_alarms(ports.live)),
        own=who.sees_only is not None,
        mails=tenancy.post.mail is not None,
        email=account.email if account else "",
    )


@dataclass(frozen=True, slots=True)
class HomeExplanationView:
    """How a figure of a home came about; `asks` is whether one may ask about it."""

    site: str
    explanation: ExplanationView
    asks: bool


@router.get("/home/explain", dependencies=[needs(Right.SEE_BILLS)])
async def explain_page(
    who: WhoAsks,
    tenancy: TenancyGiven,
    customer: HomeNamed,
    runs: RunsGiven,
    query: FigureGiven,
    ports: PortsGiven,
    figure: FigureNamed = HomeFigure.MONTH,
) -> HTMLResponse:
    """How a figure of the running month came about."""

    def explained() -> tuple[Bill, Sequence[Section]]:
        home = tenancy.homes.of(customer, own=who.sees_only is not None)
        return home_sections(home, figure, query, runs.billing)

    bill, sections = await run_in_threadpool(explained)
    shown = explanation_view(ports.live.name, bill, query, sections, ports.zone)
    view = HomeExplanationView(ports.live.name, shown, who.sees_only is not None)
    return page("home/explain.html", view, root="../")


def home_sections(
    home: Home, figure: HomeFigure, query: FigureQuery, billing: SiteBilling
) -> tuple[Bill, list[Section]]:
    """The month so far as a bill, and how a figure came about.

    Raises:
        HTTPException: 404, no circuit is the customer's.
        InputError: there is no such figure.
    """
    if home.bill is None:
        reason = f"no circuit is that of {home.customer} in {home.month}"
        raise HTTPException(HTTPStatus.NOT_FOUND, reason)
    sections = list(figure_sections(home, figure, query))
    if figure in {HomeFigure.MONTH, HomeFigure.CIRCUIT}:
        sections += billing.explain(home.bill, query)
    return home.bill, sections


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question that was asked."""

    number: str
    customer: str
    at: str
    who: str
    month: str
    figure: str
    text: str
    explanation: str
    fate: str
    why: str


@dataclass(frozen=True, slots=True)
class QuestionsView:
    """Questions, the newest first."""

    site: str
    questions: tuple[QuestionRow, ...]


@router.get("/questions", dependencies=[needs(Right.SEE_BILLS)])
async def questions_page(who: WhoAsks, tenancy: TenancyGiven, ports: PortsGiven) -> HTMLResponse:
    """What customers asked about figures; a customer's own for a customer."""
    questions = tenancy.stored.questions
    found = await asyncio.to_thread(questions.newest, _MOST_QUESTIONS, who.sees_only)
    rows = tuple(
        QuestionRow(
            number=str(number),
            customer=one.customer,
            at=time(one.at, ports.zone),
            who=one.who,
            month=month_text(one.month.first_day),
            figure=one.figure,
            text=one.text,
            explanation=one.explanation,
            fate=one.fate,
            why=one.why if who.sees_only is None else "",
        )
        for number, one in found
    )
    return page("home/questions.html", QuestionsView(ports.live.name, rows), root="./")
