"""A database with something in every table, and what is in one, record by record."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.domain.alarms.journal import AlarmEvent
from bcm_mqtt.domain.allocation.entered import Entry
from bcm_mqtt.domain.allocation.invoice import Invoice, InvoiceComponent
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.issued import IssueRecord
from bcm_mqtt.domain.bill.numbering import DocumentKind, DocumentNumber
from bcm_mqtt.domain.bill.review import BillRelease
from bcm_mqtt.domain.bill.running.budget import Budget, BudgetNotice
from bcm_mqtt.domain.bill.running.question import Question
from bcm_mqtt.domain.commissioning.result import Result, Verdict
from bcm_mqtt.domain.interval.retention import MonthSpan
from bcm_mqtt.domain.rating.lines import BillLine, Determinant
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.reading.bridge_clock import ClockFault, ClockFaultKind
from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.domain.site.account import Account, ApiToken, AuditEntry, Role
from bcm_mqtt.domain.site.customer import Customer
from bcm_mqtt.domain.site.instrument import Instrument
from bcm_mqtt.domain.tariff import EnergyUnit, PriceEntry, PriceSeries, SeriesPrices
from bcm_mqtt.domain.time import Month, to_ms
from bcm_mqtt.domain.usage.fine.day_peak import DayPeak
from bcm_mqtt.domain.vee.interval_edit import EditAction, IntervalEdit
from bcm_mqtt.mqtt.payloads import encode_directory
from bcm_mqtt.store import (
    RECORD_TABLES,
    BillEntry,
    ChainEnd,
    Choice,
    HandedOut,
    MailFate,
    MailRecord,
    NewBill,
    PeakKey,
    Quarantined,
    Record,
    Store,
    UsedPrices,
)
from unit.builders import NEW_YORK, NOON, QUARTER, circuit, directory, panel, polled
from unit.store.test_device_intervals import metered

ALL = Choice()
NOW = NOON + timedelta(days=30)
OCTOBER = Month(2026, 10)
EARLY = NOON - timedelta(days=21)
"""In October, of which the snapshots are removed, a month of UTC as PostgreSQL has it."""


_EVENT = AlarmEvent(
    *("rpp-1a", 1, AlarmKind.OVERLOAD, NOON, AlarmState.SHELVED, Severity.CRITICAL),
    *(104.3, 100.0, NOON, NOW, "Zoë"),
)

INVOICE = Invoice(
    supplier='Zoë\'s "Grid", Co',
    number="4711",
    start=date(2026, 3, 1),
    end=date(2026, 4, 1),
    currency="EUR",
    components=(
        InvoiceComponent("energy", Decimal("1000.01"), kwh=Decimal("10000.125")),
        InvoiceComponent("credit", Decimal("-0.10")),
    ),
    tax=Decimal("190.00"),
    kwh=Decimal(10000),
    kw=Decimal("40.5"),
)


PEAK_KEY = PeakKey("Customer1", "demand-5min", "America/New_York")
PEAK = DayPeak(date(2026, 11, 19), 300_000_000, NOON, measured=True, load="7" * 32)
SERIES = PriceSeries("day-ahead", "EUR", EnergyUnit.MWH, 60, ZoneInfo("Europe/Berlin"))
_HOURS_MS = to_ms(NOON) + 3_600_000 * np.arange(2, dtype=np.int64)
PRICES = SeriesPrices(_HOURS_MS, _HOURS_MS + 3_600_000, np.array([81_250_000, -5_000_000]))


def opened(url: str) -> Store:
    store = Store(url)
    store.database.ensure_schema()
    return store


def sqlite_url(folder: Path, name: str) -> str:
    return f"sqlite:///{folder}/{name}.db"


def stock(store: Store) -> None:
    """Snapshots of two panels, some removed, some not yet computed, and all that goes with them."""
    for name in ("rpp-1a", "rpp-1b"):
        sent = directory(circuit((1,), 'Zoë\'s "A", 1-1'), circuit((3, 5)), of=panel(name))
        sent = replace(sent, instruments=(Instrument((1,), serial='Zoë\'s "A", 1'),))
        store.directories.add(sent, encode_directory(sent), NOON)
    newer = directory(circuit((1,), valid_from=NOON + QUARTER), of=panel("rpp-1a"))
    newer = replace(newer, instruments=(Instrument((1,), unit_id=7, serial="B-2"),))
    store.directories.add(newer, encode_directory(newer), NOON + QUARTER)
    history = [
        *polled(EARLY, EARLY + 2 * QUARTER, [1000, None, 7], poll_ms=15_000),
        *metered(EARLY, EARLY + QUARTER),
        *polled(NOON, NOON + 3 * QUARTER, [1000, None, 7], poll_ms=15_000),
        *metered(NOON, NOON + 3 * QUARTER),
    ]
    errors = {3: 'no "answer", in time\n'}
    history[-5] = replace(history[-5], errors=errors, voltage=(120_100, None), frequency=(60_000,))
    store.arrivals.add(history)
    while store.roll_up.intervals():
        pass
    store.roll_up.days(NEW_YORK)
    removed = MonthSpan(OCTOBER, *OCTOBER.bounds(ZoneInfo("UTC")))
    list(store.upkeep.remove_snapshots([removed], NOW))
    store.arrivals.add(polled(NOON + 3 * QUARTER, NOON + 4 * QUARTER, [2000]))
    store.roll_up.intervals(limit=1)
    payload = b'\x00\xff not JSON, "quoted",\r\nand more'
    store.quarantine.add([Quarantined("bcm/rpp-1a/snapshot", payload, NOON, "no JSON: 'x', \"y\"")])
    hour = NOON, NOON + 4 * QUARTER
    off = timedelta(seconds=75)
    store.clocks.add(
        [ClockFault("rpp-1a", ClockFaultKind.OFF, *hour, *hour, "dc1", off, "recorder")]
    )
    store.receipts.add_lost("dc1", [LostSpan("rpp-1a", "", *hour, 4, "there was no room")])
    sign(store)
    let_in(store)


def sign(store: Store) -> None:
    """Entries, two bills, of which one revises the other, a mail, a file and a time stamp."""
    hour = NOON, NOON + 4 * QUARTER
    entry = IntervalEdit("rpp-1a", 1, *hour, EditAction.SET, "Zoë", 'why, "so"', NOON, 1_500_000)
    store.entries.add(entry)
    store.alarm_events.add([_EVENT])
    store.commissionings.add([Result("rpp-1a", NOON, "1", "Zoë", Verdict.RIGHT, 1, 8_300)])
    store.tenants.names.put("Customer1", "rpp-1a", 1, "Büro, Herd")
    store.tenants.budgets.put("Customer1", Budget(Decimal(250), None, breakers=True))
    store.tenants.budgets.notice(BudgetNotice("Customer1", OCTOBER, "kwh", 80), NOON)
    asked = Question("Customer1", NOON, "kim", OCTOBER, "Energy: 7 kWh", "Why\nso?", "Because.")
    store.tenants.questions.add(asked)
    store.entries.withdraw(1, "B", "it was right", NOON)
    store.releases.add(BillRelease(OCTOBER, "Customer1", "A", "checked", NOON))

    def issue(last: ChainEnd, _entries: Sequence[BillEntry], _: object) -> list[NewBill]:
        number, previous = last
        digest = f"{number + 1:064}"
        given = DocumentNumber(DocumentKind.BILL, f"2026-{number + 1}", 2026)
        record = IssueRecord(number + 1, number, NOON, number or None, digest, numbers=(given,))
        document, used = f'{{"number": {number + 1}}}', UsedPrices(digest, "[]", "60")
        return [NewBill(replace(_BILL, issue=record), previous, document, (used,))]

    for _ in range(2):
        store.bills.issue(OCTOBER, issue)
    sent = MailRecord(1, "a@b.example", NOON, "<1@b.example>", MailFate.SENT)
    store.mails.add([sent])
    store.files.add([HandedOut("ab", str(OCTOBER), 1, "pdf", NOON, "cd", "c2ln")])
    store.time_stamps.add(2, NOON, b"\x30\x00")
    store.copies.follow(store.bills)
    store.demand_peaks.put([(PEAK_KEY, PEAK)])
    store.prices.enter(SERIES, PRICES, PriceEntry("Zoë", "", NOON))
    store.prices.enter(SERIES, replace(PRICES, nano=-PRICES.nano), PriceEntry("B", "wrong", NOON))
    store.invoices.enter([INVOICE], Entry("Zoë", "", NOON))
    store.invoices.enter([replace(INVOICE, kw=None)], Entry("B", 'no "kW"', NOON))


def let_in(store: Store) -> None:
    """An account, a token, and twice the same in the audit log."""
    with closing(
        Store(str(store.database.engine.url.render_as_string(hide_password=False)))
    ) as access:
        entry = AuditEntry(NOON, "zoë", "::1", 'circuit "1", 3', "", "Größe\n2")
        access.accounts.add_account(
            Account("one", Role.CUSTOMER, "$argon2id$", NOON, ("Customer1",)), entry
        )
        access.accounts.add_token(ApiToken("two", Role.VIEWER, "ab", NOON, (), NOW, NOON), entry)


_BILL = Bill(
    Customer("Customer1", "One, Inc."),
    OCTOBER,
    *OCTOBER.bounds(NEW_YORK),
    "USD",
    "standard",
    (BillLine("Energy", Decimal("1234.500"), "kWh", Decimal("0.1"), Decimal("123.45")),),
    (),
    (Determinant("energy", Decimal("1234.500"), "kWh", *OCTOBER.bounds(NEW_YORK)),),
)


def contents(store: Store, choice: Choice = ALL) -> dict[str, list[Record]]:
    with store.records.at_one_moment() as view:
        return {
            table.name: [one for some in view.records(table, choice) for one in some]
            for table in RECORD_TABLES
        }


def contents_of(url: str) -> dict[str, list[Record]]:
    with closing(opened(url)) as store:
        return contents(store)


def day(number: int) -> date:
    return date(2026, 11, number)
