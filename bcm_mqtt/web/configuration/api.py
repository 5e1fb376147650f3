"""Changes of the configuration: what they would do, writing them, undoing them; the export."""

import asyncio
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bcm_mqtt.access.audit import Change, signature
from bcm_mqtt.access.rights import Right
from bcm_mqtt.errors import BcmError
from bcm_mqtt.languages import _
from bcm_mqtt.mqtt.payloads import Reload
from bcm_mqtt.setup.changing import FORMULAS, SECTIONS, Configuration, Proposal, Section, Wish
from bcm_mqtt.web.access.roles import WhoAsks, needs
from bcm_mqtt.web.configuration.rights import RIGHTS, ConfigurationGiven
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import CHANGES, UNKNOWN, PortsGiven

router = APIRouter(prefix="/api/v1/configuration", tags=["configuration"])
_LONGEST_TEXT: Final = 50_000
_Short = Annotated[str, Field(max_length=200)]
_Field = Annotated[str, Field(max_length=20_000)]
_Text = Annotated[str, Field(max_length=_LONGEST_TEXT)]


class WishBody(BaseModel):
    """What is to be changed: fields, the whole entry as YAML, or that it goes."""

    model_config = ConfigDict(extra="forbid")

    entry: _Short = Field("", description='Id of the entry; "" of a single one.')
    versions: dict[_Short, _Short] = Field(
        description="As they were shown: a file that was changed since is not written to."
    )
    fields: dict[_Short, _Field] | None = Field(None, description='"" removes one.')
    text: _Text | None = Field(None, description="The whole entry as YAML, in place of fields.")
    removes: bool = False
    is_new: bool = False

    def wish(self, section: Section) -> Wish:
        """Of a section."""
        return Wish(
            section,
            self.entry,
            self.versions,
            fields=self.fields,
            text=self.text,
            removes=self.removes,
            is_new=self.is_new,
        )


class PastNamed(BaseModel):
    """A change that was made."""

    model_config = ConfigDict(extra="forbid")

    id: _Short


class LineShown(BaseModel):
    """A line of a file that goes or comes."""

    model_config = ConfigDict(from_attributes=True)

    file: str
    number: int
    sign: Literal["-", "+"]
    text: str


class ProposalShown(BaseModel):
    """Lines that would change, and a sentence that names the issued bills that would differ."""

    lines: list[LineShown]
    touched: str = ""


class SavedShown(BaseModel):
    """Lines that were changed, and what has become of them in sentences."""

    lines: list[LineShown]
    effects: list[str]


