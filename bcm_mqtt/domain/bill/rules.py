"""The number of the rule set by which bills are calculated: a bill stores it.

A rule set is how stored readings become energy: the rules of registers, of validation and of
estimation. An issued bill is compared with a draft of the same rule set only. Of one that an
earlier rule set made, its inputs are compared: the rules alone make no bill differ.

1. Until version 0.1: a register that fell counted from 0 again, one that jumped counted nothing,
   and what it counted was of the quarter hour in which it was read; like days were chosen for
   each quarter hour by itself.
2. Registers are bounded by their breaker, what they cannot explain is unmeasured time, and what
   they counted is of the time between their readings; like days are whole local days; findings
   hold bills.
"""

from typing import Final

FIRST_RULES: Final = 1
"""Of bills that were issued before they stored the number."""
RULES: Final = 2
"""By which drafts are calculated now."""
