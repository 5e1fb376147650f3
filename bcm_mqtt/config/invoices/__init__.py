"""Files of suppliers' invoices, YAML or CSV, and of the rules by which they are divided.

Owns: their formats, and a problem with file, line and key for whatever is wrong in them.
Does not own: what an invoice is (`domain.allocation`), and storing it.
Invariant: a file is read as a whole or not at all.
"""

from bcm_mqtt.config.invoices.file import invoices_of_csv, read_invoices
from bcm_mqtt.config.invoices.rules import PLAN, AllocationFile, plan_of, plan_problem, read_rules

__all__ = [
    "PLAN",
    "AllocationFile",
    "invoices_of_csv",
    "plan_of",
    "plan_problem",
    "read_invoices",
    "read_rules",
]
