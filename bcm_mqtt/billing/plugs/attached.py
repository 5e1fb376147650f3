"""What goes with a letter: the reports of one bill, as `bill --format` writes them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bcm_mqtt.billing.plugs.letter import Attachment
from bcm_mqtt.billing.reports.folder import MonthReports, month_files
from bcm_mqtt.domain.bill.bill import Bill

_MEDIA: Final = {
    "html": "text/html",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "xml": "application/xml",
}


def attached(bill: Bill, reports: MonthReports, forms: Sequence[str]) -> tuple[Attachment, ...]:
    """The reports of an issued bill; files have its number in their names.

    Args:
        bill: To attach.
        reports: Of its month.
        forms: Some of `reports.folder.FORMATS`.
    """
    alone = replace(reports, site=replace(reports.site, bills=(bill,)), whole=False)
    number = bill.issue.number if bill.issue else 0
    return tuple(
        Attachment(f"bill-{number}-{bill.month}.{suffix}", _MEDIA[suffix], content)
        for name, content in month_files(alone, forms)
        for suffix in [name.rpartition(".")[2]]
    )
