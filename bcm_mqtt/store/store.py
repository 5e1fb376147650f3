"""A database as its repositories; each service takes the handle of what it may touch."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from bcm_mqtt.domain.bill.bill import PastMonth
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store.accounts import Accounts
from bcm_mqtt.store.alarm_events import AlarmEvents
from bcm_mqtt.store.audit import AuditLog
from bcm_mqtt.store.commissionings import Commissionings
from bcm_mqtt.store.database import Database
from bcm_mqtt.store.directories import Directories
from bcm_mqtt.store.intervals.demand_peaks import DemandPeaks
from bcm_mqtt.store.intervals.history_writing import HistoryWriting
from bcm_mqtt.store.intervals.intervals import Intervals
from bcm_mqtt.store.intervals.roll_up import RollUp
from bcm_mqtt.store.ledger.before_home import BillsBeforeHome
from bcm_mqtt.store.ledger.bills import Bills, Demands
from bcm_mqtt.store.ledger.copies import BillCopies
from bcm_mqtt.store.ledger.entries import Entries
from bcm_mqtt.store.ledger.files import Files
from bcm_mqtt.store.ledger.invoices import Invoices
from bcm_mqtt.store.ledger.joint import JointCustomers
from bcm_mqtt.store.ledger.known import BillOf, KnownBills, KnownJoint, KnownReleases, Memory
from bcm_mqtt.store.ledger.mails import Mails
from bcm_mqtt.store.ledger.part import OWN, LedgerPart
from bcm_mqtt.store.ledger.prices import Prices
from bcm_mqtt.store.ledger.releases import Releases
from bcm_mqtt.store.ledger.time_stamps import TimeStamps
from bcm_mqtt.store.postgresql import SharedMoment
from bcm_mqtt.store.readings.clocks import Clocks
from bcm_mqtt.store.readings.quarantine import Quarantine
from bcm_mqtt.store.readings.readings import Readings
from bcm_mqtt.store.readings.receipts import Receipts
from bcm_mqtt.store.readings.snapshots import Arrivals
from bcm_mqtt.store.tenants.budgets import Budgets
from bcm_mqtt.store.tenants.circuit_names import CircuitNames
from bcm_mqtt.store.tenants.password_resets import PasswordResets
from bcm_mqtt.store.tenants.questions import Questions
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
            yield self._on(moment)

    @contextmanager
    def at_moment_of(self, shared: SharedMoment | None) -> Iterator[Self]:
        """As `at_one_moment`, of the moment that another process shares where there is one."""
        with self.database.at_one_moment(shared) as moment:
            yield self._on(moment)

    def _on(self, database: Database) -> Self:
        """The same of another view of the database."""
        return type(self)(database)

    def looking(self) -> Self:
        """The same, which may be read at the database's replica: see `Database.looking`."""
        return self._on(self.database.looking())

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
    """What charts of the past are made of; of measurements and prices it only reads."""

    def __init__(self, database: Database | str) -> None:
        """See `Handle`."""
        super().__init__(database)
        self.readings = Readings(self.database)
        self.commissionings = Commissionings(self.database)
        self.alarm_events = AlarmEvents(self.database)
        self.directories = Directories(self.database)
        self.intervals = Intervals(self.database)
        self.prices = Prices(self.database)


class Ledger(Handle):
    """A site's part of the books: in its own database, or in the home database of several sites."""

    def __init__(self, database: Database | str, part: LedgerPart = OWN) -> None:
        """See `Handle`.

        Args:
            database: With the books.
            part: Of which site, in the numbers of which seller.
        """
        super().__init__(database)
        self.part = part
        self.bills = Bills(self.database, part)
        self.releases = Releases(self.database, part)
        self.mails = Mails(self.database, part)
        self.files = Files(self.database, part)
        self.time_stamps = TimeStamps(self.database, part)
        self.audit_log = AuditLog(self.database, part.site)
        self.joint = JointCustomers(self.database, part)

    def of(self, seller: str) -> "Ledger":
        """The site's part in the numbers of another seller."""
        return Ledger(self.database, LedgerPart(self.part.site, seller))

    def _on(self, database: Database) -> Self:
        return type(self)(database, self.part)


class KnownLedger(Ledger):
    """A ledger for figures, which go on by what is known of it while its database is away."""

    def __init__(self, database: Database, copies: BillCopies, bill_of: BillOf) -> None:
        """See `Ledger`.

        Args:
            database: Of the ledger.
            copies: Of the site's bills.
            bill_of: Reads their documents.
        """
        super().__init__(database, copies.part)
        self._copies, self._bill_of = copies, bill_of
        self._memory = Memory()
        self.bills = KnownBills(database, copies, bill_of, self._memory)
        self.releases = KnownReleases(database, copies.part, self._memory)
        self.joint = KnownJoint(database, copies.part, self._memory)

    @property
    def away(self) -> str:
        """Why its database was not reached last; "" where it was."""
        return self._memory.away

    def _on(self, database: Database) -> Self:
        return type(self)(database, self._copies, self._bill_of)


