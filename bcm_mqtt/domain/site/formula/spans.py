"""What formulas come to in measured circuits, and for how long."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from operator import attrgetter
from typing import Final

from bcm_mqtt.domain.site.formula.formula import FormulaVersion, Member, Members
from bcm_mqtt.domain.time import BEGINNING

AFTER_ALL: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""After all dates of the files."""
Histories = Mapping[tuple[str, str], Sequence[FormulaVersion]]
"""The versions of each formula by time, by its key."""


@dataclass(frozen=True, slots=True)
class FormulaSpan:
    """A time for which a formula comes to the same measured circuits: start <= t < end.

    Attributes:
        version: Of the formula.
        start: UTC.
        end: UTC.
        terms: Measured circuits, by panel and first pole; formulas among its members resolved.
    """

    version: FormulaVersion
    start: datetime
    end: datetime
    terms: Members


def histories_of(formulas: Iterable[FormulaVersion]) -> Histories:
    """The versions of each formula, by time."""
    by_key = defaultdict[tuple[str, str], list[FormulaVersion]](list)
    for version in formulas:
        by_key[version.key].append(version)
    return {key: sorted(own, key=attrgetter("valid_from")) for key, own in by_key.items()}


def formula_spans(
    formulas: Iterable[FormulaVersion], start: datetime, end: datetime
) -> Iterator[FormulaSpan]:
    """What each formula comes to between two instants, by formula and time.

    Formulas that cannot be resolved have no span; `formula_problems` says why.
    """
    histories = histories_of(formulas)
    for key in sorted(histories):
        before: FormulaSpan | None = None
        for begin, until in pairwise([start, *_changes(histories, key, start, end), end]):
            span = _span(histories, key, begin, until)
            if before and span and _goes_on(before, span):
                before = FormulaSpan(span.version, before.start, until, span.terms)
                continue
            if before:
                yield before
            before = span
        if before:
            yield before


def all_spans(formulas: Iterable[FormulaVersion]) -> tuple[FormulaSpan, ...]:
    """What each formula comes to at all times of the files."""
    return tuple(formula_spans(formulas, BEGINNING, AFTER_ALL))


def formula_problems(
    formulas: Iterable[FormulaVersion],
) -> Iterator[tuple[FormulaVersion, str]]:
    """What is wrong with formulas as they refer to each other, each version once."""
    histories = histories_of(formulas)
    for key, own in histories.items():
        for one, other in pairwise(own):
            if one.valid_from == other.valid_from:
                yield other, f"{other.place} has two rows valid from the same time"
        said = set[int]()
        for at in (BEGINNING, *_changes(histories, key, None, None)):
            version = _at(histories, key, at)
            if version is None or id(version) in said:
                continue
            try:
                _terms(histories, key, at)
            except ValueError as error:
                said.add(id(version))
                yield version, str(error)


def _goes_on(before: FormulaSpan, span: FormulaSpan) -> bool:
    same = (before.version, before.terms) == (span.version, span.terms)
    return same and before.end == span.start


def _span(
    histories: Histories, key: tuple[str, str], begin: datetime, until: datetime
) -> FormulaSpan | None:
    version = _at(histories, key, begin)
    if version is None or begin >= until:
        return None
    try:
        return FormulaSpan(version, begin, until, _terms(histories, key, begin))
    except ValueError:
        return None


def _at(histories: Histories, key: tuple[str, str], at: datetime) -> FormulaVersion | None:
    """The version in force, None where the formula is no circuit then."""
    own = histories.get(key, ())
    index = bisect_right(own, at, key=attrgetter("valid_from"))
    return own[index - 1] if index and own[index - 1].members else None


def _changes(
    histories: Histories, key: tuple[str, str], start: datetime | None, end: datetime | None
) -> list[datetime]:
    """When a formula or one that it is made of has another version, between two instants."""
    keys, coming = {key}, [key]
    while coming:
        for version in histories.get(coming.pop(), ()):
            named = {(one.panel, str(one.circuit)) for one in version.members}
            coming += named & histories.keys() - keys
            keys |= named & histories.keys()
    times = {version.valid_from for each in keys for version in histories.get(each, ())}
    return sorted(at for at in times if (start is None or at > start) and (end is None or at < end))


def _terms(histories: Histories, key: tuple[str, str], at: datetime) -> Members:
    """The measured circuits that a formula comes to at an instant.

    Raises:
        ValueError: it goes in a circle, names a formula that is none then, or comes to a circuit
            more than once.
    """
    counted = _counted(histories, key, at, ())
    for (panel, pole), times in counted.items():
        if abs(times) > 1:
            how = f"{panel}:{pole} counts {times:+d} times through its members"
            raise ValueError(f"{how}: expected each circuit once, added or taken away")
    terms = [(panel, pole, sign) for (panel, pole), sign in counted.items() if sign]
    if not terms:
        raise ValueError("its members cancel each other: expected at least one circuit")
    return tuple(Member(sign, panel, pole) for panel, pole, sign in terms)


def _counted(
    histories: Histories, key: tuple[str, str], at: datetime, above: tuple[tuple[str, str], ...]
) -> Counter[tuple[str, int]]:
    if key in above:
        circle = " -> ".join(":".join(one) for one in (*above[above.index(key) :], key))
        raise ValueError(f"it goes in a circle: {circle}")
    version = _at(histories, key, at)
    if version is None:
        raise ValueError(f"{':'.join(key)} is no formula then: expected one that is in force")
    counted = Counter[tuple[str, int]]()
    for member in version.members:
        if isinstance(member.circuit, int):
            counted[member.panel, member.circuit] += member.sign
            continue
        inner = _counted(histories, (member.panel, member.circuit), at, (*above, key))
        for circuit, times in inner.items():
            counted[circuit] += member.sign * times
    return counted
