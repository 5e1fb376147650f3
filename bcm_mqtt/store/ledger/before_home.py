"""Bills of a site from before it had a home database."""

from sqlalchemy import ColumnElement

from bcm_mqtt.domain.time import Month
from bcm_mqtt.store.ledger.bills import Bills
from bcm_mqtt.store.tables import bill as bill_table


class BillsBeforeHome(Bills):
    """All bills in a site's own database, whoever sold: for reading, once it has a home."""

    def _ours(self, month: Month | None = None) -> ColumnElement[bool]:
        ours = bill_table.c.site == ""
        return ours if month is None else ours & (bill_table.c.month == str(month))
