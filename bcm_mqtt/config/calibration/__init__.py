"""Calibration to revenue meters: `billing.calibrate_to`, checked against the panels.

Owns: its keys, and what is behind each meter.
Does not own: whether what is behind it is monitored, which circuits.csv says (`config.checking`).
Invariants: a circuit is behind one meter at most.
"""

from bcm_mqtt.config.calibration.keys import CALIBRATION
from bcm_mqtt.config.calibration.settings import calibrated_terms

__all__ = ["CALIBRATION", "calibrated_terms"]
