"""Months: computing them, what they come to, issuing, releasing, checking the chain."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from bcm_mqtt.domain.bill import Bill, total_kwh
from bcm_mqtt.domain.bill_release import BillRelease
from bcm_mqtt.domain.usage import Coverage
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.billing.asking import REFUSALS, MonthGiven, RunsGiven, WorkGiven
from bcm_mqtt.web.billing.runs import Run, RunState
from bcm_mqtt.web.billing.shapes import IssueWanted, MonthWork
from bcm_mqtt.web.ports import Change
from bcm_mqtt.web.refusals import PortsGiven

router = APIRouter(prefix="/api/v1/billing", tags=["billing"], responses=REFUSALS)
_Said = Annotated[str, Field(max_length=500)]
Signed = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class Empty(BaseModel):
    """Nothing needs to be said."""

    model_config = ConfigDict(extra="forbid")


class RunNow(BaseModel):
    """Work that takes long."""

    what: str = Field(description="process, issue or verify")
    state: RunState
    begun: datetime
    done: int = Field(description="Panels.")
    of: int = Field(description="Panels in all; 0 while that is not known.")
    said: list[str] = Field(description="What was issued and what was not.")
    problems: list[str] = Field(description="Why it failed, such as lines of the configuration.")


class MonthKnown(BaseModel):
    """A month with bills."""

    month: str
    issued: int = Field(description="Customers whose bill was issued.")
    processed: datetime | None = Field(description="When it was last computed here.")


class Hours(BaseModel):
    """Circuit-hours: one is one circuit for one hour. Decimals are texts, exact."""

    measured: Decimal
    estimated: Decimal
    edited: Decimal
    missing: Decimal

    @classmethod
    def of(cls, coverage: Coverage) -> "Hours":
        """Those of a coverage."""
        return cls(
            measured=coverage.measured_hours,
            estimated=coverage.estimated_hours,
            edited=coverage.edited_hours,
            missing=coverage.missing_hours,
        )


class DifferenceNow(BaseModel):
    """A line of an issued bill that would be another now."""

    label: str
    issued: Decimal
    now: Decimal


class CustomerMonth(BaseModel):
    """A customer's bill in short; decimals are texts, exact."""

    customer: str
    name: str
    circuits: int
    kwh: Decimal
    estimated_kwh: Decimal
    edited_kwh: Decimal
    amount: Decimal | None = Field(description="null without a tariff.")
    currency: str
    tariff: str
    hours: Hours
    status: str
    holds: list[str] = Field(description="Why it must be reviewed before it is issued.")
    number: int | None = Field(description="Of the issued bill.")
    revision: int | None
    differs: bool = Field(description="Whether the issued bill would be another now.")
    differences: list[DifferenceNow]


class PanelMonth(BaseModel):
    """How well a panel's month is known."""

    panel: str
    circuits: int
    kwh: Decimal
    estimated_kwh: Decimal
    hours: Hours
    findings: int


class Reconciled(BaseModel):
    """A panel by what feeds it and by its circuits."""

    panel: str
    fed_by: str
    fed_kwh: Decimal
    circuits_kwh: Decimal
    difference_kwh: Decimal


class MonthNow(BaseModel):
    """A month as it was computed."""

    month: str
    made: datetime
    changed: list[str] = Field(description="What was changed by this page since.")
    kwh: Decimal
    unallocated_kwh: Decimal = Field(description="Energy that nobody pays for.")
    customers: list[CustomerMonth]
    panels: list[PanelMonth]
    reconciliation: list[Reconciled]


class IssueAsked(BaseModel):
    """Which bills are to be issued."""

    model_config = ConfigDict(extra="forbid")

    customer: str = Field("", max_length=200, description='The only one; "" is all.')
    first: bool = Field(True, description="Bills that were not issued yet.")
    revise: bool = Field(False, description="Those anew that are not what was issued.")
    reason: _Said = Field("", description="Why they are revised.")


class ReleaseAsked(BaseModel):
    """A bill that may be issued though it is held for review."""

    model_config = ConfigDict(extra="forbid")

    customer: str = Field(min_length=1, max_length=200)
    by: Signed = Field(description="Who says so.")
    reason: Signed


class Done(BaseModel):
    """It is done."""

    status: str = "ok"


class CheckedBill(BaseModel):
    """An issued bill against what it would be now."""

    number: int
    month: str
    customer: str
    revision: int
    currency: str
    kwh: Decimal
    amount: Decimal
    kwh_now: Decimal | None
    amount_now: Decimal | None
    changed: list[str] = Field(description="Inputs that have changed since.")


class VerifiedNow(BaseModel):
    """What checking the chain of all bills found."""

    made: datetime
    faults: list[str] = Field(description="Bills that are not as they were issued.")
    stored: int
    last: int = Field(description="Number of the last bill, 0 for none.")
    sha256: str = Field(description="Of the last bill.")
    bills: list[CheckedBill]


class VerifyRun(BaseModel):
    """The last check of the chain, and the one that is going on."""

    run: RunNow | None
    verified: VerifiedNow | None


@router.get("/months")
async def months(runs: RunsGiven) -> list[MonthKnown]:
    """Months with issued bills, and those that were computed here; the last first."""
    issued = await run_in_threadpool(runs.billing.issued)
    known = sorted({*issued, *runs.months()}, reverse=True)
    found = [(month, runs.work(month)) for month in known]
    return [
        MonthKnown(
            month=str(month), issued=issued.get(month, 0), processed=work.made if work else None
        )
        for month, work in found
    ]


@router.get("/months/{month}")
async def one_month(work: WorkGiven, runs: RunsGiven) -> MonthNow:
    """A month as it was last computed."""
    return month_now(work, runs.changed(work.site.month))


