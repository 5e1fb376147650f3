"""Issued bills, a customer's own for a customer; bills and months as files to save."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from bcm_mqtt.access.rights import Right, Who
from bcm_mqtt.billing.reports.formats import BILL_FORMATS, MONTH_FORMATS, ReportFile
from bcm_mqtt.languages import month as month_text
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.asking import BillGiven, MonthGiven, RunsGiven, WorkGiven
from bcm_mqtt.web.billing.runs import Runs
from bcm_mqtt.web.refusals import CHANGES

if TYPE_CHECKING:  # of a Literal, a type checker takes no names that are computed
    BillFormat = str
    MonthFormat = str
else:
    BillFormat = Literal[BILL_FORMATS]
    MonthFormat = Literal[MONTH_FORMATS]
router = APIRouter(prefix="/api/v1/billing", tags=["billing"], responses=CHANGES)
ANY_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {"application/octet-stream": {}}}
}
"""What a route answers that gives a file."""


@router.get(
    "/months/{month}/bill/{form}",
    dependencies=[needs(Right.SEE_BILLS)],
    response_class=Response,
    responses=ANY_FILE,
)
async def bill_as_file(bill: BillGiven, form: BillFormat, runs: RunsGiven) -> Response:
    """A customer's bill as a file: as it was issued, else the draft, which says so."""
    return attached(await run_in_threadpool(runs.billing.bill_file, bill, form))


@router.get(
    "/months/{month}/files/{form}",
    dependencies=[needs(Right.BILL)],
    response_class=Response,
    responses=ANY_FILE,
)
async def month_as_file(work: WorkGiven, form: MonthFormat, runs: RunsGiven) -> Response:
    """A computed month as a file: its summary, or all bills in one."""
    return attached(await run_in_threadpool(runs.billing.site_file, work, form))


@router.get(
    "/months/{month}/zip",
    dependencies=[needs(Right.BILL)],
    response_class=StreamingResponse,
    responses=ANY_FILE,
)
async def month_as_zip(work: WorkGiven, runs: RunsGiven) -> StreamingResponse:
    """All reports of a computed month, sent while they are made."""
    pieces = await run_in_threadpool(runs.billing.zipped, work)
    headers = {"content-disposition": f'attachment; filename="{work.site.month}.zip"'}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.get(
    "/months/{month}/accounting",
    dependencies=[needs(Right.BILL)],
    response_class=Response,
    responses=ANY_FILE,
)
async def month_for_accounting(month: MonthGiven, runs: RunsGiven) -> Response:
    """The lines of a month's issued bills as CSV for accounting systems, by the site's template."""

    def exported() -> ReportFile:
        bills = runs.billing.issued_bills(month)
        return runs.billing.delivery.accounting(month, bills)

    return attached(await run_in_threadpool(exported))


def attached(file: ReportFile) -> Response:
    """A page of another kind is never shown as one of ours: it is to be saved, not opened."""
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
    return Response(file.content, media_type=file.media_type, headers=headers)


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


@router.get("/bills", dependencies=[needs(Right.SEE_BILLS)])
async def issued_bills(runs: RunsGiven, who: WhoAsks) -> list[IssuedBill]:
    """Issued bills, the last month first; a customer's own."""
    return [
        IssuedBill(month=row.month, customer=row.customer) for row in await seen_bills(runs, who)
    ]


async def seen_bills(runs: Runs, who: Who) -> list[BillRow]:
    """Issued bills that somebody may see, the last month first."""
    issued = await run_in_threadpool(runs.billing.issued)
    return [
        BillRow(str(month), month_text(month.first_day), customer)
        for month, customers in sorted(issued.items(), reverse=True)
        for customer in sorted(customers)
        if who.sees(customer)
    ]
