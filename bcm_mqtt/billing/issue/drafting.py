"""The drafts of a month with what they rest on: of a site, or of whatever else issues bills."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from bcm_mqtt.billing.computing.panels import ComputedBy
from bcm_mqtt.billing.issue.document import Basis, Fingerprints, JointBasis
from bcm_mqtt.billing.issue.inputs import Inputs
from bcm_mqtt.billing.month import bill_month
from bcm_mqtt.domain.bill.bill import Bill
from bcm_mqtt.domain.bill.months.site_month import SiteMonth
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Month
from bcm_mqtt.store import BillingStore

Progress = Callable[[int, int], None]
"""Gets panels done and panels in all."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """The drafts of a month, of one moment.

    Attributes:
        site: The drafts.
        basis: What a draft rests on, by the software of a version.
        fingerprints: Of a draft's inputs, but of the intervals of another bill's poles.
    """

    site: SiteMonth
    basis: Callable[[Bill, str], Basis | JointBasis]
    fingerprints: Callable[[Bill, Bill], Fingerprints]


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
    yield Drafted(site, inputs.basis, inputs.fingerprints)
