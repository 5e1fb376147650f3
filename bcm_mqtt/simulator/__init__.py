"""Simulated panels with believable loads, and a Modbus TCP gateway that serves their meters.

Owns: the loads, the BG08 meters' registers, a meter that measures voltage, and the simulated line.
Does not own: the profile of the meters, which the bridge reads, MQTT and SQL.
Invariants: nothing but the standard library is imported; the same instant gives the same readings.
"""

from bcm_mqtt.simulator.described_meter import (
    Coding,
    DescribedMeter,
    DescribedPanel,
    Field,
    Fixed,
    MeterKind,
)
from bcm_mqtt.simulator.layout import demo_panel
from bcm_mqtt.simulator.measuring_meter import MeasuringMeter, PhaseReading, supply
from bcm_mqtt.simulator.panel import SimulatedCircuit, SimulatedPanel, panel_units
from bcm_mqtt.simulator.server import SimulatedGateway
from bcm_mqtt.simulator.site import CIRCUIT_COLUMNS, PanelPlace, SimulatedSite
from bcm_mqtt.simulator.switched import SwitchedPanel, meter_poles

__all__ = [
    "CIRCUIT_COLUMNS",
    "Coding",
    "DescribedMeter",
    "DescribedPanel",
    "Field",
    "Fixed",
    "MeasuringMeter",
    "MeterKind",
    "PanelPlace",
    "PhaseReading",
    "SimulatedCircuit",
    "SimulatedGateway",
    "SimulatedPanel",
    "SimulatedSite",
    "SwitchedPanel",
    "demo_panel",
    "meter_poles",
    "panel_units",
    "supply",
]
