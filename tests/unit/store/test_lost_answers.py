"""A commit whose answer is lost is repeated: by the recorder itself, or by whoever got the error.

Every method of the store that writes is here, and each of its commits is lost once. What is stored
after the repetition is what one call stores, but for what `_MAY_DIFFER` says.
"""

import ast
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import psycopg
import pytest

import bcm_mqtt.store
from bcm_mqtt.archive import Archive
from bcm_mqtt.domain.alarms.journal import AlarmEvent
from bcm_mqtt.domain.allocation.entered import Entry
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.bill.running.budget import Budget, BudgetNotice
from bcm_mqtt.domain.bill.running.question import Question
from bcm_mqtt.domain.commissioning.result import Result, Verdict
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.reading.bridge_clock import ClockFault, ClockFaultKind
from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, PasswordReset, Role, Session
from bcm_mqtt.domain.tariff import PriceEntry
from bcm_mqtt.errors import InputError
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import (
    RECORD_TABLES,
    AnswerLostError,
    Choice,
    Database,
    HandedOut,
    Ledger,
    MailFate,
    MailRecord,
    Quarantined,
    QuarantineLimit,
    Record,
    Store,
)
from bcm_mqtt.store.tables import metadata
from unit.archive_polls import DAY, varied
from unit.billing.issue.site import MARCH, issue, measured
from unit.builders import NEW_YORK, NOON, QUARTER, circuit, directory, polled
from unit.exchange.stocked import INVOICE, PEAK, PEAK_KEY, PRICES, SERIES
from unit.store.rows import rows
from unit.store.test_entries import ENTRY
from unit.store.test_removing import LATER, NOVEMBER, OCTOBER, history

SECOND = timedelta(seconds=1)
ACCOUNT = Account("zoe", Role.ADMIN, "hash", NOON)
AUDIT = AuditEntry(NOON, "zoe", "::1", "something", "", "{}")
SESSION = Session("ab" * 32, "zoe", NOON, NOON)
TOKEN = ApiToken("grafana", Role.VIEWER, "cd" * 32, NOON)
LINK = PasswordReset("ab" * 32, "zoe", NOON + timedelta(minutes=30))
BUDGET = Budget(Decimal(250), None, breakers=True)
NOTICE = BudgetNotice("Customer1", MARCH, "kwh", 80)
QUESTION = Question("Customer1", NOON, "zoe", MARCH, "Energy: 7 kWh", "Why?", "Because.")
MAIL = MailRecord(1, "a@one.example", NOON, "<1@x>", MailFate.SENDING)
FILE = HandedOut("ef" * 32, "2026-03", 1, "pdf", NOON, None, None)
STRANGE = Quarantined("bcm/x/snapshot", b"{", NOON, "no JSON")
EVENT = AlarmEvent(
    "rpp-1a", 1, AlarmKind.OVERLOAD, NOON, AlarmState.UNACKNOWLEDGED, Severity.WARNING, 90
)
FOUND = Result("rpp-1a", NOON, "1", "zoe", Verdict.RIGHT, 1)
LOST = LostSpan("rpp-1a", "", NOON, NOON + SECOND, 2, "outbox full")
FAULT = ClockFault(
    "rpp-1a", ClockFaultKind.OFF, NOON, NOON + SECOND, NOON, NOON + SECOND, "dc1", 90 * SECOND, "a"
)
RELEASE = BillRelease(MARCH, "Customer1", "A", "checked on site", NOON)
SNAPSHOTS = next(table for table in RECORD_TABLES if table.name == "snapshot")
PANELS = next(table for table in RECORD_TABLES if table.name == "panel")
POLLS = polled(NOON, NOON + QUARTER, [1000])


def nothing(_store: Store) -> None:
    """Nothing has to be there before."""


def with_account(store: Store) -> None:
    store.accounts.add_account(ACCOUNT, AUDIT)


def with_session(store: Store) -> None:
    with_account(store)
    store.accounts.add_session(SESSION, NOON, NOON, AUDIT)


