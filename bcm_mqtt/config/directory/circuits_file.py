"""Edits circuits.csv: what people wrote stays as they wrote it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.circuit_cells import COLUMNS
from bcm_mqtt.config.directory.circuit_sheet import CircuitSheet
from bcm_mqtt.config.directory.circuits import read_table, text_of
from bcm_mqtt.config.replaced_file import replace_file
from bcm_mqtt.config.tables import unknown
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.circuit_change import CircuitChange, CircuitEdit
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time.instants import Clock
from bcm_mqtt.errors import InputError, Problem

SAME_EDIT = timedelta(minutes=10)
"""For so long a change from now on amends the version that has just begun.

Somebody fills in a form field by field: that is one version, not six.
"""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Changed:
    """The file with changes.

    Attributes:
        content: Of the whole file.
        edits: What the changes did; those that changed nothing are left out.
    """

    content: bytes
    edits: tuple[CircuitEdit, ...]


def rewrite(
    file: Path,
    changes: Sequence[CircuitChange],
    panels: Mapping[str, Panel],
    zone: ZoneInfo,
    clock: Clock,
    *,
    dry_run: bool = False,
) -> tuple[CircuitEdit, ...]:
    """Applies changes to the file, all of them or none, and returns what they did.

    The file is replaced in one step: whoever reads it, and whatever breaks off, finds the old
    one or the new one. It is not touched where the changes change nothing. This waits for the
    disk, mostly below half a second.

    Args:
        file: circuits.csv; made when it does not exist.
        changes: See `changed`.
        panels: Likewise.
        zone: Likewise.
        clock: Gives the present.
        dry_run: Only tells what the changes would do.

    Raises:
        InputError: see `changed`; or the file cannot be read.
        WorkError: it cannot be replaced; the old one is still there.
    """
    edits: tuple[CircuitEdit, ...] = ()

    def new_content(content: bytes | None) -> bytes | None:
        nonlocal edits
        new = changed(content, changes, panels, zone, clock(), str(file))
        edits = new.edits
        return new.content if edits and not dry_run else None

    replace_file(file, new_content)
    return edits


def changed(
    content: bytes | None,
    changes: Sequence[CircuitChange],
    panels: Mapping[str, Panel],
    zone: ZoneInfo,
    now: datetime,
    source: str = "circuits.csv",
) -> Changed:
    """The file with changes applied in turn and checked together.

    A change takes over all fields of the version in force at its instant. It amends that
    version's row when the version begins at the same instant, or when the change is one from
    now on that leaves the poles as they are and the version began in the last ten minutes.
    Otherwise it gets a row after the last one of its breaker. All other lines stay byte for
    byte.

    Args:
        content: The file's bytes, None where there is no file.
        changes: In the order to apply them.
        panels: Those of the configuration, by id.
        zone: The site's.
        now: When changes without `valid_from` begin, in whole seconds.
        source: Name of the file in problems.

    Raises:
        InputError: the file is bad as it stands, or would be with the changes.
    """
    if problems := list(_asked_problems(changes, panels)):
        raise InputError(problems)
    if content is None:
        content = f"{','.join(COLUMNS)}\n".encode()
    text = text_of(content, source)
    table = read_table(text, panels, zone, source)
    if problems := table.problems + table.conflict_problems():
        raise InputError(problems)
    sheet = CircuitSheet(text, table, zone)
    edits = tuple(edit for change in changes if (edit := _apply(change, sheet, now)))
    if not edits:
        return Changed(content, ())
    text, written_by = sheet.written()
    if problems := list(_problems(text, written_by, panels, zone)):
        raise InputError(problems)
    mark = _BYTE_ORDER_MARK if content.startswith(_BYTE_ORDER_MARK) else b""
    return Changed(mark + text.encode(), edits)


def _apply(change: CircuitChange, sheet: CircuitSheet, now: datetime) -> CircuitEdit | None:
    """Applies one change; returns what it did, None where everything is so already."""
    at = (change.valid_from or now).astimezone(UTC)
    begins = at if change.valid_from else at.replace(microsecond=0)
    past = [row for row in sheet.rows_of(change.panel, change.first_pole) if row.begins <= at]
    if not past:
        version = CircuitVersion((change.first_pole,))
        after = replace(change.applied_to(version), valid_from=begins)
        sheet.add(None, after, change)
        return CircuitEdit(change.panel, None, after)
    row = max(past, key=lambda row: row.begins)
    before = row.version
    after = change.applied_to(before)
    if after == before:
        return None
    # Poles change hands when they do: three breakers that become one do so at one instant.
    same_poles = (before.poles, before.in_service) == (after.poles, after.in_service)
    just_begun = change.valid_from is None and same_poles and at - row.begins <= SAME_EDIT
    if row.begins >= begins or just_begun:  # later only by a fraction of this second
        sheet.amend(row, after, change)
    else:
        after = replace(after, valid_from=begins)
        sheet.add(row, after, change)
    return CircuitEdit(change.panel, before, after)


def _asked_problems(
    changes: Sequence[CircuitChange], panels: Mapping[str, Panel]
) -> Iterator[Problem]:
    for change in changes:
        if change.panel not in panels:
            yield _problem(change, "", unknown("panel", change.panel, panels))
        for column, message in change.problems():
            yield _problem(change, column, message)


def _problems(
    text: str,
    written_by: Mapping[int, CircuitChange],
    panels: Mapping[str, Panel],
    zone: ZoneInfo,
) -> Iterator[Problem]:
    """What the reader says of the new text, in terms of the changes.

    The old text was good, so that it can only be about a line that a change has written.
    """
    table = read_table(text, panels, zone, "")
    for problem in table.problems:
        yield _problem(written_by[problem.line], problem.key, problem.message)
    for first, second, reason in table.conflicts():
        change = written_by.get(second.lines[1]) or written_by[first.lines[1]]
        yield _problem(change, "", reason)


def _problem(change: CircuitChange, column: str, message: str) -> Problem:
    """`panel rpp-1a pole 3: rating: …`."""
    place = f"panel {change.panel} pole {change.first_pole}"
    return Problem("", 0, f"{place}: {column}" if column else place, message)