class Tenants(Handle):
    """What tenants enter on their home page, in the database of their site."""

    def __init__(self, database: Database | str) -> None:
        """See `Handle`."""
        super().__init__(database)
        self.names = CircuitNames(self.database)
        self.budgets = Budgets(self.database)
        self.questions = Questions(self.database)


class BillingStore(HistoryStore):
    """What bills are made of, and the books; measurements are read, and computed where due.

    The books are in the same database, or `ledger` is that of a home database. Of a home database
    only its own `Ledger.at_one_moment` is of one moment.
    """

    def __init__(self, database: Database | str, ledger: Ledger | None = None) -> None:
        """See `Handle`.

        Args:
            database: Of the site, with its measurements, directories and entries about intervals.
            ledger: The site's part of the books; None is that of its own database.
        """
        super().__init__(database)
        self.ledger = ledger or Ledger(self.database)
        self._before_home = BillsBeforeHome(self.database) if self.has_home else None
        self.roll_up = RollUp(self.database)
        self.entries = Entries(self.database)
        self.invoices = Invoices(self.database)
        self.demand_peaks = DemandPeaks(self.database)
        self.copies = BillCopies(self.database, self.ledger.part)
        self.bills = self.ledger.bills
        self.releases = self.ledger.releases
        self.mails = self.ledger.mails
        self.files = self.ledger.files
        self.time_stamps = self.ledger.time_stamps
        self.audit_log = self.ledger.audit_log

    @property
    def has_home(self) -> bool:
        """Whether the books are in another database."""
        return self.ledger.database is not self.database

    def for_figures(self, bill_of: BillOf) -> "BillingStore":
        """The same for what is not issued: it goes on while a home database is away.

        Args:
            bill_of: Reads the copies that the site has of its bills.
        """
        if not self.has_home:
            return self
        known = KnownLedger(self.ledger.database, self.copies, bill_of)
        return BillingStore(self.database, known)

    def copy_bills(self) -> None:
        """Adds copies of the site's bills in a home database that have none."""
        if self.has_home:
            self.copies.follow(self.bills)

    def months_before_home(self) -> frozenset[Month]:
        """Months whose bills were issued in the site's own database, before it had a home."""
        return frozenset(self._before_home.customers()) if self._before_home else frozenset()

    def joint_customers(self) -> Mapping[str, str]:
        """Account by customer whose bill is one over several sites; none without a home."""
        return self.ledger.joint.all() if self.has_home else {}

    def billed(self, month: Month) -> frozenset[str]:
        """Customers whose bill of a month was issued, also before there was a home."""
        earlier = self._before_home.customers() if self._before_home else {}
        return self.bills.customers().get(month, frozenset()) | earlier.get(month, frozenset())

    def demands(self, before: Month) -> Demands:
        """Determinants in kW of all months before one, also of those before there was a home."""
        found = self.bills.demands(before)
        earlier = self._before_home.demands(before) if self._before_home else {}
        return {one: earlier.get(one, {}) | found.get(one, {}) for one in {**earlier, **found}}

    def past_months(self, before: Month) -> dict[str, list[PastMonth]]:
        """What was issued for some months before one, the last first, by customer."""
        found = self.bills.past_months(before)
        earlier = self._before_home.past_months(before) if self._before_home else {}
        return {one: [*found.get(one, ()), *earlier.get(one, ())] for one in {**earlier, **found}}

    @property
    def home_away(self) -> str:
        """Why the home database was not reached for figures last; "" where it was."""
        return self.ledger.away if isinstance(self.ledger, KnownLedger) else ""

    def close(self) -> None:
        """Closes the connections of both databases, and gives back what was claimed."""
        super().close()
        if self.has_home:
            self.ledger.close()

    def _on(self, database: Database) -> Self:
        ledger = self.ledger if self.has_home else self.ledger._on(database)  # noqa: SLF001
        return type(self)(database, ledger)


class Store(BillingStore, RecordingStore):
    """All of a database, for the command line and whoever looks after it."""

    def __init__(self, database: Database | str, ledger: Ledger | None = None) -> None:
        """See `BillingStore`; accounts are where the books are."""
        super().__init__(database, ledger)
        self.accounts = Accounts(self.ledger.database, self.ledger.part.site)
        self.password_resets = PasswordResets(self.ledger.database, self.ledger.part.site)
        self.tenants = Tenants(self.database)
        self.figures = Figures(self.database)
        self.upkeep = Upkeep(self.database)
        self.archiving = Archiving(self.database)
        self.records = Records(self.database)
        self.history = HistoryWriting(self.database)
