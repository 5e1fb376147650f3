"""Whether an issued bill would differ if it were recalculated, and which of its inputs changed.

A draft of another rule set says nothing about an issued bill but whether its inputs are the same.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from bcm_mqtt.billing.issue.document import Fingerprints, Issued, figures
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.rules import RULES

_MEASURED_SINCE: Final = ("register intervals of ", "electrical intervals of ")
"""Inputs that earlier rule sets did not read: that a bill lacks their fingerprints is no change."""
Changed = Callable[[], Iterable[str]]


def differs(issued: Bill, draft: Bill | None, changed: Changed) -> bool:
    """Whether an issued bill would differ if recalculated.

    Args:
        issued: As it was.
        draft: As it would be; None where the customer has no circuit now.
        changed: Which inputs have changed; called for bills of another rule set only.
    """
    if draft is None:
        return True
    if issued.rules == draft.rules:
        return figures(issued) != figures(draft)
    return any(changed())


def changed_inputs(issued: Issued, now: Fingerprints) -> Iterator[str]:
    """Names of the inputs that are not as they were when a bill was issued."""
    was = issued.fingerprints
    earlier_rules = issued.bill.rules != RULES
    for name in sorted(was.keys() | now.keys()):
        unknown_then = earlier_rules and name not in was and name.startswith(_MEASURED_SINCE)
        if was.get(name) != now.get(name) and not unknown_then:
            yield name
