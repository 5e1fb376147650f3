"""What a circuit's legs say about its wiring, as findings of its time with a customer."""

from collections.abc import Iterator

from bcm_mqtt.domain.interval.slots import Flags
from bcm_mqtt.domain.usage.panel_usage import CircuitUsage
from bcm_mqtt.domain.usage.usage import UNASSIGNED
from bcm_mqtt.domain.vee.quality import Found
from bcm_mqtt.domain.vee.wiring import wiring_faults


def wiring_findings(part: CircuitUsage, measured: Flags) -> Iterator[Found]:
    """Faults of the wiring, and loads that nobody pays for.

    Args:
        part: A circuit's time with a customer.
        measured: Which slots of the month are in it and measured for any time.
    """
    if part.legs is not None:
        days = part.load.slots.local(part.zone).days
        assigned = part.owner.customer != UNASSIGNED
        yield from wiring_faults(part.legs, measured, days, assigned=assigned)
