"""Every payload, both ways.

Owns: the shape of each JSON message and of plain numbers. Does not own: topics, the
client, what the figures mean.
Invariants: version 1; a reader refuses a version it does not know instead of guessing;
unknown keys of a known version are passed over, so that fields can be added.
"""

from collections.abc import Mapping
from typing import Any

from bcm_mqtt.mqtt.payloads.alarm import AlarmReport, decode_alarm, encode_alarm
from bcm_mqtt.mqtt.payloads.asking import (
    Response,
    decode_response,
    encode_acknowledge,
    encode_changes,
    encode_shelve,
)
from bcm_mqtt.mqtt.payloads.billing import (
    MonthRequest,
    decode_month_request,
    encode_hours,
    encode_month_to_date,
    encode_report,
    encode_site_month_to_date,
)
from bcm_mqtt.mqtt.payloads.directory import decode_directory, encode_circuit, encode_directory
from bcm_mqtt.mqtt.payloads.fields import (
    MAX_POLES,
    VERSION,
    PayloadError,
    Transaction,
    encoded,
    transaction_of,
)
from bcm_mqtt.mqtt.payloads.info import BridgeReport, GatewayReport, UnitReport, decode_info
from bcm_mqtt.mqtt.payloads.request import (
    ACTIONS,
    Acknowledge,
    AlarmSelection,
    ChangeCircuits,
    PollNow,
    Reload,
    Request,
    Shelve,
    decode_request,
    encode_response,
)
from bcm_mqtt.mqtt.payloads.snapshot import decode_snapshot, encode_snapshot

__all__ = [
    "ACTIONS",
    "MAX_POLES",
    "Acknowledge",
    "AlarmReport",
    "AlarmSelection",
    "BridgeReport",
    "ChangeCircuits",
    "GatewayReport",
    "MonthRequest",
    "PayloadError",
    "PollNow",
    "Reload",
    "Request",
    "Response",
    "Shelve",
    "Transaction",
    "UnitReport",
    "decode_alarm",
    "decode_directory",
    "decode_info",
    "decode_month_request",
    "decode_request",
    "decode_response",
    "decode_snapshot",
    "encode_acknowledge",
    "encode_alarm",
    "encode_changes",
    "encode_circuit",
    "encode_directory",
    "encode_hours",
    "encode_info",
    "encode_month_to_date",
    "encode_report",
    "encode_response",
    "encode_shelve",
    "encode_site_month_to_date",
    "encode_snapshot",
    "number",
    "transaction_of",
]


def encode_info(info: Mapping[str, Any]) -> bytes:
    """JSON of the bridge's info."""
    return encoded({"v": VERSION, **info})


def number(value: float, decimals: int) -> bytes:
    """A plain number as per-circuit topics carry it, without needless digits; never -0."""
    return f"{value:z.{decimals}f}".encode()
