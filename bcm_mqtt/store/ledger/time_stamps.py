"""Time stamps of bills by a service: rows are only added."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select

from bcm_mqtt.domain.time import whole_ms
from bcm_mqtt.store.database import lock
from bcm_mqtt.store.ledger.part import PartRepository
from bcm_mqtt.store.tables import bill_time_stamp


class TimeStamps(PartRepository):
    """What a service has stamped of a seller's bills."""

    def add(self, bill: int, stamped: datetime, token: bytes) -> None:
        """Adds the time stamp of a bill, unless it has one."""
        with self._database.writing() as connection:
            lock(connection, bill_time_stamp)
            columns, seller = bill_time_stamp.c, self.part.seller
            there = select(columns.bill).where(columns.seller == seller, columns.bill == bill)
            if not connection.execute(there).first():
                row = {"seller": seller, "bill": bill, "stamped": whole_ms(stamped), "token": token}
                connection.execute(insert(bill_time_stamp), row)

    def all(self) -> Mapping[int, tuple[datetime, bytes]]:
        """When each bill was stamped, and the service's answer; the first stamp of each."""
        columns = bill_time_stamp.c
        query = (
            select(columns.bill, columns.stamped, columns.token)
            .where(columns.seller == self.part.seller)
            .order_by(columns.stamped.desc())
        )
        with self._database.reading() as connection:
            return {bill: (at, bytes(token)) for bill, at, token in connection.execute(query)}
