"""A month's bills before the month is over, as if it went like the weeks before."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from bcm_mqtt.billing.computing.panels import ComputedBy
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.rehearsing.moved import MovedStore
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillingStore

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a month's bills would be if each day were as the same weekday some weeks before.

    Attributes:
        site: Its bills, none of which can be issued.
        weeks: How many weeks before.
        unrated: Why a tariff prices nothing in the month, by tariff.
    """

    site: SiteMonth
    weeks: int
    unrated: Mapping[str, str]


def rehearse(
    store: BillingStore,
    terms: BillingTerms,
    month: Month,
    as_of: datetime,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    workers: ComputedBy = 1,
) -> Rehearsal:
    """The bills of a month that is not over, with its own rates, customers and circuits.

    What was measured is taken from as few whole weeks before as there are whole days for, so that
    weekdays agree; where clocks are changed between, it is an hour off. Seasons and holidays are
    those of the month itself.

    Args:
        store: With rolled-up intervals and directories.
        terms: Of the site.
        month: To rehearse.
        as_of: The present.
        progress: Gets panels done and panels in all.
        workers: As of `bill_month`, but only processes of this machine.

    Raises:
        InputError: the month is over.
        WorkError: the database failed.
    """
    if as_of >= month.bounds(terms.zone)[1]:
        raise InputError.of(f"{month} is over: expected bcm-mqtt bill {month}")
    end = terms.latest_end(month)
    today = datetime.combine(as_of.astimezone(UTC).date(), time(), UTC)
    weeks = -(-(end - today) // _WEEK)
    unrated = terms.without_rates(month)
    with store.at_one_moment() as moment:
        moved = MovedStore(moment, weeks * _WEEK)
        rated = terms.as_far_as_rated(month)
        site = bill_month(moved, rated, month, end, progress, workers)
    return Rehearsal(site, weeks, unrated)
