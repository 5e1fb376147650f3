"""What the topics and the devices of a panel, its circuits and its formulas are made of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.bridge.followed import FollowedDirectory
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.customer import CustomerRule
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.formula.spans import FormulaSpan
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.mqtt.discovery import FormulaMember, PanelDevices


@dataclass(frozen=True, slots=True)
class ShownFormula:
    """A formula circuit now.

    Attributes:
        span: With what it comes to.
        customer: Whose; "" where it is unallocated.
        members: Its circuits, each with its panel, as far as they are circuits now.
    """

    span: FormulaSpan
    customer: str
    members: tuple[FormulaMember, ...]

    @property
    def id(self) -> str:
        """Its id within its panel."""
        return self.span.version.id


@dataclass(frozen=True, slots=True)
class Content:
    """What the topics of a panel and of its circuits are made of."""

    directory: Directory
    shown: Mapping[int, CircuitVersion]
    rule: CustomerRule
    formulas: tuple[ShownFormula, ...] = ()


def contents_of(
    directory: FollowedDirectory, rule: CustomerRule, now: datetime
) -> dict[str, Content]:
    """Of each panel, by id."""
    shown = {panel: own.shown_at(now) for panel, own in directory.panels.items()}
    formulas = [
        ShownFormula(
            span,
            rule.customer_of(span.version.circuit),
            tuple(_members(span, directory, shown)),
        )
        for span in directory.formulas_at(now)
    ]
    return {
        panel: Content(
            own,
            shown[panel],
            rule,
            tuple(one for one in formulas if one.span.version.panel == panel),
        )
        for panel, own in directory.panels.items()
    }


def in_discovery(contents: Mapping[str, Content]) -> list[PanelDevices]:
    """The devices of panels, as discovery takes them."""
    return [
        PanelDevices(
            of.directory.panel,
            tuple(of.shown.values()),
            tuple((one.span.version, one.members) for one in of.formulas),
        )
        for of in contents.values()
    ]


def _members(
    span: FormulaSpan,
    directory: FollowedDirectory,
    shown: Mapping[str, Mapping[int, CircuitVersion]],
) -> Iterator[tuple[Panel, CircuitVersion]]:
    for term in span.terms:
        version = shown.get(term.panel, {}).get(int(term.circuit))
        if version:
            yield directory.panels[term.panel].panel, version
