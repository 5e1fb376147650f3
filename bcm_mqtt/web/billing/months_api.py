"""Months: computing them, what they come to, issuing, releasing, checking the chain."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.issue import IssueRequest
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.asking import MonthGiven, RunsGiven, WorkGiven, author
from bcm_mqtt.web.billing.bodies import (
    BillsNamed,
    BillToRelease,
    Done,
    Empty,
    MonthKnown,
    MonthNow,
    RunNow,
    VerifyRun,
    month_now,
    verified_body,
)
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

router = APIRouter(
    prefix="/api/v1/billing",
    tags=["billing"],
    dependencies=[needs(Right.BILL)],
    responses=CHANGES,
)


@router.get("/months")
async def months(runs: RunsGiven) -> list[MonthKnown]:
    """Months with issued bills, and those that were computed here; the last first."""
    issued = await run_in_threadpool(runs.billing.issued)
    known = sorted({*issued, *runs.months()}, reverse=True)
    return [
        MonthKnown(
            month=str(month),
            issued=len(issued.get(month, ())),
            processed=work.made if work else None,
        )
        for month in known
        for work in [runs.work(month)]
    ]


@router.get("/months/{month}")
async def one_month(work: WorkGiven, runs: RunsGiven) -> MonthNow:
    """A month as it was last computed."""
    return month_now(work, await run_in_threadpool(runs.changed, work.site.month))


@router.get("/months/{month}/run")
async def run_now(month: MonthGiven, runs: RunsGiven) -> RunNow | None:
    """How far the work on a month is; null where none was begun."""
    run = runs.run(month)
    return RunNow.model_validate(run) if run else None


@router.post("/months/{month}/process", status_code=202)
async def process(_nothing: Empty, month: MonthGiven, runs: RunsGiven) -> RunNow:
    """Begins to compute a month; nothing is issued or stored by it."""
    return RunNow.model_validate(runs.process(month))


@router.post("/months/{month}/cancel")
async def cancel(_nothing: Empty, month: MonthGiven, runs: RunsGiven) -> Done:
    """Ends the work on a month; it leaves nothing."""
    runs.cancel(month)
    return Done()


@router.post("/months/{month}/issue", status_code=202)
async def issue(body: BillsNamed, month: MonthGiven, runs: RunsGiven, ports: PortsGiven) -> RunNow:
    """Begins to issue bills: they get numbers and are stored for good."""
    reason = body.reason.strip()
    if not (body.first or body.revise):
        raise InputError.of("expected first, revise or both", key="bill: first")
    if body.revise and not reason:
        raise InputError.of("expected why the bills are revised", key="bill: reason")
    acts = [name for name, chosen in (("issue", body.first), ("revise", body.revise)) if chosen]
    after = " and ".join(acts) + (f": {reason}" if reason else "")
    what = f"bills of {month}" + (f", {body.customer}" if body.customer else "")
    await ports.audit(Change(ports.clock(), what, "", after))
    run = runs.issue(IssueRequest(month, body.first, body.revise, reason, body.customer))
    return RunNow.model_validate(run)


@router.post("/months/{month}/send", status_code=202)
async def send(_nothing: Empty, month: MonthGiven, runs: RunsGiven, ports: PortsGiven) -> RunNow:
    """Begins to mail the issued bills to whoever has not got them."""
    await run_in_threadpool(runs.billing.delivery.mail_room, resend=False)  # or why it cannot be
    await ports.audit(Change(ports.clock(), f"bills of {month}", "", "mailed"))
    return RunNow.model_validate(runs.send(month))


@router.post("/months/{month}/release")
async def release(
    body: BillToRelease,
    month: MonthGiven,
    work: WorkGiven,
    runs: RunsGiven,
    who: WhoAsks,
    ports: PortsGiven,
) -> Done:
    """Releases a bill that is held for review, so that it may be issued."""
    draft = work.draft(body.customer)
    if draft is None or not draft.holds:
        message = f"the bill of {body.customer!r} for {month} is not held for review"
        raise InputError.of(message, key="bill: customer")
    made = ports.clock()
    by, reason = author(body.by, who), body.reason.strip()
    entry = BillRelease(month, body.customer, by, reason, made)
    after = f"released by {by}: {reason}"
    await ports.audit(
        Change(made, f"bill of {body.customer} for {month}", "; ".join(draft.holds), after)
    )
    await run_in_threadpool(runs.billing.release, entry)
    return Done()


@router.post("/verify", status_code=202)
async def verify(_nothing: Empty, runs: RunsGiven) -> RunNow:
    """Begins to check all issued bills and to recalculate them."""
    return RunNow.model_validate(runs.verify())


@router.get("/verified")
async def verified(runs: RunsGiven) -> VerifyRun:
    """The result of the last check of the chain."""
    run, last = runs.run(None), runs.verified
    return VerifyRun(
        run=RunNow.model_validate(run) if run else None,
        verified=verified_body(last) if last else None,
    )
