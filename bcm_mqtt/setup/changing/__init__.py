"""Changes of the configuration that exists: tried, written, undone; and its export.

Owns: which parts pages change, a change as new texts of the files, its trial by the loader that
`check` has, the record of each change by which it is undone, the export of all files.
Does not own: how a YAML text is changed (`located`), what a configuration may say (`config`),
who may change what (the page).
Invariants: nothing is written that `load` refuses; a file that is not as it was when the change
was made up is not written to; whatever is not changed stays as it is written.
"""

from bcm_mqtt.setup.changing.configuration import Configuration
from bcm_mqtt.setup.changing.formulas import FORMULAS, FormulaFile, FormulaProposal
from bcm_mqtt.setup.changing.proposals import ChangedLine, Proposal
from bcm_mqtt.setup.changing.records import PastChange
from bcm_mqtt.setup.changing.sections import SECTIONS, Field, Section, Writing
from bcm_mqtt.setup.changing.shown import ShownEntry, ShownSection
from bcm_mqtt.setup.changing.wishes import Wish

__all__ = [
    "FORMULAS",
    "SECTIONS",
    "ChangedLine",
    "Configuration",
    "Field",
    "FormulaFile",
    "FormulaProposal",
    "PastChange",
    "Proposal",
    "Section",
    "ShownEntry",
    "ShownSection",
    "Wish",
    "Writing",
]
