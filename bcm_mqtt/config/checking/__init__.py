"""What only `check` looks at, of settings that are good.

Owns: warnings of what is hardly meant; formulas, groups of tariffs and calibration against
circuits; demand charges against polls and customers; what structured invoices lack; whether the
files of TLS hold what they should.

Does not own: what makes a configuration wrong for every command: that is `config.load`'s.

Invariants: nothing is changed; what a user may not read is a warning, not an error.
"""

from bcm_mqtt.config.checking.calibration import calibration_problems
from bcm_mqtt.config.checking.demand import demand_problems
from bcm_mqtt.config.checking.einvoices import einvoice_problems
from bcm_mqtt.config.checking.formulas import formula_findings, formula_problems
from bcm_mqtt.config.checking.groups import group_findings, group_problems
from bcm_mqtt.config.checking.holidays import holiday_notes
from bcm_mqtt.config.checking.tls_files import tls_findings
from bcm_mqtt.config.checking.warnings import warnings_of

__all__ = [
    "calibration_problems",
    "demand_problems",
    "einvoice_problems",
    "formula_findings",
    "formula_problems",
    "group_findings",
    "group_problems",
    "holiday_notes",
    "tls_findings",
    "warnings_of",
]
