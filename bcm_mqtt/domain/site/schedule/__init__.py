"""Panel schedules as people keep them: their columns matched by name, their rows as circuits.

Owns: which words head which column, what stands in a cell, breakers over several rows.
Does not own: files (`exchange.schedule_files`), what a change of a circuit does (`directory_edit`).
Invariants: a row is taken whole or is a problem with its line; nothing is guessed about a cell.
"""

from bcm_mqtt.domain.site.schedule.headings import Column, Header, header_of
from bcm_mqtt.domain.site.schedule.rows import ScheduleRow, TextRows
from bcm_mqtt.domain.site.schedule.schedule import PanelSchedule, read_schedule

__all__ = [
    "Column",
    "Header",
    "PanelSchedule",
    "ScheduleRow",
    "TextRows",
    "header_of",
    "read_schedule",
]
