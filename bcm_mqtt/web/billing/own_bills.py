"""Issued bills as those get them who are billed: a customer his own, billing everybody's."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bcm_mqtt.domain.bill import Bill
from bcm_mqtt.web.access.rights import Right, Who
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.asking import CustomerNamed, MonthGiven, RunsGiven
from bcm_mqtt.web.billing.files_api import FILE, attached
from bcm_mqtt.web.billing.port import Billing
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import UNKNOWN, PortsGiven

router = APIRouter(prefix="/api/v1/bills", tags=["bills"], responses=UNKNOWN)
pages = APIRouter()
_SEEN = [needs(Right.SEE_BILLS)]


class IssuedBill(BaseModel):
    """A bill as it was issued last; those before its revision are told no more."""

    month: str
    customer: str
    number: int
    revision: int
    kwh: Decimal
    amount: Decimal | None = Field(description="null where there is no tariff.")
    currency: str


@dataclass(frozen=True, slots=True)
class OwnBillsView:
    """The page: the newest first."""

    site: str
    bills: tuple[IssuedBill, ...]


@router.get("", dependencies=_SEEN)
async def issued_bills(customer: CustomerNamed, who: WhoAsks, runs: RunsGiven) -> list[IssuedBill]:
    """A customer's issued bills, the newest first."""
    _check(who, customer)
    return await run_in_threadpool(lambda: list(_issued(runs.billing, customer)))


@router.get(
    "/{month}/{form}", dependencies=_SEEN, response_class=Response, responses={**FILE, **UNKNOWN}
)
async def issued_bill(
    month: MonthGiven,
    form: Literal["pdf", "xlsx", "html", "greenbutton"],
    customer: CustomerNamed,
    who: WhoAsks,
    runs: RunsGiven,
) -> Response:
    """An issued bill as a file; a draft is none."""
    _check(who, customer)
    bill = await run_in_threadpool(runs.billing.stored_bill, month, customer)
    if bill is None:
        reason = f"no bill of {customer!r} was issued for {month}"
        raise HTTPException(HTTPStatus.NOT_FOUND, reason)
    return attached(await run_in_threadpool(runs.billing.bill_file, bill, form))


@pages.get("/bills", dependencies=_SEEN)
async def bills_page(who: WhoAsks, runs: RunsGiven, ports: PortsGiven) -> Response:
    """A customer's own bills; who bills gets on to the page for that."""
    if who.may(Right.BILL):
        return RedirectResponse("billing", HTTPStatus.SEE_OTHER)

    def view() -> OwnBillsView:
        found = [bill for one in sorted(who.customers) for bill in _issued(runs.billing, one)]
        found.sort(key=lambda bill: bill.month, reverse=True)
        return OwnBillsView(ports.live.name, tuple(found))

    shown: HTMLResponse = page("billing/own.html", await run_in_threadpool(view), root="./")
    return shown


def _check(who: Who, customer: str) -> None:
    if not who.sees(customer):
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no customer {customer!r}")


def _issued(billing: Billing, customer: str) -> Iterator[IssuedBill]:
    for month in sorted(billing.issued(), reverse=True):
        if bill := billing.stored_bill(month, customer):
            yield _shown(bill)


def _shown(bill: Bill) -> IssuedBill:
    issue = bill.issue
    return IssuedBill(
        month=str(bill.month),
        customer=bill.customer.id,
        number=issue.number if issue else 0,
        revision=issue.revision if issue else 0,
        kwh=bill.kwh,
        amount=bill.amount if bill.priced else None,
        currency=bill.currency,
    )
