"""An edit of a formula: what a change does to its versions, as one of a circuit does to its own.

What a formula may say is checked where its file is read (`config.directory`), and against the
circuits by `config.checking`: an edited file is one that could have been written by hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import attrgetter

from bcm_mqtt.domain.site.editing.directory_edit import SAME_EDIT
from bcm_mqtt.domain.site.formula.formula import FormulaVersion, Members
from bcm_mqtt.errors import InputError, Problem


@dataclass(frozen=True, slots=True)
class FormulaChange:
    """What is to be different about a formula; None stays as it is.

    Attributes:
        panel: Id of the panel with whose circuits it is listed.
        id: `f-` and a name.
        members: () ends it.
        description: As of a circuit.
        customer: Explicit customer id; "" takes it from the description.
        valid_from: Aware; None is now, in whole seconds.
        is_new: Whether there is to be none of that id then, or there must be one.
    """

    panel: str
    id: str
    members: Members | None = None
    description: str | None = None
    customer: str | None = None
    valid_from: datetime | None = None
    is_new: bool = False

    def refused(self, name: str, message: str) -> InputError:
        """Why it cannot be made: `formula floor-3:f-rest: members: …`."""
        return InputError([Problem("", 0, f"formula {self.panel}:{self.id}: {name}", message)])


@dataclass(frozen=True, slots=True)
class FormulaEdit:
    """What a change did.

    Attributes:
        before: The version in force until then, or that was amended; None of a new formula.
        after: The version as it is now.
        until: When a later version begins, if one does.
    """

    before: FormulaVersion | None
    after: FormulaVersion
    until: datetime | None = None

    @property
    def amends(self) -> bool:
        """Whether `after` replaces `before`, and begins no version."""
        return self.before is not None and self.before.valid_from == self.after.valid_from

    def applied_to(self, formulas: Iterable[FormulaVersion]) -> tuple[FormulaVersion, ...]:
        """The formulas of a site with it."""
        old = self.before if self.amends else None
        return (*(one for one in formulas if one is not old), self.after)


def edit_of(
    formulas: Iterable[FormulaVersion], change: FormulaChange, now: datetime
) -> FormulaEdit | None:
    """What a change does to a formula's versions; None where everything is so already.

    It copies the version in force at its instant. It amends that version when that begins at the
    same instant, or when the change is one from now on that leaves the members as they are and
    the version began in the last ten minutes. Otherwise it makes a new version.

    Args:
        formulas: Of the site.
        change: To be made.
        now: When a change without `valid_from` begins, in whole seconds.

    Raises:
        InputError: why it cannot be made, in terms of the change.
    """
    at = (change.valid_from or now).astimezone(UTC)
    begins = at if change.valid_from else at.replace(microsecond=0)
    own = sorted(
        (one for one in formulas if one.key == (change.panel, change.id)),
        key=attrgetter("valid_from"),
    )
    before = next((one for one in reversed(own) if one.valid_from <= at), None)
    until = next((one.valid_from for one in own if one.valid_from > at), None)
    is_there = before is not None and bool(before.members)
    if change.is_new and is_there:
        raise change.refused("id", "is there already: expected another id")
    if not change.is_new and not is_there:
        raise change.refused("valid_from", "there is no such formula then: expected a later time")
    if change.is_new and not change.members:
        raise change.refused("members", "expected at least one circuit")
    after = _applied(change, before if is_there and before else None, begins)
    if before is None or not is_there:
        return FormulaEdit(before, after, until)
    if after == replace(before, valid_from=begins):
        return None
    if before.valid_from >= begins or _just_begun(before, after, at, change):
        after = replace(after, valid_from=before.valid_from)
    return FormulaEdit(before, after, until)


def _applied(
    change: FormulaChange, before: FormulaVersion | None, begins: datetime
) -> FormulaVersion:
    if change.members == ():
        return FormulaVersion(change.panel, change.id, (), valid_from=begins)
    was = before or FormulaVersion(change.panel, change.id, ())
    return replace(
        was,
        members=was.members if change.members is None else change.members,
        description=was.description if change.description is None else change.description,
        customer=was.customer if change.customer is None else change.customer,
        valid_from=begins,
    )


def _just_begun(
    before: FormulaVersion, after: FormulaVersion, at: datetime, change: FormulaChange
) -> bool:
    """Whether a form is still being filled in, which is one version."""
    same = before.members == after.members
    return same and change.valid_from is None and at - before.valid_from <= SAME_EDIT
