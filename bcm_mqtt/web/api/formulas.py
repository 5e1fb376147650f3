"""Formula circuits: what there are, what a change of one would do, and the change."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from bcm_mqtt.access.audit import Change, signature
from bcm_mqtt.access.rights import Right
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.domain.site.formula.edit import FormulaChange
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, Members, members_of, members_text
from bcm_mqtt.domain.time import instant_of, instant_text
from bcm_mqtt.errors import BcmError, InputError
from bcm_mqtt.languages import _
from bcm_mqtt.mqtt.payloads import Reload
from bcm_mqtt.setup.changing import Configuration, FormulaProposal
from bcm_mqtt.web.access.roles import needs
from bcm_mqtt.web.configuration.api import TurnGiven
from bcm_mqtt.web.formula_edits import formula_effects, formula_words, live_effects
from bcm_mqtt.web.live.formulas import formulas_now
from bcm_mqtt.web.ports import Ports
from bcm_mqtt.web.refusals import CHANGES, UNKNOWN, PortsGiven

router = APIRouter(prefix="/api/v1/formulas", tags=["formulas"])
_LONGEST_MEMBERS: Final = 20_000
_Id = Annotated[str, Field(max_length=100)]


class FormulaShown(BaseModel):
    """A version of a formula circuit, as formulas.csv has it."""

    panel: str = Field(description="With whose circuits it is listed.")
    id: str = Field(description="f- and a name.")
    members: str = Field(description='With their signs; "": it is no circuit from then on.')
    description: str
    customer: str = Field(description='"" takes it from the description.')
    valid_from: str = Field(description='Local date or time; "" is always.')
    now: bool = Field(description="Whether it is the version in force, and a circuit.")


class CircuitNamed(BaseModel):
    """A circuit that may be a member."""

    place: str = Field(description="PANEL:POLE, or PANEL:f-name.")
    description: str


class FormulasShown(BaseModel):
    """All versions, and what there is to make formulas of."""

    version: str = Field(description="Of formulas.csv; a change names it.")
    formulas: list[FormulaShown]
    circuits: list[CircuitNamed]


class FormulaChangeBody(BaseModel):
    """What is to be different about a formula; a key that is not given stays as it is."""

    model_config = ConfigDict(extra="forbid")

    panel: _Id
    id: _Id = Field(description="f- and small letters, digits, _ or -, such as f-rest.")
    version: _Id = Field(description="Of formulas.csv as it was shown.")
    is_new: bool = False
    ends: bool = Field(default=False, description="Whether it is no circuit from then on.")
    members: Annotated[str, Field(max_length=_LONGEST_MEMBERS)] | None = Field(
        None, description="Circuits with + and - between them, such as msb-1:5 - floor-3:1."
    )
    description: Annotated[str, Field(max_length=200)] | None = None
    customer: Annotated[str, Field(max_length=200)] | None = None
    valid_from: Annotated[str, Field(max_length=40)] = Field(
        "", description='Local date or time from which it holds; "" is now.'
    )


class FormulaDraft(BaseModel):
    """What a change would do, or did."""

    changes: bool = Field(description="Whether anything does.")
    effects: list[str] = Field(description="In sentences; bills that differ are named.")


@dataclass(frozen=True, slots=True)
class _Files:
    """What formulas are changed in, and what bills them."""

    configuration: Configuration
    billing: SiteBilling


def _files_of(ports: PortsGiven) -> _Files:
    if ports.configuration is None or ports.billing is None:
        message = "this page has no configuration and bills by which formulas could be changed"
        raise HTTPException(HTTPStatus.NOT_FOUND, message)
    return _Files(ports.configuration, ports.billing)


_FilesGiven = Annotated[_Files, Depends(_files_of)]


@router.get("", dependencies=[needs(Right.SEE_SITE)], responses=UNKNOWN)
async def formulas(ports: PortsGiven, files: _FilesGiven) -> FormulasShown:
    """The formula circuits of the site."""
    found = await asyncio.to_thread(files.configuration.formulas)
    measured = [
        CircuitNamed(place=f"{key}:{pole}", description=meter.version.description)
        for key, panel in sorted(ports.live.panels.items())
        for pole, meter in panel.shown.meters.items()
    ]
    in_force = {span.version for span in formulas_now(found.formulas, ports.clock())}
    named = {one.place: one.description for one in found.formulas if one.members}
    others = [CircuitNamed(place=place, description=said) for place, said in named.items()]
    return FormulasShown(
        version=found.version,
        formulas=[_shown(one, ports, now=one in in_force) for one in found.formulas],
        circuits=[*measured, *others],
    )


@router.post("/preview", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def preview(
    body: FormulaChangeBody, ports: PortsGiven, files: _FilesGiven, turn: TurnGiven
) -> FormulaDraft:
    """What the change would do. Nothing is done."""
    async with turn:
        made, effects = await _draft(body, ports, files)
    return FormulaDraft(changes=made.edit is not None, effects=effects)


@router.post("/change", dependencies=[needs(Right.OPERATE)], responses=CHANGES)
async def change(
    body: FormulaChangeBody, ports: PortsGiven, files: _FilesGiven, turn: TurnGiven
) -> FormulaDraft:
    """Writes it into formulas.csv, and asks the bridge to read its files again."""
    async with turn:
        made, effects = await _draft(body, ports, files)
    if (edit := made.edit) is None:
        return FormulaDraft(changes=False, effects=effects)
    before, after = formula_words(edit.before, ports.zone), formula_words(edit.after, ports.zone)
    await ports.audit(Change(ports.clock(), f"formula {edit.after.place}", before, after))
    await asyncio.to_thread(files.configuration.save, made.proposal, signature())
    effects += await _applied(made, ports)
    return FormulaDraft(changes=True, effects=effects)


async def _draft(
    body: FormulaChangeBody, ports: Ports, files: _Files
) -> tuple[FormulaProposal, list[str]]:
    requested, now = _change(body, ports), ports.clock()
    directories = {key: panel.directory for key, panel in ports.live.panels.items()}

    def worked_out() -> tuple[FormulaProposal, list[str]]:
        made = files.configuration.proposed_formula(requested, body.version, directories)
        terms = made.proposal.settings.terms
        issued = files.billing.of_formulas(terms.formulas) if made.edit else []
        effects = formula_effects(made.edit, issued, terms.rule.customer_of, ports.zone, now)
        bridges = {bridge for one in made.measured if (bridge := ports.live.bridge_of(one.panel))}
        return made, [*effects, *live_effects(bridges)]

    return await asyncio.to_thread(worked_out)


async def _applied(made: FormulaProposal, ports: Ports) -> list[str]:
    """Whether the bridge of these files has read them; one elsewhere has files of its own."""
    bridge = made.proposal.settings.bridge.id
    known = ports.live.bridges.get(bridge)
    if known is None or not known.online:
        return []
    try:
        await ports.bridge.request(bridge, Reload())
    except BcmError as error:
        return [_("Bridge %(bridge)s has not applied it: %(why)s", bridge=bridge, why=error)]
    return [_("Bridge %(bridge)s has applied it.", bridge=bridge)]


def _change(body: FormulaChangeBody, ports: Ports) -> FormulaChange:
    begins = _instant(body, ports)
    return FormulaChange(
        body.panel,
        body.id.strip(),
        () if body.ends else _members(body),
        _stripped(body.description),
        _stripped(body.customer),
        valid_from=begins,
        is_new=body.is_new,
    )


def _members(body: FormulaChangeBody) -> Members | None:
    if body.members is None:
        return None
    try:
        members = members_of(body.members)
    except ValueError as error:
        raise _refused(body, "members", str(error)) from None
    if not members:
        raise _refused(body, "members", "expected at least one circuit")
    return members


def _stripped(text: str | None) -> str | None:
    """As a cell of the file is read."""
    return None if text is None else text.strip()


def _instant(body: FormulaChangeBody, ports: Ports) -> datetime | None:
    try:
        return instant_of(body.valid_from, ports.zone) if body.valid_from else None
    except ValueError as error:
        raise _refused(body, "valid_from", str(error)) from None


def _refused(body: FormulaChangeBody, name: str, message: str) -> InputError:
    return InputError.of(message, key=f"formula {body.panel}:{body.id}: {name}")


def _shown(version: FormulaVersion, ports: Ports, *, now: bool) -> FormulaShown:
    return FormulaShown(
        panel=version.panel,
        id=version.id,
        members=members_text(version.members),
        description=version.description,
        customer=version.customer,
        valid_from=instant_text(version.valid_from, ports.zone),
        now=now,
    )
