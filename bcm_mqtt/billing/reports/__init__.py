"""Reports: one module per format, all from the same figures.

Owns: how a bill looks. Does not own: any figure on it.
"""

from bcm_mqtt.billing.reports.csv_report import csv_report
from bcm_mqtt.billing.reports.html_report import html_bill, html_summary
from bcm_mqtt.billing.reports.issuer import Issuer
from bcm_mqtt.billing.reports.json_report import json_report, month_body
from bcm_mqtt.billing.reports.pdf_report import pdf_bill

__all__ = [
    "Issuer",
    "csv_report",
    "html_bill",
    "html_summary",
    "json_report",
    "month_body",
    "pdf_bill",
]
