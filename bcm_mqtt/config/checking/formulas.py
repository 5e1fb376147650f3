"""Formulas against the circuits: members that are none, energy billed or taken away twice."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory import read_formulas
from bcm_mqtt.config.settings import Settings
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.formula.claims import Claims, Misbilled
from bcm_mqtt.domain.site.formula.formula import FormulaVersion
from bcm_mqtt.domain.site.formula.spans import AFTER_ALL, FormulaSpan, formula_spans
from bcm_mqtt.domain.time import BEGINNING, instant_text
from bcm_mqtt.errors import Problem

_ONCE: Final = (
    "once: take it away in the formula of whoever pays for the rest, or remove a customer"
)
_NOT_BELOW: Final = (
    "0 or 1: take it away once, from the formula that has it by its main, and state billing.fed_by "
    "for its panel"
)


def formula_problems(settings: Settings) -> list[Problem]:
    """What is wrong with formulas.csv and circuits.csv together; nothing without formulas."""
    if not settings.terms.formulas:
        return []
    panels = {key: one.panel for key, one in settings.panels.items()}
    lines, _problems = read_formulas(settings.formulas, panels, settings.site.zone)
    return [
        Problem(str(settings.formulas), lines.get(version, 0), f"{version.place} members", message)
        for version, message in formula_findings(settings.terms, settings.directories)
    ]


_Found = Iterator[tuple[FormulaVersion, str]]
"""What is wrong, each with the row of a formula."""


def formula_findings(
    terms: BillingTerms, directories: Mapping[str, Directory], since: datetime = BEGINNING
) -> _Found:
    """What is wrong with formulas and circuits together.

    Args:
        terms: With the formulas.
        directories: Of all panels of the site.
        since: What is wrong before is not looked at.
    """
    spans = list(formula_spans(terms.formulas, since, AFTER_ALL))
    claims = Claims(directories, spans, terms.feeders, terms.rule.customer_of, (since, AFTER_ALL))
    yield from _absent(terms.zone, directories, spans)
    yield from _misbilled(terms.zone, spans, claims)


def _absent(
    zone: ZoneInfo, directories: Mapping[str, Directory], spans: list[FormulaSpan]
) -> _Found:
    """Members that are no circuit in some time of their formula."""
    for span in spans:
        for term in span.terms:
            free = span.start
            circuits = directories[term.panel].spans(span.start, span.end)
            for one in circuits:
                if one.version.first_pole == term.circuit and one.start <= free:
                    free = max(free, one.end)
            if free < span.end:
                since = _time(zone, free)
                message = (
                    f"member {term.place} is no circuit {since}: expected the first pole of one, "
                    "or a row of the formula from then on, without the member or without members"
                )
                yield span.version, message


def _misbilled(zone: ZoneInfo, spans: list[FormulaSpan], claims: Claims) -> _Found:
    for one in claims.misbilled():
        expected = _ONCE if one.times > 1 else _NOT_BELOW
        message = (
            f"energy of {one.panel}:{one.pole} is billed {one.times} times "
            f"{_times(zone, one)}: {one.circuits}; expected {expected}"
        )
        billing = {claim.by for claim in one.claims if claim.of_formula}
        yield (
            next(
                span.version
                for span in spans
                if span.version.place in billing and span.start < one.end and one.start < span.end
            ),
            message,
        )


def _times(zone: ZoneInfo, one: Misbilled) -> str:
    since = _time(zone, one.start)
    if one.end >= AFTER_ALL:
        return since
    return f"{since} until {instant_text(one.end, zone)}"


def _time(zone: ZoneInfo, at: datetime) -> str:
    return "at all times" if at == BEGINNING else f"from {instant_text(at, zone)}"
