"""What changes would do to directories that are known without their file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.circuit_cells import COLUMNS, row_text, texts_of
from bcm_mqtt.config.directory.circuits_file import changed
from bcm_mqtt.domain.site.circuit_change import CircuitChange, CircuitEdit
from bcm_mqtt.domain.site.directory import Directory


def preview(
    directories: Mapping[str, Directory],
    changes: Sequence[CircuitChange],
    zone: ZoneInfo,
    now: datetime,
) -> tuple[CircuitEdit, ...]:
    """What the changes would do, by the very rules that rewrite circuits.csv.

    Args:
        directories: By panel id. Of an empty one every measured pole counts as a circuit, as
            the bridge has it.
        changes: All or none.
        zone: The site's.
        now: When changes without `valid_from` begin.

    Raises:
        InputError: why they cannot be made.
    """
    rows = [
        row_text([*texts_of(panel, version, zone).values()])
        for panel, directory in directories.items()
        for version in directory.versions or directory.shown_at(now).values()
    ]
    content = "".join(f"{row}\n" for row in (",".join(COLUMNS), *rows)).encode()
    panels = {panel: directory.panel for panel, directory in directories.items()}
    return changed(content, changes, panels, zone, now).edits
