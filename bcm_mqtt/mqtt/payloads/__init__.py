"""Every payload, both ways.

Owns: the shape of each JSON message and of plain numbers. Does not own: topics, the
client, what the figures mean.
Invariants: version 1; a reader refuses a version it does not know instead of guessing;
unknown keys of a known version are passed over, so that fields can be added.
"""

from functools import lru_cache

from bcm_mqtt.mqtt.payloads.alarm import AlarmReport, decode_alarm, encode_alarm, event_of
from bcm_mqtt.mqtt.payloads.alarm_request import (
    LONGEST_SHELF_H,
    Acknowledge,
    AlarmSelection,
    Shelve,
)
from bcm_mqtt.mqtt.payloads.billing import (
    MonthRequest,
    decode_month_request,
    encode_month_to_date,
    encode_site_month_to_date,
    hours_body,
)
from bcm_mqtt.mqtt.payloads.codec import UnitId
from bcm_mqtt.mqtt.payloads.directory import (
    decode_directory,
    encode_circuit,
    encode_directory,
    encode_formula,
)
from bcm_mqtt.mqtt.payloads.fields import (
    MAX_POLES,
    MOST_CHANGES,
    PayloadError,
    Transaction,
    transaction_of,
)
from bcm_mqtt.mqtt.payloads.info import (
    BridgeReport,
    ClockReport,
    GatewayReport,
    LeaseReport,
    OutboxReport,
    PanelReport,
    RecorderReport,
    SiteReport,
    SourceReport,
    UnitReport,
    decode_info,
    decode_lease,
    encode_info,
    encode_lease,
)
from bcm_mqtt.mqtt.payloads.request import (
    ACTIONS,
    ChangeCircuits,
    ChangeInstruments,
    ExchangeMeters,
    PollNow,
    Reload,
    Request,
    action_of,
    decode_request,
    encode_request,
)
from bcm_mqtt.mqtt.payloads.response import Response, decode_response, encode_response
from bcm_mqtt.mqtt.payloads.snapshot import decode_snapshot, encode_snapshot, encode_values
from bcm_mqtt.mqtt.payloads.stored import (
    RecorderPresence,
    RecorderState,
    StoredReport,
    decode_recorder_state,
    decode_stored,
    encode_recorder_state,
    encode_stored,
    name_of,
)
from bcm_mqtt.mqtt.payloads.window import CHANGING, validity_of

__all__ = [
    "ACTIONS",
    "CHANGING",
    "LONGEST_SHELF_H",
    "MAX_POLES",
    "MOST_CHANGES",
    "Acknowledge",
    "AlarmReport",
    "AlarmSelection",
    "BridgeReport",
    "ChangeCircuits",
    "ChangeInstruments",
    "ClockReport",
    "ExchangeMeters",
    "GatewayReport",
    "LeaseReport",
    "MonthRequest",
    "OutboxReport",
    "PanelReport",
    "PayloadError",
    "PollNow",
    "RecorderPresence",
    "RecorderReport",
    "RecorderState",
    "Reload",
    "Request",
    "Response",
    "Shelve",
    "SiteReport",
    "SourceReport",
    "StoredReport",
    "Transaction",
    "UnitId",
    "UnitReport",
    "action_of",
    "decode_alarm",
    "decode_directory",
    "decode_info",
    "decode_lease",
    "decode_month_request",
    "decode_recorder_state",
    "decode_request",
    "decode_response",
    "decode_snapshot",
    "decode_stored",
    "encode_alarm",
    "encode_circuit",
    "encode_directory",
    "encode_formula",
    "encode_info",
    "encode_lease",
    "encode_month_to_date",
    "encode_recorder_state",
    "encode_request",
    "encode_response",
    "encode_site_month_to_date",
    "encode_snapshot",
    "encode_stored",
    "encode_values",
    "event_of",
    "hours_body",
    "name_of",
    "number",
    "transaction_of",
    "validity_of",
]


@lru_cache(maxsize=1 << 12)  # a load that is read in tenths has few values
def number(value: float, decimals: int) -> bytes:
    """A plain number as per-circuit topics carry it, without needless digits; never -0."""
    return f"{value:z.{decimals}f}".encode()