def with_link(store: Store) -> None:
    with_session(store)
    store.password_resets.add(LINK, NOON, AUDIT)


def with_question(store: Store) -> None:
    store.tenants.questions.add(QUESTION)


def with_token(store: Store) -> None:
    store.accounts.add_token(TOKEN, AUDIT)


def with_polls(store: Store) -> None:
    store.arrivals.add(POLLS)


def with_intervals(store: Store) -> None:
    with_polls(store)
    store.roll_up.intervals()


def with_entry(store: Store) -> None:
    store.entries.add(ENTRY)


def with_bills(store: Store) -> None:
    measured(store)
    issue(store)


def with_quarantined(store: Store) -> None:
    store.quarantine.add([STRANGE])


def with_history(store: Store) -> None:
    store.arrivals.add(history())
    while store.roll_up.intervals():
        pass
    while store.roll_up.days(NEW_YORK):
        pass


def with_old_polls(store: Store) -> None:
    store.arrivals.add(varied("a", NOVEMBER - 2 * DAY, NOVEMBER + DAY, timedelta(hours=6)))
    store.arrivals.add(varied("a", NOVEMBER + 20 * DAY, NOVEMBER + 21 * DAY, timedelta(hours=6)))


def records(store: Store, of: object) -> list[Record]:
    with store.records.at_one_moment() as view:
        return [one for some in view.records(of, Choice()) for one in some]  # type: ignore[arg-type]


def of_another_panel(store: Store) -> list[Record]:
    return [("rpp-9z", *others) for _, *others in records(store, SNAPSHOTS)]


@dataclass(frozen=True)
class Case:
    """A method that writes.

    Attributes:
        call: Calls it.
        before: Stores what it needs.
    """

    call: Callable[[Store], object]
    before: Callable[[Store], None] = nothing


