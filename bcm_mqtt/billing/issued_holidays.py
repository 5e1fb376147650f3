"""Holidays of calendars as issued bills have them: a later edition of a calendar changes no bill.

Without a calendar in a tariff nothing is read.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.tariff import NamedDay
from bcm_mqtt.domain.time import Month, local_days
from bcm_mqtt.store import BillingStore


def with_issued_holidays(store: BillingStore, terms: BillingTerms, month: Month) -> BillingTerms:
    """The terms with a month's named days as they were when a bill of it was first issued.

    Args:
        store: With the bills of the site.
        terms: As the files have them now.
        month: To bill, or to compare.

    Raises:
        WorkError: the database failed.
    """
    dated = {name for name, tariff in terms.tariffs.items() if tariff.holidays.named}
    if not dated:
        return terms
    first, last = local_days(month.bounds(terms.zone)[0], terms.latest_end(month), terms.zone)
    tariffs = dict(terms.tariffs)
    for entry in store.bills.issued(month):
        basis = orjson.loads(entry.document).get("basis", {})
        for tariff in _tariffs(basis.get("tariff") or {}):
            name = tariff.get("id")
            if name in dated:
                dated.remove(name)
                known = [one for one in _named(tariff) if first <= one.day <= last]
                kept = tariffs[name].holidays.kept(known, first, last)
                tariffs[name] = replace(tariffs[name], holidays=kept)
    return replace(terms, tariffs=tariffs)


def _tariffs(tariff: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """That of a bill, and those that it has one after the other or by group."""
    yield tariff
    for part in (*tariff.get("parts", ()), *tariff.get("groups", ())):
        yield from _tariffs(part["tariff"])


def _named(tariff: dict[str, Any]) -> list[NamedDay]:
    days = tariff.get("holidays", {}).get("named", [])
    return [NamedDay(date.fromisoformat(one["day"]), one["name"]) for one in days]
