"""A bridge of one gateway with two units, and one panel, that lacks nothing."""

from bcm_mqtt.bridge.vitals.signs import GatewayVitals, PanelVitals, Vitals
from bcm_mqtt.modbus import LineHealth, UnitHealth
from unit.builders import NOON, SECOND

UNITS = (
    UnitHealth(3, 0.015, 2, 0, 5.0, "exception 6 (device busy)"),
    UnitHealth(4, None, 7, 7, None, "no answer in time"),
)
LINE = LineHealth(
    connected=True, connections=3, failures=1, answered_ago_s=5.0, last_error="", units=UNITS
)
HEALTHY = Vitals(
    time=NOON,
    connected=True,
    waiting=0,
    dropped=0,
    disk_fails=False,
    outbox_bytes=4096,
    lasts_s=604_800.0,
    configuration_problem="",
    directory_problem="",
    gateways={"gw": GatewayVitals(LINE, True, 9, idle_s=1.0, patience_s=100.0)},  # noqa: FBT003
    panels={"rpp-1a": PanelVitals(12, NOON - 5 * SECOND, answering=True)},
)
