"""Exchange: what is stored as files, and files as what is stored.

Owns: the formats (CSV, Parquet, folders, ZIPs, manifests), pyarrow, other people's history and
panel schedules.
Does not own: SQL (store), what a record means (domain).
Invariants: an export is of one moment and exact; it is there whole or not at all; an import
changes nothing that is stored, and a second one of the same files nothing at all.
"""

from bcm_mqtt.exchange.history import History, read_history
from bcm_mqtt.exchange.history_cells import Reading
from bcm_mqtt.exchange.history_import import Imported, check_history, import_history
from bcm_mqtt.exchange.manifest import Form, Manifest
from bcm_mqtt.exchange.transfer import export, import_export

__all__ = [
    "Form",
    "History",
    "Imported",
    "Manifest",
    "Reading",
    "check_history",
    "export",
    "import_export",
    "import_history",
    "read_history",
]
