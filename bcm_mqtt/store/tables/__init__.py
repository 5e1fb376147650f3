"""The tables as the program uses them, a module for each room of the store.

Owns: columns, keys and indices, which docs/sql.md explains. Does not own: making and changing
them (`store.migrations`), or a query.
Invariant: a database that migrations made has these tables and no others.
"""

from bcm_mqtt.store.tables.accounts import account, api_token, audit_entry, web_session
from bcm_mqtt.store.tables.database import metadata, setting
from bcm_mqtt.store.tables.demand import demand_peak
from bcm_mqtt.store.tables.directories import circuit_version, directory_revision, instrument, panel
from bcm_mqtt.store.tables.intervals import (
    day_total,
    device_interval,
    dirty_day,
    dirty_interval,
    dirty_profile,
    electrical_interval,
    interval,
    load_profile,
    pole,
    register_interval,
)
from bcm_mqtt.store.tables.ledger import (
    bill,
    bill_copy,
    bill_determinant,
    bill_file,
    bill_line,
    bill_mail,
    bill_number,
    bill_release,
    bill_time_stamp,
    interval_edit,
    supplier_invoice,
    supplier_invoice_component,
)
from bcm_mqtt.store.tables.prices import price, price_import, price_used
from bcm_mqtt.store.tables.readings import (
    alarm_event,
    archive_file,
    clock_fault,
    commissioning_result,
    lost_span,
    poll_period,
    quarantine,
    recorder,
    snapshot,
    snapshots_removed,
)
from bcm_mqtt.store.tables.tenants import (
    budget,
    budget_notice,
    circuit_name,
    password_reset,
    question,
)

__all__ = [
    "account",
    "alarm_event",
    "api_token",
    "archive_file",
    "audit_entry",
    "bill",
    "bill_copy",
    "bill_determinant",
    "bill_file",
    "bill_line",
    "bill_mail",
    "bill_number",
    "bill_release",
    "bill_time_stamp",
    "budget",
    "budget_notice",
    "circuit_name",
    "circuit_version",
    "clock_fault",
    "commissioning_result",
    "day_total",
    "demand_peak",
    "device_interval",
    "directory_revision",
    "dirty_day",
    "dirty_interval",
    "dirty_profile",
    "electrical_interval",
    "instrument",
    "interval",
    "interval_edit",
    "load_profile",
    "lost_span",
    "metadata",
    "panel",
    "password_reset",
    "pole",
    "poll_period",
    "price",
    "price_import",
    "price_used",
    "quarantine",
    "question",
    "recorder",
    "register_interval",
    "setting",
    "snapshot",
    "snapshots_removed",
    "supplier_invoice",
    "supplier_invoice_component",
    "web_session",
]
