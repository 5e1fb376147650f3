"""Two who issue at once, and one who is killed at it: numbers stay without gaps and doubles."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from bcm_mqtt.store import Ledger, LedgerPart, Store
from peers.postgresql import PostgreSql
from unit.billing.issue.site import issue, measured, verified
from unit.store.rows import rows

TABLES = ("bill", "bill_line", "bill_determinant")
KILLED = """
import os, signal, sys
from unittest.mock import patch
from bcm_mqtt.store import Store
from bcm_mqtt.store.ledger import bills
from unit.billing.issue.site import issue

url, calls = sys.argv[1], 0
insert = bills._insert

def killing(*arguments, **others):
    global calls
    insert(*arguments, **others)
    calls -= 1
    if not calls:
        os.kill(os.getpid(), signal.SIGKILL)

for line in sys.stdin:
    calls = int(line)
    if not os.fork():
        with patch("bcm_mqtt.store.ledger.bills._insert", killing):
            issue(Store(url))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
"""Issues in a fork for each line, which says at which row it is killed."""


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path, postgresql: PostgreSql) -> str:
    """The URL of a measured site's database."""
    of_file = f"sqlite:///{tmp_path}/bcm.db"
    url = of_file if request.param == "sqlite" else postgresql.database()
    with closing(Store(url)) as store:
        store.database.ensure_schema()
        measured(store)
    return url


def test_of_two_who_issue_at_once_one_issues_each_bill(either: str) -> None:
    together = Barrier(2)

    def issued(_: int) -> list[int]:
        with closing(Store(either)) as store:
            original = store.bills.issue

            def at_once(*arguments: object) -> None:
                together.wait(60)  # both have their drafts
                original(*arguments)  # type: ignore[arg-type]

            store.bills.issue = at_once  # type: ignore[method-assign,assignment]
            return [bill.issue.number for bill in issue(store).issued if bill.issue]

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(issued, range(2)))
    assert found == [[], [1, 2]]
    with closing(Store(either)) as store:
        assert rows(store, "SELECT number FROM bill ORDER BY number") == [(1,), (2,)]
        assert verified(store).faults == ()


def test_two_sites_of_a_seller_that_issue_at_once_number_without_gaps(
    either: str, tmp_path: Path, postgresql: PostgreSql
) -> None:
    of_file = f"sqlite:///{tmp_path}/home.db"
    home = of_file if either.startswith("sqlite") else postgresql.database()
    with closing(Ledger(home)) as ledger:
        ledger.database.ensure_schema()
    together = Barrier(4)

    def issued(site: str) -> list[int]:
        with closing(Store(either, Ledger(home, LedgerPart(site, "acme")))) as store:
            original = store.bills.issue

            def at_once(*arguments: object) -> None:
                together.wait(60)
                original(*arguments)  # type: ignore[arg-type]

            store.bills.issue = at_once  # type: ignore[method-assign,assignment]
            return [bill.issue.number for bill in issue(store).issued if bill.issue]

    sites = [f"dc{number}" for number in range(1, 5)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(issued, sites))
    assert sorted(number for numbers in found for number in numbers) == list(range(1, 9))
    assert all(second == first + 1 for first, second in found)
    for site in sites:
        with closing(Store(either, Ledger(home, LedgerPart(site, "acme")))) as store:
            checked = verified(store)
            assert (checked.faults, checked.stored, len(checked.bills)) == ((), 8, 2)


def test_one_who_is_killed_while_issuing_has_issued_nothing(either: str) -> None:
    places = [str(Path(__file__).parents[3]), str(Path(__file__).parents[2])]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, either],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": ":".join(places), "PATH": ""},
        text=True,
    ) as issuers:
        assert issuers.stdin
        assert issuers.stdout
        for calls in (1, 2, 5, 6):
            print(calls, file=issuers.stdin, flush=True)
            assert int(issuers.stdout.readline()) == -signal.SIGKILL
            with closing(Store(either)) as store:
                counts = [rows(store, f"SELECT count(*) FROM {name}") for name in TABLES]
                assert counts == [[(0,)]] * 3
                assert verified(store).end == (0, "")
    with closing(Store(either)) as store:
        assert len(issue(store).issued) == 2
        assert verified(store).faults == ()
