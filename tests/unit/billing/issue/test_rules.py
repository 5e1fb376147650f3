"""Bills of an earlier rule set: the rules alone make none of them differ, their inputs do."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bcm_mqtt.billing.issue import differing, issued_site
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.rules import FIRST_RULES, RULES
from bcm_mqtt.domain.usage.circuit_usage import usage_row
from bcm_mqtt.store import Store
from unit.billing.issue.site import (
    AT,
    CIRCUITS,
    MARCH,
    START,
    TERMS,
    issue,
    measured,
    put,
    rolled_up,
    verified,
)
from unit.builders import polled


@pytest.fixture
def site(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Two bills of the first rule set, whose energy other rules would halve."""
    measured(store)
    with pytest.MonkeyPatch.context() as then:
        then.setattr("bcm_mqtt.domain.bill.bill.RULES", FIRST_RULES)
        issue(store)

    def halved(*args: object) -> object:
        made = usage_row(*args)  # type: ignore[arg-type]
        return replace(made, kwh=made.kwh / 2)

    monkeypatch.setattr("bcm_mqtt.domain.usage.panel_usage.usage_row", halved)
    return store


def differ(store: Store) -> list[str]:
    drafts = bill_month(store, TERMS, MARCH, AT)
    return differing(store, TERMS, issued_site(store, drafts), drafts)


def test_a_draft_states_the_rules_of_now(site: Store) -> None:
    assert {bill.rules for bill in bill_month(site, TERMS, MARCH, AT).bills} == {RULES}


def test_rules_alone_change_no_bill_and_no_revision_is_made(site: Store) -> None:
    checked = verified(site)
    assert checked.faults == ()
    assert [(one.changed, one.kwh_now) for one in checked.bills] == [((), None)] * 2
    assert checked.earlier_rules == 2
    assert "rules of calculation changed" in checked.rules_sentence
    assert differ(site) == []
    outcome = issue(site, revise=True)
    assert (outcome.issued, outcome.differing, len(outcome.unchanged)) == ((), (), 2)


def test_a_changed_directory_makes_a_bill_of_earlier_rules_differ(site: Store) -> None:
    put(site, [replace(CIRCUITS[0], power_factor=Decimal("0.9")), *CIRCUITS[1:]])
    assert {one.number: one.changed for one in verified(site).bills} == {
        1: ("directory of rpp-1a",),
        2: (),
    }
    assert differ(site) == ["Customer1"]
    revised = issue(site, revise=True).issued
    assert [(bill.customer.id, bill.rules) for bill in revised] == [("Customer1", RULES)]


def test_late_readings_make_a_bill_of_earlier_rules_differ(site: Store) -> None:
    site.arrivals.add(polled(START + timedelta(minutes=7), START + timedelta(hours=5), [20_000]))
    rolled_up(site)
    assert differ(site) == ["Customer1"]
