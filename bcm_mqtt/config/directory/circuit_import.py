"""Rows in the format of circuits.csv as changes of the directory."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bcm_mqtt.config.directory.circuits import CircuitTable, Row, read_table, text_of
from bcm_mqtt.domain.site.circuit_change import LEAVE, CircuitChange
from bcm_mqtt.domain.site.panel import Panel
from bcm_mqtt.errors import InputError, Problem


def changes_of(
    content: bytes,
    panels: Mapping[str, Panel],
    zone: ZoneInfo,
    now: datetime,
    *,
    source: str,
    valid_from: datetime | None = None,
) -> list[CircuitChange]:
    """A change for each row, by time; columns that the file lacks are left as they are.

    Args:
        content: As circuits.csv, but that an empty `valid_from` does not mean always.
        panels: Those of the configuration, by id.
        zone: The site's.
        now: When rows without a time begin, for the order.
        source: Name of the file in problems.
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
            problems.append(Problem(source, line, f"{row.panel} poles", message))
        changes.append(change)
    if problems:
        raise InputError(problems)
    return sorted(changes, key=lambda change: change.valid_from or now)


def _change(table: CircuitTable, row: Row, valid_from: datetime | None) -> CircuitChange:
    version, given = row.version, set(table.header)
    return CircuitChange(
        panel=row.panel,
        first_pole=version.first_pole,
        description=version.description if "description" in given else LEAVE,
        customer=version.customer if "customer" in given else LEAVE,
        rating_amps=version.rating_amps if "rating" in given else LEAVE,
        connection=version.connection if "connection" in given else LEAVE,
        power_factor=version.power_factor if "power_factor" in given else LEAVE,
        poles=version.poles,
        valid_from=version.valid_from if table.cell(row, "valid_from") else valid_from,
    )
