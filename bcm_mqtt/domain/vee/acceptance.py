"""Acceptance: who accepts a finding says that what it names is right, and why.

An entry that names a flag accepts the findings of that flag. Of an event, such as a step of a
register, it accepts those in its own time. Of a state, such as an energy above the rating, it
goes on until the circuit's row in the directory changes, so that nobody has to accept the same
thing each month. An entry without a flag, as they were before flags could be named, accepts
all that is found in its time.
"""

from collections.abc import Iterable
from hashlib import sha256
from zoneinfo import ZoneInfo

from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory, nobodys
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.domain.vee.quality import WHOLE_PANEL, Finding

_MARK_LENGTH = 16


def row_of(version: CircuitVersion) -> str:
    """A circuit's row as text, without the time from which it is valid."""
    texts = version.texts(ZoneInfo("UTC"))
    del texts["valid_from"]
    return " ".join(f"{name}={text}" for name, text in texts.items() if text)


def panel_mark(versions: Iterable[CircuitVersion]) -> str:
    """A mark of all rows of a panel at a time, which is another where one of them changes."""
    rows = "\n".join(sorted(row_of(version) for version in versions))
    return sha256(rows.encode()).hexdigest()[:_MARK_LENGTH]


def row_at(directory: Directory, entry: IntervalEdit) -> str:
    """What an entry that accepts a flag depends on: the row, or mark, at its start.

    One about a formula has the formula there: it has no row of the directory.
    """
    if isinstance(entry.circuit, str):
        return entry.row
    versions = directory.at(entry.start)
    if entry.first_pole == WHOLE_PANEL:
        return panel_mark(versions.values())
    return row_of(versions.get(entry.first_pole) or nobodys(entry.first_pole, directory.panel))


def is_accepted(finding: Finding, row: str, entries: Iterable[IntervalEdit]) -> bool:
    """Whether any entry accepts it.

    Args:
        finding: Of a circuit, or of a panel.
        row: The circuit's row, or the panel's mark, as it is where the finding is.
        entries: In force, of the finding's panel.
    """
    return any(_accepts(entry, finding, row) for entry in entries)


def _concerns(entry: IntervalEdit, finding: Finding) -> bool:
    """Of a panel's formulas, one that is of the panel itself concerns all."""
    if finding.formula:
        return entry.circuit in {finding.formula, WHOLE_PANEL}
    return entry.circuit == finding.circuit


def _accepts(entry: IntervalEdit, finding: Finding, row: str) -> bool:
    if entry.action is not EditAction.ACCEPT or not _concerns(entry, finding):
        return False
    if entry.flag and finding.flag.meaning.lasts:
        same = entry.flag == finding.flag.value and entry.row == row
        return same and entry.start < finding.end
    within = entry.start <= finding.start and entry.end >= finding.end
    return within and entry.flag in {"", finding.flag.value}
