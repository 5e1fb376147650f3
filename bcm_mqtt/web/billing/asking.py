"""What a request for billing names: the month, the bill; or why there is none."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, HTTPException, Query, Request
from starlette.concurrency import run_in_threadpool

from bcm_mqtt.access.rights import Right, Who
from bcm_mqtt.billing.month_work import MonthWork
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.time import Month
from bcm_mqtt.web.access.roles import WhoAsks
from bcm_mqtt.web.billing.runs import Runs


def runs_of(request: Request) -> Runs:
    """The runs of the site; raises 404 where the page has no database."""
    runs: Runs | None = request.app.state.runs
    if runs is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "this page has no database to bill from")
    return runs


RunsGiven = Annotated[Runs, Depends(runs_of)]


def month_of(month: str) -> Month:
    """The month of a path; raises 404."""
    try:
        return Month.parse(month)
    except ValueError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from None


MonthGiven = Annotated[Month, Depends(month_of)]


def work_of(month: MonthGiven, runs: RunsGiven) -> MonthWork:
    """The month as it was computed; raises 409 where it was not."""
    if work := runs.work(month):
        return work
    raise HTTPException(HTTPStatus.CONFLICT, f"{month} has not been processed yet")


WorkGiven = Annotated[MonthWork, Depends(work_of)]
CustomerNamed = Annotated[str, Query(min_length=1, max_length=200, description="Its id.")]


async def bill_of(
    month: MonthGiven, customer: CustomerNamed, runs: RunsGiven, who: WhoAsks
) -> Bill:
    """A customer's bill: of the computed month, else as it is stored; raises 404 and 409.

    Those who do not bill see what was issued, and a customer his own alone.
    """
    billing = who.may(Right.BILL)
    if billing and (work := runs.work(month)) and (bill := work.bill(customer)):
        return bill
    if who.sees(customer):
        stored = await run_in_threadpool(runs.billing.stored_bill, month, customer)
        if stored:
            return stored
    if billing and not runs.work(month):
        raise HTTPException(HTTPStatus.CONFLICT, f"{month} has not been processed yet")
    raise HTTPException(HTTPStatus.NOT_FOUND, f"customer {customer!r} has no bill for {month}")


BillGiven = Annotated[Bill, Depends(bill_of)]


def author(by: str, who: Who) -> str:
    """Who signs for something: the account, or by a token and on this machine who says so."""
    return who.name if who.account else by.strip()
