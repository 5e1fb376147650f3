"""The pages of suppliers' invoices."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from bcm_mqtt.access.rights import Right
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.billing.asking import RunsGiven
from bcm_mqtt.web.billing.invoices.views import invoice_view, invoices_view, month_of_invoice
from bcm_mqtt.web.pages.rendering import page
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter()
_Named = Annotated[str, Query(min_length=1, max_length=200)]


@router.get("/billing/invoices", dependencies=[needs(Right.BILL)])
async def invoices_page(runs: RunsGiven, ports: PortsGiven) -> HTMLResponse:
    """All invoices, and a file to enter more."""
    entered = await run_in_threadpool(runs.billing.invoices.entered)
    return page("billing/invoices.html", invoices_view(ports.live.name, entered), root="../")


@router.get("/billing/invoices/one", dependencies=[needs(Right.BILL)])
async def invoice_page(
    supplier: _Named, number: _Named, runs: RunsGiven, ports: PortsGiven
) -> HTMLResponse:
    """An invoice: its division, as the processed month has it, and its revisions."""
    entered = await run_in_threadpool(runs.billing.invoices.entered)
    revisions = [one for one in entered if one.key == (supplier, number)]
    if not revisions:
        message = f"there is no invoice {number!r} of {supplier!r}"
        raise HTTPException(HTTPStatus.NOT_FOUND, message)
    month = month_of_invoice(revisions[-1].invoice)
    work = runs.work(month) if month else None
    view = invoice_view(ports, revisions, work.site if work else None)
    return page("billing/invoice.html", view, root="../../")
