"""circuits.csv: the directory of all panels as a file that people and the program edit.

Owns: its format, the place of every row, replacing it in one step.
Does not own: what the fields of a circuit are and what a change does (`domain.site`).
Invariants: a rewritten file reads back as the directories that its edits gave; lines that no
edit is about stay byte for byte; a reader finds the old file or the new one, never a part.
"""

from bcm_mqtt.config.directory.replaced_file import FileStamp, file_stamp
from bcm_mqtt.config.directory.rewriting import (
    Changed,
    Rewritten,
    change_circuits,
    changed,
    changes_of,
    rewrite,
)
from bcm_mqtt.config.directory.sheet import row_text
from bcm_mqtt.config.directory.table import COLUMNS, content_of, read_circuits

__all__ = [
    "COLUMNS",
    "Changed",
    "FileStamp",
    "Rewritten",
    "change_circuits",
    "changed",
    "changes_of",
    "content_of",
    "file_stamp",
    "read_circuits",
    "rewrite",
    "row_text",
]
