"""Reports: bills and months as files, one module for each format; `formats` is the list of them.

Owns: how a format lays out a bill or a month; files, folders and ZIPs of them.
Does not own: what a page says (`billing.pages`), any figure on it (`domain.bill`).
Invariants: every format states the same totals; the same issued bill gives the same bytes.
Only what needs no library of its own is imported here, because every billing process reads it.
"""

from bcm_mqtt.billing.reports.csv_report import csv_report
from bcm_mqtt.billing.reports.json_report import json_report, month_body
from bcm_mqtt.domain.bill.terms import Issuer

__all__ = ["Issuer", "csv_report", "json_report", "month_body"]
