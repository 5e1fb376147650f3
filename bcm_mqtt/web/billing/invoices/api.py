"""Requests for suppliers' invoices: what a file would do, and entering it."""

from base64 import b64decode
from typing import Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.review import check_signature
from bcm_mqtt.config.directory.csv_rows import text_of
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.asking import RunsGiven, author
from bcm_mqtt.web.billing.bodies import Signed
from bcm_mqtt.web.billing.check_api import BASE64, LARGEST_FILE
from bcm_mqtt.web.billing.invoices.views import proposal_sentences
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

router = APIRouter(
    prefix="/api/v1/billing/invoices",
    tags=["billing"],
    dependencies=[needs(Right.BILL)],
    responses=CHANGES,
)
_SOURCE: Final = "invoices.csv"


class InvoiceFile(BaseModel):
    """A CSV file of invoices."""

    model_config = ConfigDict(extra="forbid")

    content: str = Field(
        max_length=LARGEST_FILE // 3 * 4, pattern=BASE64, description="Of the file, base64."
    )

    @property
    def text(self) -> str:
        """Of the file."""
        return text_of(b64decode(self.content), _SOURCE)


class InvoiceFileToEnter(InvoiceFile):
    """A CSV file of invoices that somebody enters."""

    by: Signed = Field(description="Who enters it.")
    reason: str = Field("", max_length=500, description="Why; a revised invoice needs one.")


class ProposedFile(BaseModel):
    """What a file would do, or did; sentences in the reader's language."""

    invoices: int = Field(description="How many of the file are not there as it has them.")
    revised: bool = Field(description="Whether any of them revises one that is there.")
    sentences: list[str]


@router.post("/preview")
async def preview(body: InvoiceFile, runs: RunsGiven) -> ProposedFile:
    """Says what entering a file would do; nothing is stored."""
    found = await run_in_threadpool(runs.billing.invoices.proposed, body.text, _SOURCE)
    new = [one for one in found if one.revision]
    revised = any(one.revision > 1 for one in new)
    return ProposedFile(invoices=len(new), revised=revised, sentences=proposal_sentences(found))


@router.post("", status_code=201)
async def enter(
    body: InvoiceFileToEnter, runs: RunsGiven, who: WhoAsks, ports: PortsGiven
) -> ProposedFile:
    """Enters the invoices of a file, all or none; what was entered before stays as it is."""
    by, reason = author(body.by, who), body.reason.strip()
    check_signature("invoice", by, reason or "-")
    invoices = runs.billing.invoices
    found = await run_in_threadpool(invoices.proposed, body.text, _SOURCE)
    new = [one for one in found if one.revision]
    revised = any(one.revision > 1 for one in new)
    if revised and not reason:
        raise InputError.of("expected why an invoice is revised", key="reason")
    for one in new:
        named = f"invoice {one.invoice.number} of {one.invoice.supplier}"
        before = f"revision {one.revision - 1}" if one.revision > 1 else ""
        after = f"revision {one.revision} entered by {by}" + (f": {reason}" if reason else "")
        await ports.audit(Change(ports.clock(), named, before, after))
    await run_in_threadpool(invoices.enter, body.text, _SOURCE, by, reason)
    return ProposedFile(invoices=len(new), revised=revised, sentences=proposal_sentences(found))
