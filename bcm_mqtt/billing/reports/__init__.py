"""Reports: one module per format, all from the same figures.

Owns: how a bill looks. Does not own: any figure on it.
"""

from bcm_mqtt.billing.reports.csv_report import csv_report
from bcm_mqtt.billing.reports.green_button import green_button
from bcm_mqtt.billing.reports.html_report import html_bill, html_summary
from bcm_mqtt.billing.reports.issuer import Issuer
from bcm_mqtt.billing.reports.json_report import json_report, month_body
from bcm_mqtt.billing.reports.pdf_report import pdf_bill, pdf_summary
from bcm_mqtt.billing.reports.xlsx_bill import xlsx_bill
from bcm_mqtt.billing.reports.xlsx_summary import xlsx_summary

__all__ = [
    "Issuer",
    "csv_report",
    "green_button",
    "html_bill",
    "html_summary",
    "json_report",
    "month_body",
    "pdf_bill",
    "pdf_summary",
    "xlsx_bill",
    "xlsx_summary",
]
