"""Meanings of flags about what is computed of measured circuits: formulas, calibration, tariffs."""

from typing import Final

from bcm_mqtt.domain.vee.flag.meaning import Meaning

FORMULA_NEGATIVE: Final = Meaning(
    "A formula circuit below 0",
    "Check the members of the formula, their multipliers and signs, and whether all that "
    "is taken away is fed by what is added.",
    holds=True,
)
FORMULA_NEAR_ZERO: Final = Meaning(
    "A formula circuit below 0 by less than its meters may err",
    "Nothing, unless it comes again: then check the members' meters and transformers.",
)
FORMULA_OVERBILLED: Final = Meaning(
    "Energy that circuits and formulas bill or take away twice",
    "Correct the formulas or the customers of the circuits: bcm-mqtt check names them.",
    holds=True,
)
CALIBRATION_BEYOND: Final = Meaning(
    "The circuits differ from the revenue meter by more than they may",
    "Check transformers and circuits behind the meter, its multiplier and its clock; nothing was "
    "scaled in these intervals, and the difference is unallocated.",
    holds=True,
)
CALIBRATION_UNREAD: Final = Meaning(
    "Intervals that could not be calibrated to the revenue meter",
    "Enter what the meter counted, if its own record has it: bcm-mqtt vee edit; until then these "
    "intervals are as the circuits were measured.",
)
TARIFF_UNKNOWN: Final = Meaning(
    "The tariff charges for something that is not known",
    "State in the tariff what it lacks, or measure it; until then the bill is held.",
    holds=True,
)
PRICE_MISSING: Final = Meaning(
    "Energy without a price",
    "Import the prices of these hours: bcm-mqtt prices import. No release issues the bill before.",
    holds=True,
    bars=True,
)
INVOICE_MISSING: Final = Meaning(
    "An invoice of the supplier that cannot be charged",
    "Enter the invoice of this period: bcm-mqtt invoice import; or correct its rules. No release "
    "issues the bill before.",
    holds=True,
    bars=True,
)
