"""The archive: polls that are old, as Parquet files in a folder or an object store.

Owns: the form of the files, their names, the place where they are; pyarrow, together with
`exchange`. Does not own: which files hold what (the store's manifest), when something moves there.
Invariants: a file is there whole or not at all, and is never changed; what is read back is what
was written, value by value.
"""

from bcm_mqtt.archive.archive import Archive
from bcm_mqtt.archive.installed import check_installed, load_arrow
from bcm_mqtt.archive.place import ArchiveError, MissingFileError, is_url
from bcm_mqtt.archive.poll_file import COLUMNS, Row, Shape

__all__ = [
    "COLUMNS",
    "Archive",
    "ArchiveError",
    "MissingFileError",
    "Row",
    "Shape",
    "check_installed",
    "is_url",
    "load_arrow",
]
