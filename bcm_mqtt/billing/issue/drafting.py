"""The drafts of a month with what they rest on: of a site, or of whatever else issues bills."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from operator import itemgetter

from bcm_mqtt.billing.computing.panels import ComputedBy
from bcm_mqtt.billing.issue.document import Basis, Fingerprints, Issued, JointBasis
from bcm_mqtt.billing.issue.inputs import Inputs
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.billing.prices.used import prices_of_issued
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.tariff import SeriesPrices
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import BillingStore, UsedPrices

Progress = Callable[[int, int], None]
"""Gets panels done and panels in all."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """The drafts of a month, of one moment.

    Attributes:
        site: The drafts.
        basis: What a draft rests on, by the software of a version.
        fingerprints: Of a draft's inputs, but of the intervals of another bill's poles.
        prices: Of series, that a draft is made with.
        by_prices_of: A draft by the prices of an issued bill; None where that cannot be said.
    """

    site: SiteMonth
    basis: Callable[[Bill, str], Basis | JointBasis]
    fingerprints: Callable[[Bill, Bill], Fingerprints]
    prices: Callable[[Bill], Sequence[UsedPrices]]
    by_prices_of: Callable[[Bill, Issued], Bill | None]


@dataclass(frozen=True, slots=True)
class Present:
    """When drafts are made, and by whom.

    Attributes:
        at: UTC.
        progress: Of the work.
        workers: As of `bill_month`.
    """

    at: datetime
    progress: Progress = lambda _done, _of: None
    workers: ComputedBy = 1


Drafting = Callable[[BillingStore, BillingTerms, Month, Present], AbstractContextManager[Drafted]]
"""Drafts a month from a store that stands at one moment; raises as `bill_month`."""


@contextmanager
def site_drafts(
    store: BillingStore, terms: BillingTerms, month: Month, present: Present
) -> Iterator[Drafted]:
    """The drafts of a site."""
    site = bill_month(store, terms, month, present.at, present.progress, present.workers)
    inputs = Inputs(store, terms, month)
    again = cache(lambda series: _by_series(store, terms, month, present, series))

    def by_prices_of(draft: Bill, issued: Issued) -> Bill | None:
        used = prices_of_issued(store, issued)
        return again(tuple(sorted(used.items(), key=itemgetter(0)))).get(
            (draft.customer.id, draft.start)
        )

    yield Drafted(site, inputs.basis, inputs.fingerprints, inputs.prices, by_prices_of)


def _by_series(
    store: BillingStore,
    terms: BillingTerms,
    month: Month,
    present: Present,
    used: Sequence[tuple[str, SeriesPrices]],
) -> dict[tuple[str, datetime], Bill]:
    """The drafts as some series had these prices, by customer and start; none without any."""
    known = [(terms.series[name], prices) for name, prices in used if name in terms.series]
    if not known:
        return {}
    series = {one.id: replace(one, stated=prices) for one, prices in known}
    by = replace(terms, series={**terms.series, **series})
    site = bill_month(store, by, month, present.at, workers=present.workers)
    return {(bill.customer.id, bill.start): bill for bill in site.bills}
