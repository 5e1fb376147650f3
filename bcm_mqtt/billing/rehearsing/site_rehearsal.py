"""What a person may ask of months that are not billed so, at the page or at the command line."""

from collections.abc import Callable
from typing import Final

from bcm_mqtt.billing.issue import IssuedBill, bills_by_terms
from bcm_mqtt.billing.rehearsing.comparing import ComparedMonth, Question, compare
from bcm_mqtt.billing.rehearsing.rehearsed import Rehearsal, rehearse
from bcm_mqtt.config import FollowedSettings
from bcm_mqtt.domain.bill.terms import BillingTerms
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.errors import InputError
from bcm_mqtt.store import BillingStore

MOST_MONTHS: Final = 60


class SiteRehearsal:
    """Months under other tariffs, and months to come; nothing of it is stored.

    Each method raises InputError where files or request are wrong, WorkError where the database
    failed.
    """

    def __init__(
        self,
        store: BillingStore,
        settings: FollowedSettings,
        clock: Clock,
        roll_up: Callable[[], None],
        processes: int | None,
    ) -> None:
        """Reads nothing yet.

        Args:
            store: That figures are read in.
            settings: Of the site.
            clock: The present.
            roll_up: Computes what the recorder has not got to.
            processes: That bill a month; None takes as many as do it soonest.
        """
        self._store = store
        self._settings = settings
        self._clock = clock
        self._roll_up = roll_up
        self._processes = processes

    def tariffs(self) -> tuple[str, ...]:
        """Ids of all that are configured."""
        return tuple(sorted(self._settings.current().terms.tariffs))

    def compare(
        self, question: Question, progress: Callable[[int, int], None]
    ) -> list[ComparedMonth]:
        """Past months under other tariffs; see `compare`."""
        self._roll_up()
        terms, now = self._settings.current().terms, self._clock()
        return compare(self._store, terms, question, now, progress)

    def rehearse(self, month: Month | None, progress: Callable[[int, int], None]) -> Rehearsal:
        """The bills of a month before it is over, of the next one if none is named."""
        self._roll_up()
        terms, now = self._settings.current().terms, self._clock()
        month = month or Month.of(now, terms.zone).shifted(1)
        return rehearse(self._store, terms, month, now, progress, self._processes)

    def touched(self, terms: BillingTerms) -> tuple[IssuedBill, ...]:
        """The issued bills that would differ if these were the terms of their customers."""
        return tuple(bills_by_terms(self._store, self._settings.current().terms, terms))


def months_between(first: Month, last: Month) -> tuple[Month, ...]:
    """Both and those between.

    Raises:
        InputError: they are in the other order, or are too many.
    """
    if last < first:
        raise InputError.of(f"{last} is before {first}: expected the first month first")
    months = [first]
    while months[-1] < last:
        if len(months) == MOST_MONTHS:
            raise InputError.of(f"{first} to {last}: expected at most {MOST_MONTHS} months")
        months.append(months[-1].shifted(1))
    return tuple(months)
