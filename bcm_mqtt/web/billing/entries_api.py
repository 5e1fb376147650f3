"""Intervals of a circuit, and signed entries about them: the original stays as it is."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from bcm_mqtt.access.audit import Change
from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.review import StoredEntry, milliwatts_of
from bcm_mqtt.domain.site.circuit import CircuitId
from bcm_mqtt.domain.site.formula.formula import circuit_id
from bcm_mqtt.domain.time import instant_of
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.domain.vee.quality import Flag
from bcm_mqtt.errors import InputError
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.billing.asking import MonthGiven, RunsGiven, author
from bcm_mqtt.web.billing.bodies import Shown, Signed
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import CHANGES, PortsGiven

router = APIRouter(
    prefix="/api/v1/billing",
    tags=["billing"],
    dependencies=[needs(Right.BILL)],
    responses=CHANGES,
)
FORMULA_ID = "^f-[a-z0-9_-]{1,60}$"
PanelNamed = Annotated[str, Query(min_length=1, max_length=100, description="Its id.")]
CircuitNamed = Annotated[
    str,
    Query(
        max_length=64,
        pattern=rf"^([1-9][0-9]{{0,2}}|{FORMULA_ID[1:-1]})$",
        description="The circuit's first pole, or the id of a formula.",
    ),
]
PoleNamed = Annotated[int, Query(ge=1, le=512, description="The circuit's first pole.")]
_Id = Annotated[int, Field(ge=1, le=2**53)]


class IntervalNow(Shown):
    """15 minutes; what was measured of them stays, whatever is entered."""

    start: datetime
    measured_kw: float | None = Field(description="Mean over the measured time; null for none.")
    measured_share: float = Field(description="Of the 15 minutes, 0 to 1.")
    kw: float | None = Field(description="As billed; null where nothing is.")
    how: str = Field(description='How that came about; "" is measured.')
    flags: list[str] = Field(description="Findings of validation.")


class FindingNow(Shown):
    """A finding of validation."""

    flag: str
    start: datetime
    end: datetime
    detail: str


class CircuitMonth(Shown):
    """A circuit's month."""

    panel: str
    pole: CircuitId = Field(description="Its first pole, or the id of a formula.")
    descriptions: list[str] = Field(validation_alias="names")
    customers: list[str]
    findings: list[FindingNow]
    intervals: list[IntervalNow]


class EntryNow(BaseModel):
    """A signed entry about a circuit's intervals."""

    id: int
    panel: str
    pole: CircuitId = Field(description="First pole, or the id of a formula; 0 of the panel.")
    start: datetime
    end: datetime
    action: EditAction
    kw: Decimal | None = Field(description="Of set.")
    author: str
    reason: str
    made: datetime
    withdraws: int | None = Field(description="The entry that this one withdraws.")
    flag: str = Field("", description='The only flag that accept accepts; "" is all.')
    in_force: bool


class EntryNamed(BaseModel):
    """What is to be entered about a circuit's intervals, before anybody signs it."""

    model_config = ConfigDict(extra="forbid")

    panel: str = Field(min_length=1, max_length=100)
    pole: int = Field(
        ge=0, le=512, description="The circuit's first pole, 0 to accept of the panel."
    )
    start: str = Field(max_length=40, description="Local date or time, on a quarter hour.")
    end: str = Field(max_length=40, description="Local end, on a quarter hour.")
    action: EditAction = Field(description="set, discard or accept")
    flag: Flag | None = Field(None, description="Of accept: the only flag that is accepted.")
    kw: str | None = Field(
        None, pattern=r"^[0-9]{1,6}(\.[0-9]{1,6})?$", description="Of set, such as 1.25."
    )
    force: bool = Field(
        default=False, description="Of set: also above 1.2 times what the breaker carries."
    )


class NewEntry(EntryNamed):
    """An entry to be made."""

    by: Signed = Field(description="Who says so.")
    reason: Signed


class EntryToWithdraw(BaseModel):
    """An entry to be withdrawn."""

    model_config = ConfigDict(extra="forbid")

    id: _Id
    by: Signed = Field(description="Who says so.")
    reason: Signed


