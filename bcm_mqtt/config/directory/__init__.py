"""circuits.csv, meters.csv, formulas.csv: the directory, as files that people and programs edit.

Owns: their format, the place of every row, replacing it in one step.
Does not own: what the fields are and what a change does (`domain.site`).
Invariants: a rewritten file reads back as the directories that its edits gave; lines that no
edit is about stay byte for byte; a reader finds the old file or the new one, never a part.
"""

from bcm_mqtt.config.directory.csv_rows import content_of
from bcm_mqtt.config.directory.formula_rewriting import ChangedFormulas, changed_formulas
from bcm_mqtt.config.directory.formula_table import FORMULA_COLUMNS, read_formulas
from bcm_mqtt.config.directory.lines import row_text
from bcm_mqtt.config.directory.meter_rewriting import RewrittenMeters, change_instruments
from bcm_mqtt.config.directory.meter_table import METER_COLUMNS, poles_of, read_meters
from bcm_mqtt.config.directory.owner import is_owned, owning
from bcm_mqtt.config.directory.replaced_file import (
    BeforeWriting,
    FileStamp,
    file_stamp,
    write_at_once,
)
from bcm_mqtt.config.directory.rewriting import (
    Changed,
    Rewritten,
    change_circuits,
    changed,
    changes_of,
    rewrite,
)
from bcm_mqtt.config.directory.table import COLUMNS, USUAL_COLUMNS, has_columns, read_circuits

__all__ = [
    "COLUMNS",
    "FORMULA_COLUMNS",
    "METER_COLUMNS",
    "USUAL_COLUMNS",
    "BeforeWriting",
    "Changed",
    "ChangedFormulas",
    "FileStamp",
    "Rewritten",
    "RewrittenMeters",
    "change_circuits",
    "change_instruments",
    "changed",
    "changed_formulas",
    "changes_of",
    "content_of",
    "file_stamp",
    "has_columns",
    "is_owned",
    "owning",
    "poles_of",
    "read_circuits",
    "read_formulas",
    "read_meters",
    "rewrite",
    "row_text",
    "write_at_once",
]
