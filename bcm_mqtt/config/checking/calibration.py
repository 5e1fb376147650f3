"""Calibration against the circuits: what is behind a revenue meter and not known."""

from collections.abc import Iterator, Mapping

from bcm_mqtt.config.settings import Settings
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import CircuitSpan, Directory
from bcm_mqtt.domain.site.formula.spans import AFTER_ALL, formula_spans
from bcm_mqtt.domain.usage.calibration.setting import CalibratedTo, Scope
from bcm_mqtt.errors import Problem


def calibration_problems(settings: Settings) -> list[Problem]:
    """What is wrong with calibrations and circuits together; nothing without calibrations."""
    source = str(settings.file)
    return [
        Problem(source, 0, f"billing.calibrate_to.{one.id}", message)
        for one in settings.terms.calibrations
        for message in calibration_mistakes(one, settings.terms, settings.directories)
    ]


def calibration_mistakes(
    one: CalibratedTo, terms: BillingTerms, directories: Mapping[str, Directory]
) -> Iterator[str]:
    """A sentence for each.

    Args:
        one: The calibration.
        terms: With formulas, and the words for positions that feed nobody.
        directories: Of the site, by panel.
    """
    if not any(True for _ in _circuits(one, directories, one.meter.panel, one.meter.pole)):
        yield f"the meter {one.meter} is no circuit: expected a row of circuits.csv for it"
    yield from _billed_twice(one, terms, directories)
    for scope in one.scopes:
        yield from _of_scope(one, scope, terms, directories)
    yield from _of_formulas(one, terms)


def _of_scope(
    one: CalibratedTo,
    scope: Scope,
    terms: BillingTerms,
    directories: Mapping[str, Directory],
) -> Iterator[str]:
    stated = {part.name for part in one.parts}
    for pole in sorted(scope.only or ()):
        if not any(True for _ in _circuits(one, directories, scope.panel, pole)):
            yield f"{scope.panel}:{pole} is no circuit: expected the first pole of one"
    said = set[str]()
    for span in _circuits(one, directories, scope.panel):
        place = f"{scope.panel}:{span.version.first_pole}"
        monitored = directories[scope.panel].panel.monitored(span.version.poles)
        if place in said:
            continue
        if place in stated and monitored:
            said.add(place)
            yield f"{place} is measured and has a stated part: expected one of the two"
        if scope.has(span.version.first_pole) and not monitored and _feeds(span.version, terms):
            said.add(place)
            yield (
                f"{place} {span.version.description or '(no description)'} is behind the meter, "
                "is not monitored and has no stated part: measure it, or state it in parts"
            )


def _billed_twice(
    one: CalibratedTo, terms: BillingTerms, directories: Mapping[str, Directory]
) -> Iterator[str]:
    """The meter, and what feeds panels behind it: their energy is that of others."""
    feeders = (terms.feeders.get(scope.panel) for scope in one.scopes)
    for place in dict.fromkeys((one.meter, *filter(None, feeders))):
        for span in _circuits(one, directories, place.panel, place.pole):
            if customer := terms.rule.customer_of(span.version):
                yield (
                    f"{place} is of customer {customer}, and its energy is that of other circuits: "
                    "expected no customer"
                )
                break


def _circuits(
    one: CalibratedTo, directories: Mapping[str, Directory], panel: str, pole: int | None = None
) -> Iterator[CircuitSpan]:
    """Those of a panel, or one of them, in the time for which the calibration holds."""
    directory = directories.get(panel)
    spans = directory.spans(one.valid_from, one.valid_to or AFTER_ALL) if directory else ()
    for span in spans:
        if pole in {None, span.version.first_pole}:
            yield span


def _feeds(version: CircuitVersion, terms: BillingTerms) -> bool:
    """Whether it may carry anything: a spare or a space does not."""
    return not terms.rule.is_nobody(version.description.replace("-", " ").partition(" ")[0])


def _of_formulas(one: CalibratedTo, terms: BillingTerms) -> Iterator[str]:
    """Formulas that would not be scaled as their members are."""
    for span in formula_spans(terms.formulas, one.valid_from, one.valid_to or AFTER_ALL):
        behind = [
            isinstance(term.circuit, int) and one.has(term.panel, term.circuit)
            for term in span.terms
        ]
        if any(behind) and not all(behind):
            others = ", ".join(
                term.place for term, own in zip(span.terms, behind, strict=True) if not own
            )
            yield (
                f"formula {span.version.place} has circuits that are calibrated and others that "
                f"are not ({others}): expected all or none behind the meter, and no feeder"
            )