@router.get("/months/{month}/run")
async def run_now(month: MonthGiven, runs: RunsGiven) -> RunNow | None:
    """How far the work on a month is; null where none was begun."""
    run = runs.run(month)
    return _run(run) if run else None


@router.post("/months/{month}/process", status_code=202)
async def process(_nothing: Empty, month: MonthGiven, runs: RunsGiven) -> RunNow:
    """Begins to compute a month; nothing is issued or stored by it."""
    return _run(runs.process(month))


@router.post("/months/{month}/cancel")
async def cancel(_nothing: Empty, month: MonthGiven, runs: RunsGiven) -> Done:
    """Ends the work on a month; it leaves nothing."""
    runs.cancel(month)
    return Done()


@router.post("/months/{month}/issue", status_code=202)
async def issue(asked: IssueAsked, month: MonthGiven, runs: RunsGiven, ports: PortsGiven) -> RunNow:
    """Begins to issue bills: they get numbers and are stored for good."""
    reason = asked.reason.strip()
    if not (asked.first or asked.revise):
        raise InputError.of("expected first, revise or both", key="bill: first")
    if asked.revise and not reason:
        raise InputError.of("expected why the bills are revised", key="bill: reason")
    run = runs.issue(IssueWanted(month, asked.first, asked.revise, reason, asked.customer))
    acts = [name for name, wanted in (("issue", asked.first), ("revise", asked.revise)) if wanted]
    after = " and ".join(acts) + (f": {reason}" if reason else "")
    what = f"bills of {month}" + (f", {asked.customer}" if asked.customer else "")
    ports.audit(Change(ports.clock(), what, "", after))
    return _run(run)


@router.post("/months/{month}/release")
async def release(
    asked: ReleaseAsked, month: MonthGiven, work: WorkGiven, runs: RunsGiven, ports: PortsGiven
) -> Done:
    """Says that a bill that is held for review may be issued."""
    draft = work.draft(asked.customer)
    if draft is None or not draft.holds:
        message = f"the bill of {asked.customer!r} for {month} is not held for review"
        raise InputError.of(message, key="bill: customer")
    made = ports.clock()
    by, reason = asked.by.strip(), asked.reason.strip()
    entry = BillRelease(month, asked.customer, by, reason, made)
    after = f"released by {by}: {reason}"
    ports.audit(
        Change(made, f"bill of {asked.customer} for {month}", "; ".join(draft.holds), after)
    )
    await run_in_threadpool(runs.billing.release, entry)
    runs.note(f"the bill of {asked.customer} for {month} was released")
    return Done()


@router.post("/verify", status_code=202)
async def verify(_nothing: Empty, runs: RunsGiven) -> RunNow:
    """Begins to check all issued bills and to compute them anew."""
    return _run(runs.verify())


@router.get("/verify")
async def verified(runs: RunsGiven) -> VerifyRun:
    """What the last check of the chain found."""
    run, found = runs.run(None), runs.verified
    if found is None:
        return VerifyRun(run=_run(run) if run else None, verified=None)
    bills = [
        CheckedBill(
            number=one.number,
            month=str(one.month),
            customer=one.customer,
            revision=one.revision,
            currency=one.currency,
            kwh=one.kwh,
            amount=one.amount,
            kwh_now=one.kwh_now,
            amount_now=one.amount_now,
            changed=list(one.changed),
        )
        for one in found.bills
    ]
    shown = VerifiedNow(
        made=found.made,
        faults=list(found.faults),
        stored=found.stored,
        last=found.last,
        sha256=found.sha256,
        bills=bills,
    )
    return VerifyRun(run=_run(run) if run else None, verified=shown)


def month_now(work: MonthWork, changed: tuple[str, ...]) -> MonthNow:
    """A computed month as plain values."""
    site = work.site
    return MonthNow(
        month=str(site.month),
        made=work.made,
        changed=list(changed),
        kwh=site.kwh,
        unallocated_kwh=total_kwh(site.unallocated),
        customers=[_customer(bill, work) for bill in site.bills],
        panels=[
            PanelMonth(
                panel=one.panel,
                circuits=one.circuits,
                kwh=one.kwh,
                estimated_kwh=one.estimated_kwh,
                hours=Hours.of(one.coverage),
                findings=one.findings,
            )
            for one in work.panels
        ],
        reconciliation=[
            Reconciled(
                panel=one.panel,
                fed_by=str(one.feeder),
                fed_kwh=one.fed_kwh,
                circuits_kwh=one.circuits_kwh,
                difference_kwh=one.difference,
            )
            for one in site.reconciliation
        ],
    )


def _customer(bill: Bill, work: MonthWork) -> CustomerMonth:
    customer = bill.customer.id
    return CustomerMonth(
        customer=customer,
        name=bill.customer.name,
        circuits=len({(row.panel, row.circuit.first_pole) for row in bill.usage}),
        kwh=bill.kwh,
        estimated_kwh=bill.estimated_kwh,
        edited_kwh=bill.edited_kwh,
        amount=bill.amount if bill.priced else None,
        currency=bill.currency,
        tariff=bill.tariff,
        hours=Hours.of(bill.coverage),
        status=bill.status.value,
        holds=list(bill.holds),
        number=bill.issue.number if bill.issue else None,
        revision=bill.issue.revision if bill.issue else None,
        differs=customer in work.differences,
        differences=[
            DifferenceNow(label=one.label, issued=one.before, now=one.after)
            for one in work.differences.get(customer, ())
        ],
    )


def _run(run: Run) -> RunNow:
    return RunNow(
        what=run.what,
        state=run.state,
        begun=run.begun,
        done=run.done,
        of=run.of,
        said=list(run.said),
        problems=list(run.problems),
    )
