"""circuits.csv edited: what people wrote stays as they wrote it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.csv_rows import text_of
from bcm_mqtt.config.directory.replaced_file import (
    BeforeWriting,
    FileStamp,
    replace_file,
    write_at_once,
)
from bcm_mqtt.config.directory.sheet import CircuitSheet
from bcm_mqtt.config.directory.table import USUAL_COLUMNS, CircuitTable, Row, read_table
from bcm_mqtt.config.settings import Settings
from bcm_mqtt.domain.site.circuit import CircuitChange, CircuitEdit
from bcm_mqtt.domain.site.circuit_field import FIELDS, POLES
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.site.editing.directory_edit import (
    EditedDirectories,
    edited,
    first_versions,
    removals,
)
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.errors import InputError, Problem

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Changed:
    """The file with changes.

    Attributes:
        content: Of the whole file.
        edits: What the changes did; those that changed nothing are left out.
        directories: Of all panels, as the content says.
    """

    content: bytes
    edits: tuple[CircuitEdit, ...]
    directories: Mapping[str, Directory]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The directories after the file was rewritten.

    Attributes:
        edits: What the changes did.
        directories: Of all panels, as the file says.
        stamp: Of the file that says so.
    """

    edits: tuple[CircuitEdit, ...]
    directories: Mapping[str, Directory]
    stamp: FileStamp


def rewrite(
    file: Path,
    changes: Sequence[CircuitChange],
    panels: Mapping[str, Panel],
    zone: ZoneInfo,
    clock: Clock,
    *,
    dry_run: bool = False,
    tie: bool = False,
) -> Rewritten:
    """Applies changes to the file, all of them or none.

    The file is replaced in one step: whoever reads it, and whatever breaks off, finds the old
    one or the new one. It is not touched where the changes change nothing. This waits for the
    disk, mostly below half a second.

    Args:
        file: circuits.csv; made when it does not exist.
        changes: See `changed`.
        panels: See `changed`.
        zone: See `changed`.
        clock: Gives the present.
        dry_run: Only says what the changes would do.
        tie: See `changed`.

    Raises:
        InputError: see `changed`; or the file cannot be read.
        WorkError: it cannot be replaced; the old one is still there.
    """
    return _rewritten(
        file,
        lambda content: changed(content, changes, panels, zone, clock(), str(file), tie=tie),
        dry_run=dry_run,
    )


def change_circuits(
    settings: Settings,
    changes: Sequence[CircuitChange],
    clock: Clock,
    before_writing: BeforeWriting = write_at_once,
) -> Rewritten:
    """Rewrites circuits.csv as a bridge does: circuits that are shown stay. See `rewrite`."""
    file, site = settings.circuits, settings.site
    panels = {key: panel.panel for key, panel in settings.panels.items()}
    had_rows = any(directory.versions for directory in settings.directories.values())

    def new(content: bytes | None) -> Changed:
        if content is None and had_rows:
            # A new file would have this change's circuits and no others.
            raise InputError.of("is gone: bring it back first", source=str(file))
        return changed(content, changes, panels, site.zone, clock(), str(file), stay_shown=True)

    return _rewritten(file, new, before_writing=before_writing)


def changed(
    content: bytes | None,
    changes: Sequence[CircuitChange],
    panels: Mapping[str, Panel],
    zone: ZoneInfo,
    now: datetime,
    source: str = "circuits.csv",
    *,
    stay_shown: bool = False,
    tie: bool = False,
) -> Changed:
    """The file with changes applied as `edited` does; all other lines stay byte for byte.

    Args:
        content: The file's bytes, None where there is no file.
        changes: In the order to apply them.
        panels: Those of the configuration, by id.
        zone: The site's.
        now: When changes without `valid_from` begin, in whole seconds.
        source: Name of the file in problems.
        stay_shown: Whether a panel that gets its first row gets one for each circuit that is
            shown; see `first_versions`.
        tie: Whether a breaker that takes more poles ends those that have them; see `removals`.

    Raises:
        InputError: the file is bad as it stands, or the changes cannot be made.
    """
    if content is None:
        content = f"{','.join(USUAL_COLUMNS)}\n".encode()
    table = read_table(text_of(content, source), panels, zone, source)
    if problems := table.all_problems():
        raise InputError(problems)
    directories = table.directories(panels)
    if tie:
        ends = removals(changes, directories, now)
        changes = [*(end for end in ends if directories[end.panel].versions), *changes]
    first = first_versions(changes, directories, now) if stay_shown else []
    done: EditedDirectories = edited(directories, [*first, *changes], now)
    if not done.edits:
        return Changed(content, (), directories)
    sheet = CircuitSheet(table, zone)
    for edit in done.edits:
        sheet.write(edit)
    mark = _BYTE_ORDER_MARK if content.startswith(_BYTE_ORDER_MARK) else b""
    return Changed(mark + sheet.text().encode(), done.edits[len(first) :], done.directories)


def changes_of(
    content: bytes,
    panels: Mapping[str, Panel],
    zone: ZoneInfo,
    now: datetime,
    *,
    source: str,
    valid_from: datetime | None = None,
) -> list[CircuitChange]:
    """A change for each row of a table like circuits.csv, by time.

    Columns that the table lacks are left as they are; an empty `valid_from` does not mean always.

    Args:
        content: The table.
        panels: Those of the configuration, by id.
        zone: The site's.
        now: When rows without a time begin, for the order.
        source: Name of the table in problems.
        valid_from: Of rows without a time; None is now.

    Raises:
        InputError: every bad row, and every row for a circuit and time that another row has.
    """
    table = read_table(text_of(content, source), panels, zone, source)
    problems = list(table.problems)
    lines: dict[tuple[str, int, datetime | None], int] = {}
    changes = []
    for row in table.rows:
        change = _change(table, row, valid_from)
        line = row.lines[1]
        first = lines.setdefault((change.panel, change.first_pole, change.valid_from), line)
        if first != line:
            message = f"breaker {change.first_pole} has a row for this time in line {first}, too"
            problems.append(Problem(source, line, f"{row.panel} {POLES.name}", message))
        changes.append(change)
    if problems:
        raise InputError(problems)
    return sorted(changes, key=lambda change: change.valid_from or now)


def _rewritten(
    file: Path,
    new: Callable[[bytes | None], Changed],
    *,
    dry_run: bool = False,
    before_writing: BeforeWriting = write_at_once,
) -> Rewritten:
    made: list[Changed] = []

    def new_content(content: bytes | None) -> bytes | None:
        made.append(new(content))
        if dry_run or not made[-1].edits:
            return None
        before_writing(content, made[-1].content, len(made[-1].edits))
        return made[-1].content

    stamp = replace_file(file, new_content)
    return Rewritten(made[-1].edits, made[-1].directories, stamp)


def _change(table: CircuitTable, row: Row, valid_from: datetime | None) -> CircuitChange:
    version = row.version
    return CircuitChange.of(
        row.panel,
        version.first_pole,
        {item: version.value(item) for item in FIELDS if item.name in table.header},
        version.valid_from if row.named.get("valid_from") else valid_from,
    )
