"""What the page of a formula circuit shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from bcm_mqtt.domain.site.formula.formula import FormulaVersion, Members
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import BEGINNING, Month
from bcm_mqtt.history.archive import Archive
from bcm_mqtt.languages import moment
from bcm_mqtt.web.history.power import live_formula
from bcm_mqtt.web.ports import Ports


@dataclass(frozen=True, slots=True)
class Other:
    """A circuit to compare with: the way to its data, and its name."""

    way: str
    name: str


@dataclass(frozen=True, slots=True)
class FormulaRow:
    """A version of a formula.

    Attributes:
        members: What it is made of; none from when on it is no circuit.
        description: As of a circuit.
        customer: Whose, or "".
        since: In the site's time, or "" of one that was always so.
        now: Whether it is the one that holds now.
    """

    members: Members
    description: str
    customer: str
    since: str
    now: bool


@dataclass(frozen=True, slots=True)
class FormulaView:
    """A formula circuit's page.

    Attributes:
        site: Name of the site.
        zone: Its time zone.
        panel: That the formula is listed with.
        id: `f-` and a name.
        description: What it is called now, or was last.
        customer: Whose, or "".
        watts: At the last polls of its members; None where one is missing.
        versions: All, the newest first.
        others: Circuits to compare with.
        month: The running one, `YYYY-MM`, whose intervals may be looked at.
    """

    site: str
    zone: str
    panel: Panel
    id: str
    description: str
    customer: str
    watts: float | None
    versions: tuple[FormulaRow, ...]
    others: tuple[Other, ...]
    month: str

    @property
    def name(self) -> str:
        """What people call it."""
        return self.description or self.id

    @property
    def members(self) -> Members:
        """Of the version that holds now, or was the last."""
        return next((one for one in self.versions if one.now), self.versions[-1]).members


def formula_view(
    panel: str, name: str, archive: Archive, ports: Ports, others: Sequence[Other]
) -> FormulaView:
    """The page of a formula; raises NotThereError where there is none that may be seen."""
    geometry, versions = archive.formula(panel, name)
    now = ports.clock()
    holds = next((one for one in versions if one.valid_from <= now), versions[-1])
    live = live_formula(panel, name, archive, ports)
    return FormulaView(
        site=ports.live.name,
        zone=ports.zone.key,
        panel=geometry,
        id=name,
        description=holds.description,
        customer=ports.live.customer_of(holds.circuit),
        watts=live.watts if live else None,
        versions=tuple(_row(one, one is holds, ports) for one in versions),
        others=tuple(others),
        month=str(Month.of(now, ports.zone)),
    )


def _row(version: FormulaVersion, holds: bool, ports: Ports) -> FormulaRow:  # noqa: FBT001
    at = version.valid_from
    return FormulaRow(
        version.members,
        version.description,
        ports.live.customer_of(version.circuit),
        "" if at <= BEGINNING else moment(at.astimezone(ports.zone)),
        holds and bool(version.members),
    )