SENT = directory(circuit())
CASES: Final = {
    "Accounts.add_account": Case(lambda s: s.accounts.add_account(ACCOUNT, AUDIT)),
    "Accounts.change_password": Case(
        lambda s: s.accounts.change_password("zoe", "new", AUDIT), with_session
    ),
    "Accounts.replace_hash": Case(lambda s: s.accounts.replace_hash("zoe", "new"), with_account),
    "Accounts._change": Case(
        lambda s: s.accounts.change_role("zoe", Role.VIEWER, (), AUDIT), with_account
    ),
    "Accounts.change_email": Case(
        lambda s: s.accounts.change_email("zoe", "zoe@x.example", AUDIT), with_account
    ),
    "Accounts.remove_account": Case(
        lambda s: s.accounts.remove_account("zoe", AUDIT), with_session
    ),
    "Accounts.use_session": Case(
        lambda s: s.accounts.use_session(SESSION.sha256, NOON + SECOND), with_session
    ),
    "Accounts.end_session": Case(
        lambda s: s.accounts.end_session(SESSION.sha256, AUDIT), with_session
    ),
    "Accounts.add_token": Case(lambda s: s.accounts.add_token(TOKEN, AUDIT)),
    "Accounts.remove_token": Case(lambda s: s.accounts.remove_token("grafana", AUDIT), with_token),
    "Accounts.use_token": Case(
        lambda s: s.accounts.use_token(TOKEN.sha256, NOON + SECOND), with_token
    ),
    "AuditLog.add": Case(lambda s: s.audit_log.add(AUDIT)),
    "AlarmEvents.add": Case(lambda s: s.alarm_events.add([EVENT])),
    "Arrivals.add": Case(lambda s: s.arrivals.add(POLLS, "dc1")),
    "Arrivals.prepare_months": Case(lambda s: s.arrivals.prepare_months(NOON)),
    "Archiving.run": Case(
        lambda s: list(s.archiving.run(lambda: NOVEMBER + 22 * DAY, 10 * DAY)), with_old_polls
    ),
    "BillCopies.add": Case(lambda s: s.copies.add(list(s.bills.issued())), with_bills),
    "Bills.issue": Case(issue, measured),
    "Budgets.put": Case(lambda s: s.tenants.budgets.put("Customer1", BUDGET)),
    "Budgets.notice": Case(lambda s: s.tenants.budgets.notice(NOTICE, NOON)),
    "CircuitNames.put": Case(lambda s: s.tenants.names.put("Customer1", "rpp-1a", 1, "Oven")),
    "Clocks.add": Case(lambda s: s.clocks.add([FAULT])),
    "Commissionings.add": Case(lambda s: s.commissionings.add([FOUND])),
    "DemandPeaks.put": Case(lambda s: s.demand_peaks.put([(PEAK_KEY, PEAK)])),
    "Directories.add": Case(lambda s: s.directories.add(SENT, encode_directory(SENT), NOON)),
    "Entries.add": Case(lambda s: s.entries.add(ENTRY)),
    "Entries.withdraw": Case(lambda s: s.entries.withdraw(1, "B", "no", NOON), with_entry),
    "Releases.add": Case(lambda s: s.releases.add(RELEASE)),
    "Files.add": Case(lambda s: s.files.add([FILE]), with_bills),
    "Invoices.enter": Case(lambda s: s.invoices.enter([INVOICE], Entry("A", "", NOON))),
    "JointCustomers.note": Case(lambda s: Ledger(s.database).joint.note({"Customer1": "acme"})),
    "Mails.begin": Case(lambda s: s.mails.begin([MAIL], again=False), with_bills),
    "PasswordResets.add": Case(lambda s: s.password_resets.add(LINK, NOON, AUDIT), with_account),
    "PasswordResets.redeem": Case(
        lambda s: s.password_resets.redeem(LINK.sha256, NOON, "new", AUDIT), with_link
    ),
    "Prices.enter": Case(lambda s: s.prices.enter(SERIES, PRICES, PriceEntry("A", "", NOON))),
    "Quarantine.add": Case(
        lambda s: s.quarantine.add([STRANGE], QuarantineLimit(messages=10)), with_quarantined
    ),
    "Questions.add": Case(lambda s: s.tenants.questions.add(QUESTION)),
    "Questions.mailed": Case(lambda s: s.tenants.questions.mailed(1, "sent"), with_question),
    "Quarantine.remove": Case(lambda s: s.quarantine.remove(STRANGE), with_quarantined),
    "Receipts.database_id": Case(lambda s: s.receipts.database_id()),
    "Receipts.add_lost": Case(lambda s: s.receipts.add_lost("dc1", [LOST])),
    "Records.store": Case(
        lambda s: s.records.store(SNAPSHOTS, of_another_panel(s), ()), with_polls
    ),
    "Records.store_directories": Case(
        lambda s: s.records.store_directories([(PANELS, records(s, PANELS))]), measured
    ),
    "Records.use_days_of": Case(lambda s: s.records.use_days_of("Europe/Berlin"), with_history),
    "RollUp.intervals": Case(lambda s: s.roll_up.intervals(), with_polls),
    "RollUp.days": Case(lambda s: s.roll_up.days(NEW_YORK), with_intervals),
    "RollUp.mark_all": Case(lambda s: s.roll_up.mark_all(), with_polls),
    "TimeStamps.add": Case(lambda s: s.time_stamps.add(1, NOON, b"token"), with_bills),
    "Upkeep.see_retention": Case(lambda s: s.upkeep.see_retention(NOON)),
    "Upkeep.remove_snapshots": Case(
        lambda s: list(s.upkeep.remove_snapshots([OCTOBER], LATER)), with_history
    ),
    "Upkeep.remove_intervals": Case(
        lambda s: list(s.upkeep.remove_intervals([OCTOBER])), with_history
    ),
}
ELSEWHERE: Final = {
    "Accounts.add_session": "each login has a secret of its own, and one without answer expires",
    "HistoryWriting.whole": "a file that is imported again adds nothing (test_history_import)",
    "Mails.add": "it ends `begin`; nobody repeats it, and no mail goes out twice without it",
    "Archiving._merged": "Archiving.run",
    "Archiving._move": "Archiving.run",
    "Archiving._merge": "Archiving.run",
}
_MAY_DIFFER: Final = {
    "audit_entry": "each attempt is entered, and each was done",
    "recorder": "commits are counted, of which a bridge compares whether they became fewer",
    "setting": "has the hash of the last audit entry, and the database's name",
    "archive_file": "files have the names of their writing; their snapshots are compared",
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/bcm.db"


@pytest.fixture
def fresh(url: str, tmp_path: Path) -> Callable[[int], Store]:
    """Makes an empty store, for each number another."""

    def made(number: int) -> Store:
        place = Archive(str(tmp_path / f"polls-{number}"), "dc1", 0o600)
        store = Store(Database(url.replace("bcm.db", f"bcm{number}.db"), archive=place))
        store.database.ensure_schema()
        return store

    return made


class Losing:
    """Loses the answer to a commit of a store: the commit is done, and its connection ends."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        dialect = store.database.engine.dialect
        self.lost = 0
        self._left = -1
        commit, is_disconnect = dialect.do_commit, dialect.is_disconnect

        def committed(connection: object) -> None:
            commit(connection)  # type: ignore[arg-type]
            self._left -= 1
            if self._left == 0:
                self.lost += 1
                if dialect.name == "sqlite":
                    raise sqlite3.OperationalError("the answer is lost")
                connection.close()  # type: ignore[attr-defined]
                raise psycopg.OperationalError("the answer is lost")

        def lost(error: Exception, *others: object) -> bool:
            return "answer is lost" in str(error) or is_disconnect(error, *others)  # type: ignore[arg-type]

        monkeypatch.setattr(dialect, "do_commit", committed)
        monkeypatch.setattr(dialect, "is_disconnect", lost)

    def at(self, number: int) -> None:
        """The commit of this number from now on, from 1."""
        self._left = number


def dump(store: Store) -> dict[str, list[object]]:
    """What is stored, but for what may differ."""
    tables: dict[str, list[object]] = {
        name: [*sorted(map(repr, rows(store, f"SELECT * FROM {name}")))]
        for name in metadata.tables
        if name not in _MAY_DIFFER and name != "snapshot"
    }
    return {**tables, "snapshot": list(map(repr, records(store, SNAPSHOTS)))}


def writers() -> Iterator[str]:
    """Methods of repositories that open a transaction to write."""
    package = Path(bcm_mqtt.store.__file__).parent
    for file in package.rglob("*.py"):
        tree = ast.parse(file.read_text())
        for one in ast.walk(tree):
            if isinstance(one, ast.ClassDef):
                for method in one.body:
                    if isinstance(method, ast.FunctionDef) and any(
                        isinstance(part, ast.Attribute) and part.attr == "writing"
                        for part in ast.walk(method)
                    ):
                        yield f"{one.name}.{method.name}"


def test_every_method_that_writes_is_here() -> None:
    assert set(writers()) - CASES.keys() - ELSEWHERE.keys() == set()
    assert CASES.keys() - set(writers()) == set()


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_is_repeated_after_a_lost_answer_is_stored_once(
    name: str, fresh: Callable[[int], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    with closing(fresh(0)) as store:
        case.before(store)
        case.call(store)
        once = dump(store)
    for number in range(1, 100):
        with closing(fresh(number)) as store, monkeypatch.context() as patched:
            case.before(store)
            losing = Losing(store, patched)
            losing.at(number)
            with suppress(AnswerLostError):
                case.call(store)
            assert losing.lost <= 1
            if not losing.lost:
                assert number > 1, "nothing was committed"
                return
            with suppress(InputError):  # it is there already, or is gone already
                case.call(store)
            assert dump(store) == once


def test_a_mail_whose_begin_was_not_answered_is_not_sent_by_itself(
    fresh: Callable[[int], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(fresh(0)) as store:
        with_bills(store)
        losing = Losing(store, monkeypatch)
        losing.at(1)
        with pytest.raises(AnswerLostError):
            store.mails.begin([MAIL], again=False)
        assert store.mails.begin([MAIL], again=False) == []
