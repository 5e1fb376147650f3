"""Panels: from validated data to settings, checked."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from bcm_mqtt.config.companions import with_companions
from bcm_mqtt.config.directory.panel_times import PanelTimes, times_of
from bcm_mqtt.config.sources.kinds import sources_of
from bcm_mqtt.config.sources.panel import PanelSettings
from bcm_mqtt.config.sources.settings import SourceSettings
from bcm_mqtt.config.sources.written import Site
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.reading.quantity import Quantity
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document


def panels_of(
    data: Mapping[str, Any], site: Site
) -> tuple[dict[str, PanelSettings], list[Problem]]:
    """The panels that can be polled, by id, and why the others cannot.

    Args:
        data: Validated `panels`.
        site: What their sources refer to; a gateway that is there but wrong is not reported a
            second time by its panels.
    """
    document = site.document
    sources = sources_of(data, site)
    problems = site.problems
    panels: dict[str, PanelSettings] = {}
    for key, value in data.items():
        times = times_of(value, site.zone)
        mistakes = [
            document.problem(("panels", key, *place), message)
            for place, message in chain(_partner_mistakes(key, value, document), times.mistakes)
        ]
        problems += mistakes
        if key in sources and not mistakes:
            panels[key] = _panel(key, value, sources[key], times)
    problems += [
        document.problem(("panels", key), f"could be taken for a circuit of panel {other}")
        for key in data
        for other in data
        if key.startswith(f"{other}_") and key.removeprefix(f"{other}_").isdecimal()
    ]
    panels, more = with_companions(document, data, panels)
    return panels, [*problems, *more]


def _partner_mistakes(
    key: str, value: Mapping[str, Any], document: Document
) -> Iterator[tuple[tuple[str, ...], str]]:
    partner, partners = value.get("redundant_with", ""), document.keys("panels") - {key}
    if partner and partner not in partners:
        yield ("redundant_with",), unknown("panel", partner, partners)


def _panel(
    key: str, value: Mapping[str, Any], sources: tuple[SourceSettings, ...], times: PanelTimes
) -> PanelSettings:
    measured = {pole for source in sources for pole in source.measured}
    pole_count = value.get("poles", max(measured))
    power_factor = value.get("power_factor", Decimal(1))
    unmeasured = set(range(1, pole_count + 1)) - measured
    return PanelSettings(
        panel=Panel(
            id=key,
            name=value.get("name", key),
            service=value["service"],
            pole_count=pole_count,
            main_rating=value.get("main_rating"),
            power_factor=power_factor,
            feed=value["feed"],
            redundant_with=value.get("redundant_with", ""),
            unmonitored=frozenset(unmeasured | set(value["unmonitored"])),
            states_unity="power_factor" in value and power_factor == 1,
            current_step=_step(Quantity.CURRENT, sources),
            power_step=_step(Quantity.POWER, sources),
            valid_from=times.valid_from,
            valid_to=times.valid_to,
        ),
        sources=sources,
        fully_rated=frozenset(value["fully_rated"]),
    )


def _step(quantity: Quantity, sources: Sequence[SourceSettings]) -> Decimal | None:
    """The coarsest of those that measure it, where any always has the same."""
    return max((one.steps[quantity] for one in sources if quantity in one.steps), default=None)
