"""An edit of directories: what changes of circuits do, by the rules that every face obeys."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bcm_mqtt.domain.site.circuit import CircuitChange, CircuitEdit, CircuitVersion
from bcm_mqtt.domain.site.circuit_field import FIELDS
from bcm_mqtt.domain.site.directory import Directory, pole_conflicts, version_problems
from bcm_mqtt.domain.site.panel import Connection, Panel
from bcm_mqtt.domain.time import BEGINNING
from bcm_mqtt.errors import InputError, Problem

SAME_EDIT = timedelta(minutes=10)
"""For so long a change from now on amends the version that has just begun.

Somebody fills in a form field by field: that is one version, not six.
"""


@dataclass(frozen=True, slots=True)
class EditedDirectories:
    """Directories with changes.

    Attributes:
        directories: By panel id; those of panels without a change are the same objects.
        edits: What the changes did; those that changed nothing are left out.
    """

    directories: dict[str, Directory]
    edits: tuple[CircuitEdit, ...]


def edited(
    directories: Mapping[str, Directory], changes: Sequence[CircuitChange], now: datetime
) -> EditedDirectories:
    """The directories with changes applied in turn and checked together: all or none.

    A change copies all fields of the version in force at its instant. It amends that version
    when that begins at the same instant, or when the change is one from now on that leaves the
    poles as they are and the version began in the last ten minutes. Otherwise it makes a new
    version, after the last one of its breaker.

    Args:
        directories: By panel id, without contradictions; of every panel that may be changed.
        changes: In the order to apply them.
        now: When changes without `valid_from` begin, in whole seconds.

    Raises:
        InputError: why they cannot be made, in terms of the changes.
    """
    if problems := list(_request_problems(changes, directories)):
        raise InputError(problems)
    panels: dict[str, _EditedPanel] = {}
    edits = []
    for number, change in enumerate(changes):
        if change.panel not in panels:
            directory = directories[change.panel]
            panels[change.panel] = _EditedPanel(directory.panel, list(directory.versions))
        if edit := panels[change.panel].apply(number, change, now):
            edits.append(edit)
    problems = [
        _problem(changes[number], name, message)
        for panel in panels.values()
        for number, name, message in panel.problems()
    ]
    if problems:
        raise InputError(problems)
    new = {
        key: replace(directories[key], versions=tuple(panel.versions))
        for key, panel in panels.items()
    }
    return EditedDirectories({**directories, **new}, tuple(edits))


def first_versions(
    changes: Iterable[CircuitChange], directories: Mapping[str, Directory], now: datetime
) -> list[CircuitChange]:
    """Changes to be made before these, so that all circuits that are shown stay.

    A panel without any version shows every measured pole. With its first version the others
    would be gone, so each of them gets a version from the beginning.
    """
    return [
        CircuitChange(key, pole, valid_from=BEGINNING)
        for key in sorted({change.panel for change in changes} & directories.keys())
        for directory in [directories[key]]
        # Without a neutral a lone pole is no circuit that a version can state.
        if not directory.versions and directory.panel.service.v_ln is not None
        for pole in directory.shown_at(now)
    ]


def removals(
    changes: Iterable[CircuitChange], directories: Mapping[str, Directory], now: datetime
) -> Iterator[CircuitChange]:
    """The ends of breakers whose poles a breaker of several takes: tying handles is one act."""
    named = {(change.panel, change.first_pole) for change in changes}
    for change in changes:
        if not (directory := directories.get(change.panel)):
            continue  # which `edited` says
        circuits = directory.shown_at(change.valid_from or now)
        single = CircuitVersion((change.first_pole,))
        before = circuits.get(change.first_pole, single)
        taken = set(change.applied_to(before).poles) - {change.first_pole}
        for pole in sorted(taken & circuits.keys()):
            # One that reaches beyond the poles taken is for people to untie.
            if (change.panel, pole) not in named and set(circuits[pole].poles) <= taken:
                yield CircuitChange(
                    change.panel, pole, connection=Connection.NONE, valid_from=change.valid_from
                )


def at_one_instant(changes: Iterable[CircuitChange], now: datetime) -> list[CircuitChange]:
    """The changes with the present written into them: poles change hands at one instant."""
    begins = now.replace(microsecond=0)
    return [replace(change, valid_from=change.valid_from or begins) for change in changes]


@dataclass(slots=True)
class _EditedPanel:
    """A panel's versions while changes are applied.

    Attributes:
        panel: Of the directory.
        versions: In the order of the directory.
        written_by: Number of the last change that wrote a version, by its first pole and time.
    """

    panel: Panel
    versions: list[CircuitVersion]
    written_by: dict[tuple[int, datetime], int] = field(default_factory=dict)

    def apply(self, number: int, change: CircuitChange, now: datetime) -> CircuitEdit | None:
        """Applies one change; returns what it did, None where everything is so already."""
        at = (change.valid_from or now).astimezone(UTC)
        begins = at if change.valid_from else at.replace(microsecond=0)
        places = [
            place
            for place, version in enumerate(self.versions)
            if version.first_pole == change.first_pole
        ]
        past = [place for place in places if self.versions[place].valid_from <= at]
        if not past:
            before = None
            after = change.applied_to(CircuitVersion((change.first_pole,)))
        else:
            place = max(past, key=lambda place: self.versions[place].valid_from)
            before = self.versions[place]
            after = change.applied_to(before)
            if after == before:
                return None
        if before and self._amends(before, after, at, begins, timed=change.valid_from is not None):
            self.versions[place] = after
        else:
            after = replace(after, valid_from=begins)
            self.versions.insert(places[-1] + 1 if places else len(self.versions), after)
        self.written_by[after.first_pole, after.valid_from] = number
        return CircuitEdit(change.panel, before, after)

    @staticmethod
    def _amends(
        before: CircuitVersion,
        after: CircuitVersion,
        at: datetime,
        begins: datetime,
        *,
        timed: bool,
    ) -> bool:
        """Whether a version is amended, be it one that begins at `begins` or has just begun."""
        # Poles change hands when they do: three breakers that become one do so at one instant.
        same_poles = (before.poles, before.in_service) == (after.poles, after.in_service)
        just_begun = not timed and same_poles and at - before.valid_from <= SAME_EDIT
        return before.valid_from >= begins or just_begun  # later only by a part of this second

    def problems(self) -> Iterator[tuple[int, str, str]]:
        """What is wrong now: number of the change, field or "", and what was expected."""
        readable = []
        for version in self.versions:
            number = self._writer(version)
            if number is None:
                readable.append(version)
                continue
            problems = [(item.name, item.problem(version.value(item))) for item in FIELDS]
            if any(problem for _, problem in problems):
                yield from ((number, name, problem) for name, problem in problems if problem)
                continue
            readable.append(version)
            for problem in version_problems(version, self.panel):
                name = "connection" if problem.startswith("connection") else "poles"
                yield number, name, problem
        for one, other, reason in pole_conflicts(readable):
            writers = [self._writer(version) for version in (one, other)]
            numbers = [number for number in writers if number is not None]
            if numbers:
                yield max(numbers), "", reason

    def _writer(self, version: CircuitVersion) -> int | None:
        return self.written_by.get((version.first_pole, version.valid_from))


def _request_problems(
    changes: Iterable[CircuitChange], directories: Mapping[str, Directory]
) -> Iterator[Problem]:
    for change in changes:
        if change.panel not in directories:
            known = ", ".join(sorted(directories)) or "none"
            message = f"unknown panel {change.panel!r}: expected one of {known}"
            yield _problem(change, "", message)
        for name, message in change.problems():
            yield _problem(change, name, message)


def _problem(change: CircuitChange, name: str, message: str) -> Problem:
    """`panel rpp-1a pole 3: rating: …`."""
    place = f"panel {change.panel} pole {change.first_pole}"
    return Problem("", 0, f"{place}: {name}" if name else place, message)
