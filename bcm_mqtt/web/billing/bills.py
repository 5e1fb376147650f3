"""Issued bills, for those who only see them: a customer his own."""

from dataclasses import dataclass

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right, Who
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.asking import RunsGiven
from bcm_mqtt.web.billing.runs import Runs
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

_SEEN = [needs(Right.SEE_BILLS)]
api = APIRouter(prefix="/api/v1/billing", tags=["billing"], responses=CHANGES)
router = APIRouter()


class IssuedBill(BaseModel):
    """A bill that was issued, perhaps revised since."""

    month: str
    customer: str = Field(description="Its id.")


@dataclass(frozen=True, slots=True)
class BillRow:
    """An issued bill."""

    month: str
    title: str
    customer: str


@dataclass(frozen=True, slots=True)
class BillsView:
    """Issued bills, the last month first."""

    site: str
    bills: tuple[BillRow, ...]


@api.get("/bills", dependencies=_SEEN)
async def issued_bills(runs: RunsGiven, who: WhoAsks) -> list[IssuedBill]:
    """Issued bills, the last month first; a customer's own."""
    return [IssuedBill(month=row.month, customer=row.customer) for row in await _seen(runs, who)]


@router.get("/bills", dependencies=_SEEN)
async def bills_page(runs: RunsGiven, who: WhoAsks, ports: PortsGiven) -> HTMLResponse:
    """The same as a page."""
    view = BillsView(ports.live.name, tuple(await _seen(runs, who)))
    return page("billing/bills.html", view, root="./")


async def _seen(runs: Runs, who: Who) -> list[BillRow]:
    issued = await run_in_threadpool(runs.billing.issued)
    return [
        BillRow(str(month), f"{month.first_day:%B %Y}", customer)
        for month, customers in sorted(issued.items(), reverse=True)
        for customer in sorted(customers)
        if who.sees(customer)
    ]
