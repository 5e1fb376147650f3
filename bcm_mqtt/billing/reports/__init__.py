"""Reports: one module per format, all from the same figures; `folder` writes a month of them.

Owns: how a bill looks. Does not own: any figure on it.
Only what needs no library of its own is imported here, because every billing process reads it.
"""

from bcm_mqtt.billing.reports.csv_report import csv_report
from bcm_mqtt.billing.reports.json_report import json_report, month_body
from bcm_mqtt.domain.bill.issuer import Issuer

__all__ = ["Issuer", "csv_report", "json_report", "month_body"]