class EntryShown(BaseModel):
    """An entry; `fixed` are fields that are written so that only people change them."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    values: dict[str, str]
    fixed: list[str]
    others: list[str]
    text: str


class SectionShown(BaseModel):
    """A part of the configuration."""

    model_config = ConfigDict(from_attributes=True)

    file: str
    entries: list[EntryShown]
    versions: dict[str, str]


class PastShown(BaseModel):
    """A change that was made."""

    id: str
    at: datetime
    by: str
    what: str
    can_undo: bool


async def turn_of(request: Request, who: WhoAsks) -> asyncio.Lock:
    """One proposal of an account is worked out at a time, however many it sends."""
    turn: asyncio.Lock = request.app.state.proposing.setdefault(who.name, asyncio.Lock())
    return turn


TurnGiven = Annotated[asyncio.Lock, Depends(turn_of)]


def _add_routes(section: Section) -> None:
    """Of one section, each with the right that it needs."""
    needed = [needs(RIGHTS[section.id])]

    async def shown(configuration: ConfigurationGiven) -> SectionShown:
        """What the files say."""
        found = await asyncio.to_thread(configuration.shown, section)
        return SectionShown.model_validate(found)

    async def preview(
        body: WishBody, ports: PortsGiven, configuration: ConfigurationGiven, turn: TurnGiven
    ) -> ProposalShown:
        """What a change would do to the files, and to issued bills. Nothing is written."""
        async with turn:
            proposal = await asyncio.to_thread(configuration.proposed, body.wish(section))
            touched = await asyncio.to_thread(_touched, proposal, ports)
        return ProposalShown(lines=_lines(proposal), touched=touched)

    async def change(
        body: WishBody, ports: PortsGiven, configuration: ConfigurationGiven, turn: TurnGiven
    ) -> SavedShown:
        """Writes it, and asks the bridge to read the files again."""
        async with turn:
            proposal = await asyncio.to_thread(configuration.proposed, body.wish(section))
        return await _saved(proposal, ports, configuration)

    path, name = f"/{section.id}", section.id.replace("-", "_")
    router.add_api_route(
        path, shown, dependencies=needed, responses=UNKNOWN, name=f"configuration_{name}"
    )
    for route, made, title in (
        (f"{path}/preview", preview, f"preview_{name}"),
        (f"{path}/change", change, f"change_{name}"),
    ):
        router.add_api_route(
            route, made, methods=["POST"], dependencies=needed, responses=CHANGES, name=title
        )


for _section in SECTIONS.values():
    _add_routes(_section)
_ADMINISTER: Final = [needs(Right.ADMINISTER)]


@router.get("/changes", dependencies=_ADMINISTER, responses=UNKNOWN)
async def changes(configuration: ConfigurationGiven) -> list[PastShown]:
    """Changes that were made by the page, the newest first."""
    past = await asyncio.to_thread(configuration.past)
    return [
        PastShown(id=one.id, at=one.at, by=one.by, what=one.what, can_undo=can_undo)
        for one, can_undo in past
    ]


@router.post("/changes/preview", dependencies=_ADMINISTER, responses=CHANGES)
async def preview_undo(
    body: PastNamed, ports: PortsGiven, configuration: ConfigurationGiven
) -> ProposalShown:
    """What it would do to undo a change. Nothing is written."""
    proposal = await asyncio.to_thread(configuration.undoing, body.id)
    touched = await asyncio.to_thread(_touched, proposal, ports)
    return ProposalShown(lines=_lines(proposal), touched=touched)


@router.post("/changes/undo", dependencies=_ADMINISTER, responses=CHANGES)
async def undo(body: PastNamed, ports: PortsGiven, configuration: ConfigurationGiven) -> SavedShown:
    """Writes the files as they were before a change, if nothing else was changed in them since."""
    proposal = await asyncio.to_thread(configuration.undoing, body.id)
    return await _saved(proposal, ports, configuration)


@router.get("/export", dependencies=_ADMINISTER, responses=UNKNOWN, response_class=Response)
async def export(configuration: ConfigurationGiven, ports: PortsGiven) -> Response:
    """All files of the configuration as one ZIP, without what is secret."""
    content = await asyncio.to_thread(configuration.exported)
    day = ports.clock().astimezone(ports.zone).date().isoformat()
    headers = {"content-disposition": f'attachment; filename="configuration-{day}.zip"'}
    return Response(content, media_type="application/zip", headers=headers)


async def _saved(proposal: Proposal, ports: Ports, configuration: Configuration) -> SavedShown:
    lines = _lines(proposal)
    if not lines:
        return SavedShown(lines=[], effects=[_("Nothing changes.")])
    before, after = (
        "; ".join(line.text.strip() for line in lines if line.sign == sign) for sign in "-+"
    )
    what = f"configuration {proposal.what}"
    touched = await asyncio.to_thread(_touched, proposal, ports)
    await ports.audit(Change(ports.clock(), what, before, after))
    await asyncio.to_thread(configuration.save, proposal, signature())
    files = ", ".join(dict.fromkeys(line.file for line in lines))
    return SavedShown(
        lines=lines,
        effects=[
            _("Saved in %(files)s.", files=files),
            await _applied(proposal, ports),
            *filter(None, [touched]),
        ],
    )


def _touched(proposal: Proposal, ports: Ports) -> str:
    """A sentence about issued bills of the time of changed terms; "" where there are none."""
    if ports.billing is None or proposal.section not in {"", "customers"}:
        return ""
    try:
        found = ports.billing.rehearsal.touched(proposal.settings.terms)
    except BcmError as error:
        return _("Issued bills could not be read: %(why)s", why=error)
    bills = [
        _(
            "bill %(number)s (%(customer)s, %(month)s)",
            number=one.number,
            customer=one.customer,
            month=one.month,
        )
        for one in found
    ]
    if not bills:
        return ""
    return _("Issued bills would differ until they are revised: %(bills)s.", bills=", ".join(bills))


async def _applied(proposal: Proposal, ports: Ports) -> str:
    """What has become of it, in a sentence: the files are written in any case."""
    section = SECTIONS.get(proposal.section)
    reaches_bridge = section.applies_in_bridge if section else proposal.section == FORMULAS
    if not reaches_bridge:
        return _("Bills that are calculated from now on have it; issued ones stay as they are.")
    bridge = proposal.settings.bridge.id
    known = ports.live.bridges.get(bridge)
    if known is None or not known.online:
        return _("Bridge %(bridge)s is offline: it applies this when it starts.", bridge=bridge)
    try:
        await ports.bridge.request(bridge, Reload())
    except BcmError as error:
        return _("Bridge %(bridge)s has not applied it: %(why)s", bridge=bridge, why=error)
    return _("Bridge %(bridge)s has applied it.", bridge=bridge)


def _lines(proposal: Proposal) -> list[LineShown]:
    return [LineShown.model_validate(line) for line in proposal.lines]
