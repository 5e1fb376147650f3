"""Files of suppliers' invoices, YAML or CSV.

Owns: their formats, and a problem with file, line and key for whatever is wrong in them.
Does not own: what an invoice is (`domain.allocation`), and storing it.
Invariant: a file is read as a whole or not at all.
"""

from bcm_mqtt.config.invoices.file import read_invoices

__all__ = ["read_invoices"]
