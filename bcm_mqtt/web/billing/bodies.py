"""The JSON of months: the bodies of requests and answers. Decimals are texts, exact."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bcm_mqtt.billing.issue import Verification
from bcm_mqtt.billing.month_work import MonthWork
from bcm_mqtt.billing.wording.work import RULES
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.month_on_month import Comparison
from bcm_mqtt.domain.usage.usage import circuit_count, total_kwh
from bcm_mqtt.web.billing.runs import RunState

_Named = Annotated[str, BeforeValidator(str)]
_Said = Annotated[str, Field(max_length=500)]
Signed = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class Empty(BaseModel):
    """Nothing needs to be said."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """Something of billing as plain values: `model_validate` reads its attributes."""

    model_config = ConfigDict(from_attributes=True)


class RunNow(Shown):
    """Work that takes long."""

    what: str = Field(description="process, issue, send or verify")
    state: RunState
    begun: datetime
    done: int = Field(description="Panels; bills where they are sent.")
    of: int = Field(description="Panels in all; 0 while that is not known.")
    said: list[str] = Field(description="What was issued and what was not.")
    problems: list[str] = Field(description="Why it failed, such as lines of the configuration.")


class MonthKnown(BaseModel):
    """A month with bills."""

    month: str
    issued: int = Field(description="Customers whose bill was issued.")
    processed: datetime | None = Field(description="When it was last computed here.")


class Hours(Shown):
    """Circuit-hours: one is one circuit for one hour. Decimals are texts, exact."""

    measured: Decimal = Field(validation_alias="measured_hours")
    estimated: Decimal = Field(validation_alias="estimated_hours")
    edited: Decimal = Field(validation_alias="edited_hours")
    missing: Decimal = Field(validation_alias="missing_hours")


class DifferenceNow(Shown):
    """A line of an issued bill that would differ if recalculated."""

    label: str
    issued: Decimal = Field(validation_alias="before")
    now: Decimal = Field(validation_alias="after")


class LastMonthNow(BaseModel):
    """A customer's month against the one before it."""

    change: str = Field(description="usual, jump, new, ended or unknown")
    kwh: Decimal | None = Field(description="As it was issued.")
    amount: Decimal | None
    kwh_share: Decimal | None = Field(description="Change of kWh per day, as a share of it.")
    cost_share: Decimal | None
    jumps: list[str] = Field(description="Of energy and cost, what jumps.")

    @classmethod
    def of(cls, one: Comparison) -> Self:
        """As plain values."""
        before = one.before
        return cls(
            change=one.change.value,
            kwh=before.kwh if before else None,
            amount=before.amount if before else None,
            kwh_share=_rounded(one.kwh_share),
            cost_share=_rounded(one.cost_share),
            jumps=list(one.jumps),
        )


def _rounded(share: Decimal | None) -> Decimal | None:
    return None if share is None else round(share, 4)


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
    differs: bool = Field(description="Whether the issued bill would differ if recalculated.")
    differences: list[DifferenceNow]
    last_month: LastMonthNow | None = Field(description="null where nothing was issued for it.")


class PanelMonth(Shown):
    """How well a panel's month is known."""

    panel: str
    circuits: int
    kwh: Decimal
    estimated_kwh: Decimal
    hours: Hours = Field(validation_alias="coverage")
    findings: int


class Reconciled(Shown):
    """A panel by what feeds it and by its circuits."""

    panel: str
    fed_by: _Named = Field(validation_alias="feeder")
    fed_kwh: Decimal
    circuits_kwh: Decimal
    difference_kwh: Decimal = Field(validation_alias="difference")


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


class BillsNamed(BaseModel):
    """Which bills are to be issued."""

    model_config = ConfigDict(extra="forbid")

    customer: str = Field("", max_length=200, description='The only one; "" is all.')
    first: bool = Field(default=True, description="Bills that were not issued yet.")
    revise: bool = Field(default=False, description="Revisions of bills that differ now.")
    reason: _Said = Field("", description="Why they are revised.")


class BillToRelease(BaseModel):
    """A bill that may be issued though it is held for review."""

    model_config = ConfigDict(extra="forbid")

    customer: str = Field(min_length=1, max_length=200)
    by: Signed = Field(description="Who says so.")
    reason: Signed


class Done(BaseModel):
    """It is done."""

    status: str = "ok"


class CheckedBill(Shown):
    """An issued bill against what it would be if recalculated."""

    number: int
    month: _Named
    customer: str
    revision: int
    currency: str
    kwh: Decimal
    amount: Decimal
    kwh_now: Decimal | None
    amount_now: Decimal | None
    changed: list[str] = Field(description="Inputs that have changed since.")
    proved: bool | None = Field(
        description="Where prices alone have changed: whether it is the same by its own; else null."
    )


class VerifiedNow(BaseModel):
    """What checking the chain of all bills found."""

    made: datetime
    faults: list[str] = Field(description="Bills that are not as they were issued.")
    stored: int
    last: int = Field(description="Number of the last bill, 0 for none.")
    sha256: str = Field(description="Of the last bill.")
    bills: list[CheckedBill]
    rules: str = Field(description="What an earlier rule set means for the check, or empty.")


class VerifyRun(BaseModel):
    """The last check of the chain, and the one that is going on."""

    run: RunNow | None
    verified: VerifiedNow | None


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
        panels=[PanelMonth.model_validate(one) for one in work.panels],
        reconciliation=[Reconciled.model_validate(one) for one in site.reconciliation],
    )


def _customer(bill: Bill, work: MonthWork) -> CustomerMonth:
    customer = bill.customer.id
    return CustomerMonth(
        customer=customer,
        name=bill.customer.name,
        circuits=circuit_count(bill.usage),
        kwh=bill.kwh,
        estimated_kwh=bill.estimated_kwh,
        edited_kwh=bill.edited_kwh,
        amount=bill.amount if bill.priced else None,
        currency=bill.currency,
        tariff=bill.tariff,
        hours=Hours.model_validate(bill.coverage),
        status=bill.status.value,
        holds=list(bill.holds),
        number=bill.issue.number if bill.issue else None,
        revision=bill.issue.revision if bill.issue else None,
        differs=customer in work.differences,
        differences=[
            DifferenceNow.model_validate(one) for one in work.differences.get(customer, ())
        ],
        last_month=LastMonthNow.of(last) if (last := work.comparisons.get(customer)) else None,
    )


def verified_body(verification: Verification) -> VerifiedNow:
    """A check of the chain as plain values."""
    last, digest = verification.end
    return VerifiedNow(
        made=verification.made,
        faults=list(map(str, verification.faults)),
        stored=verification.stored,
        last=last,
        sha256=digest,
        bills=[CheckedBill.model_validate(one) for one in verification.bills],
        rules=RULES.said(verification.rules_sentence),
    )
