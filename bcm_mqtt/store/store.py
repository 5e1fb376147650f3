"""A database as its repositories; each service takes the handle of what it may touch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from bcm_mqtt.store.accounts import Accounts
from bcm_mqtt.store.alarm_events import AlarmEvents
from bcm_mqtt.store.audit import AuditLog
from bcm_mqtt.store.commissionings import Commissionings
from bcm_mqtt.store.database import Database
from bcm_mqtt.store.directories import Directories
from bcm_mqtt.store.intervals.history_writing import HistoryWriting
from bcm_mqtt.store.intervals.intervals import Intervals
from bcm_mqtt.store.intervals.roll_up import RollUp
from bcm_mqtt.store.ledger.bills import Bills
from bcm_mqtt.store.ledger.entries import Entries
from bcm_mqtt.store.ledger.files import Files
from bcm_mqtt.store.ledger.mails import Mails
from bcm_mqtt.store.ledger.time_stamps import TimeStamps
from bcm_mqtt.store.readings.clocks import Clocks
from bcm_mqtt.store.readings.quarantine import Quarantine
from bcm_mqtt.store.readings.readings import Readings
from bcm_mqtt.store.readings.receipts import Receipts
from bcm_mqtt.store.readings.snapshots import Arrivals
from bcm_mqtt.store.upkeep.archiving import Archiving
from bcm_mqtt.store.upkeep.figures import Figures
from bcm_mqtt.store.upkeep.record_writing import Records
from bcm_mqtt.store.upkeep.upkeep import Upkeep


class Handle:
    """Some repositories of one database; the database is not touched before it is used."""

    def __init__(self, database: Database | str) -> None:
        """Takes a database or its URL.

        Raises:
            InputError: not the URL of a supported database.
        """
        self.database = Database(database) if isinstance(database, str) else database

    @contextmanager
    def at_one_moment(self) -> Iterator[Self]:
        """The same repositories, of which all is read as it was when the first of it was.

        They are one connection's: one thread at a time may use them.
        """
        with self.database.at_one_moment() as moment:
            yield type(self)(moment)

    def close(self) -> None:
        """Closes the connections, and gives back what was claimed."""
        self.database.close()


class RecordingStore(Handle):
    """What a recorder writes: no books, no accounts."""

    def __init__(self, database: Database | str) -> None:
        """See `Handle`."""
        super().__init__(database)
        self.arrivals = Arrivals(self.database)
        self.quarantine = Quarantine(self.database)
        self.clocks = Clocks(self.database)
        self.receipts = Receipts(self.database)
        self.directories = Directories(self.database)
        self.alarm_events = AlarmEvents(self.database)
        self.roll_up = RollUp(self.database)


class HistoryStore(Handle):
    """What charts of the past are made of; of measurements it only reads."""

    def __init__(self, database: Database | str) -> None:
        """See `Handle`."""
        super().__init__(database)
        self.readings = Readings(self.database)
        self.commissionings = Commissionings(self.database)
        self.alarm_events = AlarmEvents(self.database)
        self.directories = Directories(self.database)
        self.intervals = Intervals(self.database)


class BillingStore(HistoryStore):
    """What bills are made of, and the books; measurements are read, and computed where due."""

    def __init__(self, database: Database | str) -> None:
        """See `Handle`."""
        super().__init__(database)
        self.roll_up = RollUp(self.database)
        self.bills = Bills(self.database)
        self.entries = Entries(self.database)
        self.mails = Mails(self.database)
        self.files = Files(self.database)
        self.time_stamps = TimeStamps(self.database)
        self.audit_log = AuditLog(self.database)


class Store(BillingStore, RecordingStore):
    """All of a database, for the command line and whoever looks after it."""

    def __init__(self, database: Database | str) -> None:
        """See `Handle`."""
        super().__init__(database)
        self.accounts = Accounts(self.database)
        self.figures = Figures(self.database)
        self.upkeep = Upkeep(self.database)
        self.archiving = Archiving(self.database)
        self.records = Records(self.database)
        self.history = HistoryWriting(self.database)
