"""Reading meters: which requests to send, how to send them, and whether to believe the reply.

Owns: the read plan, the connection to a gateway or serial port, when a silent
unit gets a request again, the validation and decoding of every reply.
Does not own: register maps (profiles), when to poll (bridge).
Invariants: one request at a time per line; a reply that does not match its request in
unit, function code, transaction and length is a failure, never a value.
"""

from bcm_mqtt.domain.reading.polled.line_health import LineHealth, UnitHealth
from bcm_mqtt.domain.reading.polled.poll import Poll
from bcm_mqtt.modbus.decode import Decoding
from bcm_mqtt.modbus.frames import Failure, ReadError
from bcm_mqtt.modbus.holes import Holes
from bcm_mqtt.modbus.line import Line, line_random
from bcm_mqtt.modbus.link import Framing, Link, Parity, Serial, Tcp, TransactionIds
from bcm_mqtt.modbus.plan import PanelPlan, ReadRequest, read_plan
from bcm_mqtt.modbus.poll import PanelReader, poll_panel

__all__ = [
    "Decoding",
    "Failure",
    "Framing",
    "Holes",
    "Line",
    "LineHealth",
    "Link",
    "PanelPlan",
    "PanelReader",
    "Parity",
    "Poll",
    "ReadError",
    "ReadRequest",
    "Serial",
    "Tcp",
    "TransactionIds",
    "UnitHealth",
    "line_random",
    "poll_panel",
    "read_plan",
]