@router.get("/months/{month}/intervals")
async def intervals(
    month: MonthGiven, panel: PanelNamed, pole: CircuitNamed, runs: RunsGiven
) -> CircuitMonth:
    """Each interval of a circuit, or of a formula: as measured, and as billed."""
    circuit = await run_in_threadpool(runs.billing.circuit, month, panel, circuit_id(pole))
    return CircuitMonth.model_validate(circuit)


@router.get("/entries")
async def entries(panel: PanelNamed, pole: PoleNamed, runs: RunsGiven) -> list[EntryNow]:
    """All entries about a circuit, also those that were withdrawn."""
    return [entry_now(one) for one in await run_in_threadpool(runs.billing.entries, panel, pole)]


@router.post("/entries/enter", status_code=201)
async def enter(body: NewEntry, runs: RunsGiven, who: WhoAsks, ports: PortsGiven) -> EntryNow:
    """Enters something about a circuit's intervals; drafts change, issued bills do not."""
    entry = entry_of(body, author(body.by, who), body.reason.strip(), ports)
    await run_in_threadpool(runs.billing.check, entry, force=body.force)
    kw = f" {body.kw} kW" if body.kw is not None else ""
    after = (
        f"{entry.action.value}{kw} from {entry.start} to {entry.end} "
        f"by {entry.author}: {entry.reason}"
    )
    what = f"intervals of {entry.panel}:{entry.first_pole}"
    await ports.audit(Change(ports.clock(), what, "", after))
    stored = await run_in_threadpool(runs.billing.enter, entry, force=body.force)
    return entry_now(StoredEntry(stored, in_force=True))


@router.post("/entries/withdraw", status_code=201)
async def withdraw(
    body: EntryToWithdraw, runs: RunsGiven, who: WhoAsks, ports: PortsGiven
) -> EntryNow:
    """Withdraws an entry, by an entry of its own."""
    by, reason = author(body.by, who), body.reason.strip()
    taken = await run_in_threadpool(runs.billing.entry, body.id)
    what = f"intervals of {taken.panel}:{taken.first_pole}"
    before = f"entry {taken.id}: {taken.action.value} from {taken.start} to {taken.end}"
    await ports.audit(Change(ports.clock(), what, before, f"withdrawn by {by}: {reason}"))
    stored = await run_in_threadpool(runs.billing.withdraw, body.id, by, reason)
    return entry_now(StoredEntry(stored, in_force=False))


def entry_of(body: EntryNamed, by: str, reason: str, ports: Ports) -> IntervalEdit:
    """The entry that somebody signs; raises InputError at the field that is wrong."""
    if (body.action is EditAction.SET) != (body.kw is not None):
        raise InputError.of("expected kw with set, and only with it", key="entry: kw")
    if body.action is EditAction.WITHDRAW:
        raise InputError.of("expected set, discard or accept", key="entry: action")
    if body.flag and body.action is not EditAction.ACCEPT:
        raise InputError.of("expected flag only with accept", key="entry: flag")
    return IntervalEdit(
        panel=body.panel,
        first_pole=body.pole,
        start=_instant("start", body.start, ports),
        end=_instant("end", body.end, ports),
        action=body.action,
        author=by,
        reason=reason,
        made=ports.clock(),
        milliwatts=None if body.kw is None else milliwatts_of(body.kw),
        flag=body.flag.value if body.flag else "",
    )


def _instant(name: str, text: str, ports: Ports) -> datetime:
    try:
        return instant_of(text, ports.zone)
    except ValueError as error:
        raise InputError.of(str(error), key=f"entry: {name}") from None


def entry_now(shown: StoredEntry) -> EntryNow:
    """An entry as plain values."""
    entry = shown.entry
    return EntryNow(
        id=entry.id,
        panel=entry.panel,
        pole=entry.circuit,
        start=entry.start,
        end=entry.end,
        action=entry.action,
        kw=entry.kw,
        author=entry.author,
        reason=entry.reason,
        made=entry.made,
        withdraws=entry.withdraws,
        flag=entry.flag,
        in_force=shown.in_force,
    )
