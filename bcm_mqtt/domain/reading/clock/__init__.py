"""Wall clocks that are wrong or set: what is stamped, and whom to believe.

Owns: steps of a clock, the stamps of polls, the agreement of a recorder's clock with others.
Does not own: clocks (passed in), the clock of a bridge as others see it (`reading.bridge_clock`).
Invariants: no time is stamped twice for a panel; a clock that nobody agrees with decides nothing.
"""

from bcm_mqtt.domain.reading.clock.agreement import Agreement, implausible
from bcm_mqtt.domain.reading.clock.order import out_of_order
from bcm_mqtt.domain.reading.clock.stamps import Stamps, Used
from bcm_mqtt.domain.reading.clock.step import ClockSteps, step_sentence
from bcm_mqtt.domain.reading.clock.unset import NOT_BEFORE, WAITS_S, Stamp, Unset

__all__ = [
    "NOT_BEFORE",
    "WAITS_S",
    "Agreement",
    "ClockSteps",
    "Stamp",
    "Stamps",
    "Unset",
    "Used",
    "implausible",
    "out_of_order",
    "step_sentence",
]
