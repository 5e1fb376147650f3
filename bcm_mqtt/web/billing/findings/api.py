"""What a change that a finding suggests would do; and acceptances of findings."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, cast

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.effect import AccountEffect, Effect, Proposal
from bcm_mqtt.billing.pages.effect_words import effect_sentences
from bcm_mqtt.billing.review import Acceptance, StoredEntry, accepting
from bcm_mqtt.domain.time import Month
from bcm_mqtt.domain.vee.flag import Flag
from bcm_mqtt.domain.vee.quality import Finding
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.api.meters import InstrumentBody, InstrumentChangeBody, instrument_change
from bcm_mqtt.web.billing.asking import MonthGiven, RunsGiven, WorkGiven, author
from bcm_mqtt.web.billing.bodies import Shown, Signed
from bcm_mqtt.web.billing.entries_api import FORMULA_ID, EntryNamed, EntryNow, entry_now, entry_of
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

router = APIRouter(
    prefix="/api/v1/billing/months/{month}",
    tags=["billing"],
    dependencies=[needs(Right.BILL)],
    responses=CHANGES,
)
_NOT_YET = "not signed yet"
_Named = Annotated[str, BeforeValidator(str)]


class FindingNamed(BaseModel):
    """Findings of a circuit, or of a panel itself."""

    model_config = ConfigDict(extra="forbid")

    panel: str = Field(min_length=1, max_length=100)
    pole: Annotated[int, Field(ge=0, le=512)] | Annotated[str, Field(pattern=FORMULA_ID)] = Field(
        description="The circuit's first pole, or the id of a formula; 0 of the panel itself."
    )
    flag: Flag


class FindingToAccept(FindingNamed):
    """Findings that are right as they are."""

    by: Signed = Field(description="Who says so.")
    reason: Signed


class ChangeProposed(BaseModel):
    """One change that may be made."""

    model_config = ConfigDict(extra="forbid")

    accept: FindingNamed | None = None
    entry: EntryNamed | None = None
    instrument: InstrumentChangeBody | None = Field(  # type: ignore[valid-type]
        None, description="Rows of meters.csv."
    )


class AccountNow(BaseModel):
    """A customer's draft as it is and as it would be; decimals are texts, exact."""

    customer: str = Field(description='"" is unallocated energy.')
    currency: str
    kwh: tuple[Decimal, Decimal, Decimal] = Field(description="Before, after, difference.")
    amount: tuple[Decimal, Decimal, Decimal] | None = Field(description="null without a tariff.")
    holds: tuple[list[str], list[str]] = Field(description="Why it is held, before and after.")


class FindingNow(BaseModel):
    """A finding that goes away or appears."""

    flag: str
    title: str
    panel: str
    poles: list[int]
    start: datetime
    end: datetime
    detail: str


class IssuedNow(Shown):
    """An issued bill that rests on the changed time; it stays as it is until it is revised."""

    number: int
    month: _Named
    customer: str


class EffectNow(BaseModel):
    """What a change would do to a month. Nothing is stored."""

    month: str
    accounts: list[AccountNow] = Field(description="Those of which anything changes.")
    gone: list[FindingNow] = Field(description="Findings that there would no longer be.")
    new: list[FindingNow] = Field(description="Findings that there would be.")
    issued: list[IssuedNow]
    effects: list[str] = Field(description="The same in sentences, but for the figures.")


@router.post("/effect")
async def effect(
    body: ChangeProposed, month: MonthGiven, runs: RunsGiven, ports: PortsGiven
) -> EffectNow:
    """What a change would do to the drafts of a month, in kWh and money. Nothing is done."""
    proposal = _proposal(body, month, ports)
    found = await run_in_threadpool(runs.billing.effect, proposal)
    return _effect_now(found, list(effect_sentences(found)))


@router.post("/accept", status_code=201)
async def accept(
    body: FindingToAccept, work: WorkGiven, runs: RunsGiven, who: WhoAsks, ports: PortsGiven
) -> list[EntryNow]:
    """Accepts findings of a month as it was calculated; of a state of the circuit by one entry."""
    month = work.site.month
    given = replace(
        _acceptance(body, month, ports), author=author(body.by, who), reason=body.reason.strip()
    )
    entries = accepting(given, work.drafts.all_findings)
    for entry in entries:
        await run_in_threadpool(runs.billing.check, entry)
    where = f"{given.panel}:{given.pole}" if given.pole else given.panel
    after = f"{given.flag} of {month} accepted by {given.author}: {given.reason}"
    await ports.audit(Change(ports.clock(), f"findings of {where}", "", after))
    stored = [await run_in_threadpool(runs.billing.enter, entry) for entry in entries]
    return [entry_now(StoredEntry(entry, in_force=True)) for entry in stored]


def _proposal(body: ChangeProposed, month: Month, ports: Ports) -> Proposal:
    if len(body.model_fields_set) != 1:
        raise InputError.of("expected one of accept, entry and instrument")
    if body.accept:
        return Proposal(month, acceptances=(_acceptance(body.accept, month, ports),))
    if body.entry:
        entry = entry_of(body.entry, _NOT_YET, _NOT_YET, ports)
        return Proposal(month, entries=(entry,), force=body.entry.force)
    rows: InstrumentBody | None = cast("Any", body.instrument)
    if rows:
        return Proposal(month, instruments=(instrument_change(rows, ports),))
    raise InputError.of("expected a change, not null")


def _acceptance(body: FindingNamed, month: Month, ports: Ports) -> Acceptance:
    return Acceptance(month, body.panel, body.pole, body.flag, _NOT_YET, _NOT_YET, ports.clock())


def _effect_now(found: Effect, effects: list[str]) -> EffectNow:
    return EffectNow(
        month=str(found.month),
        accounts=[_account_now(one) for one in found.accounts],
        gone=[_finding_now(one) for one in found.gone],
        new=[_finding_now(one) for one in found.new],
        issued=[IssuedNow.model_validate(one) for one in found.issued],
        effects=effects,
    )


def _account_now(one: AccountEffect) -> AccountNow:
    return AccountNow(
        customer=one.customer,
        currency=one.currency,
        kwh=(*one.kwh, one.kwh[1] - one.kwh[0]),
        amount=(*one.amount, one.amount[1] - one.amount[0]) if one.amount else None,
        holds=(list(one.holds[0]), list(one.holds[1])),
    )


def _finding_now(one: Finding) -> FindingNow:
    return FindingNow(
        flag=one.flag.value,
        title=one.flag.meaning.title,
        panel=one.panel,
        poles=list(one.poles),
        start=one.start,
        end=one.end,
        detail=one.detail,
    )
