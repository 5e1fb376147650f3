"""A database of the release before this one, with bills issued over gaps and register events.

`tests/data/release-0.1-issued.sql.gz` was made by that release: a register that falls by half a
kWh, one that is reset, one that jumps by 60 MWh, gaps of an hour, three hours and two days. Its
customers, tariff and directory are those of `site`.
"""

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bcm_mqtt.billing.issue import differing, issued_site
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.site.customer import TermsVersion
from bcm_mqtt.store import Store
from unit.billing.issue.site import AT, CUSTOMER, MARCH, TERMS, issue, rolled_up, verified

DUMP = Path(__file__).parents[3] / "data" / "release-0.1-issued.sql.gz"
EXEMPT = replace(CUSTOMER, tax_exempt=True)


@pytest.fixture(params=["as it was", "rebuilt"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Upgraded, and with all intervals computed again from the stored snapshots."""
    file = tmp_path / "bcm.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(gzip.decompress(DUMP.read_bytes()).decode())
    with closing(Store(f"sqlite:///{file}")) as store:
        store.database.upgrade_schema()
        if request.param == "rebuilt":
            store.roll_up.mark_all()
        rolled_up(store)
        yield store


def test_its_bills_verify_and_none_is_listed_as_changed(site: Store) -> None:
    checked = verified(site)
    assert checked.faults == ()
    assert [(one.number, one.changed) for one in checked.bills] == [(1, ()), (2, ())]
    assert checked.earlier_rules == 2


def test_terms_that_are_dated_after_them_are_no_change(site: Store) -> None:
    versions = TermsVersion(None, CUSTOMER), TermsVersion(date(2026, 4, 1), EXEMPT)
    terms = replace(TERMS, customers={CUSTOMER.id: EXEMPT}, dated={CUSTOMER.id: versions})
    assert [(one.number, one.changed) for one in verified(site, terms).bills] == [(1, ()), (2, ())]
    versions = TermsVersion(None, CUSTOMER), TermsVersion(date(2026, 3, 2), EXEMPT)
    terms = replace(terms, dated={CUSTOMER.id: versions})
    assert [one.number for one in verified(site, terms).bills if one.changed] == [1]


def test_no_revision_is_offered_or_made(site: Store) -> None:
    drafts = bill_month(site, TERMS, MARCH, AT)
    issued = issued_site(site, drafts)
    assert differing(site, TERMS, issued, drafts) == []
    assert [str(bill.amount) for bill in issued.bills] == ["224.54", "243.10"]
    outcome = issue(site, revise=True)
    assert (outcome.issued, outcome.differing) == ((), ())
