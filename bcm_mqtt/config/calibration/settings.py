"""Calibrations: from validated data to what the site bills by, checked against its panels."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from bcm_mqtt.config.directory.panel_times import PanelTimes, times_of
from bcm_mqtt.config.sources.panel import PanelSettings
from bcm_mqtt.config.values import unknown
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.feeder import Feeder
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.domain.usage.calibration.setting import CalibratedTo, StatedPart, scopes_of
from bcm_mqtt.errors import Problem
from bcm_mqtt.located import Document, KeyPath

_SECTION: KeyPath = ("billing", "calibrate_to")
_BEHIND: Final = ("panels", "circuits")
_Mistakes = Iterator[tuple[KeyPath, str]]
"""What is wrong, each with its key within a calibration."""


def calibrated_terms(
    document: Document,
    data: Mapping[str, Any],
    terms: BillingTerms,
    problems: list[Problem],
    panels: Mapping[str, PanelSettings],
) -> tuple[BillingTerms, list[Problem]]:
    """The terms with the calibrations of a configuration, and every problem of both.

    Args:
        document: The configuration; what names a panel of it that is wrong is passed over.
        data: Of it, validated.
        terms: What the site bills by.
        problems: Of its files.
        panels: The good ones by id.
    """
    said = data["billing"].get("calibrate_to", {})
    if not said:
        return terms, problems
    refused = document.keys("panels") - panels.keys()
    made = list[CalibratedTo]()
    for key, value in said.items():
        times = times_of(value, terms.zone)
        one = _calibration(key, value, times, terms.feeders)
        mistakes = [
            *times.mistakes,
            *_lacking(value, document.value((*_SECTION, key)), one),
            *_mistakes(value, one, panels, refused),
            *_twice(one, made),
        ]
        more = [document.problem((*_SECTION, key, *place), what) for place, what in mistakes]
        problems = [*problems, *more]
        made.append(one)
    return replace(terms, calibrations=tuple(made)), problems


def _calibration(
    key: str, value: Mapping[str, Any], times: PanelTimes, feeders: Mapping[str, Feeder]
) -> CalibratedTo:
    parts = value["parts"]
    behind = value["panels"], value["circuits"], feeders, parts
    return CalibratedTo(
        id=key,
        name=value.get("name", key),
        meter=value["meter"],
        scopes=scopes_of(value["meter"], *behind),
        parts=tuple(StatedPart(name, **said) for name, said in parts.items()),
        bound=value["uncertainty"],
        valid_from=times.valid_from or BEGINNING,
        valid_to=times.valid_to,
    )


def _mistakes(
    value: Mapping[str, Any],
    one: CalibratedTo,
    panels: Mapping[str, PanelSettings],
    refused: Collection[str],
) -> _Mistakes:
    for key in ("meter", "circuits"):
        places = [value[key]] if key == "meter" else value[key]
        for place in places:
            if place.panel not in refused and (why := _no_pole(place, panels)):
                yield (key,), why
    if one.meter in value["circuits"]:
        yield ("circuits",), f"{one.meter} is the meter itself: expected what is behind it"
    for panel in value["panels"]:
        if panel not in panels and panel not in refused:
            yield ("panels",), unknown("panel", panel, panels)
    yield from _of_parts(value["parts"], one, refused)


def _lacking(value: Mapping[str, Any], written: Mapping[str, Any], one: CalibratedTo) -> _Mistakes:
    """What is not stated, where nothing that was written was refused."""
    named = (written.get(name, []) == list(map(str, value[name])) for name in _BEHIND)
    nothing = all(scope.only == scope.without for scope in one.scopes)
    if nothing and written.keys() <= value.keys() and all(named) and not value["circuits"]:
        expected = f"expected panels or circuits, or billing.fed_by with what {one.meter} feeds"
        yield (), f"nothing is behind the meter: {expected}"
    parts = written.get("parts") or {}
    for name, said in value["parts"].items():
        if len(said) != 1 and len(parts.get(name) or {}) == len(said):
            yield ("parts", name), "expected either share (percent of the meter) or kwh_a_day"


def _no_pole(place: Feeder, panels: Mapping[str, PanelSettings]) -> str:
    """Why a place is no pole of the site; "" where it is one."""
    if place.panel not in panels:
        return unknown("panel", place.panel, panels)
    count = panels[place.panel].panel.pole_count
    return f"{place} is not on the panel: expected a pole from 1 to {count}" * (place.pole > count)


def _of_parts(
    parts: Mapping[str, Mapping[str, Decimal]],
    one: CalibratedTo,
    refused: Collection[str],
) -> _Mistakes:
    for name in parts:
        panel, _, pole = name.rpartition(":")
        scope = one.scope(panel)
        if scope is None and pole.isdecimal() and panel and panel not in refused:
            behind = ", ".join(scope.panel for scope in one.scopes) or "none"
            yield ("parts", name), f"{name} is not behind the meter: expected a circuit of {behind}"
    if sum((part.share for part in one.parts), Decimal(0)) >= 1:
        yield ("parts",), "the shares are all that the meter measures: expected less than 100 %"


def _twice(one: CalibratedTo, others: list[CalibratedTo]) -> _Mistakes:
    for scope in one.scopes:
        for other in others:
            if other.scope(scope.panel):
                yield (), f"circuits of {scope.panel} are behind the meter of {other.id} already"
