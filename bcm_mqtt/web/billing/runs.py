"""Runs: work that takes long, each in a thread of its own, with progress; it can be cancelled.

A month is computed from what is stored and held until the program ends; nothing of it is
written. So a run that is cancelled, or that fails, leaves what was there before it.
"""

from asyncio import Semaphore
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from threading import Lock, Thread
from typing import Final

from bcm_mqtt.billing.issue import IssueRequest, Verification
from bcm_mqtt.billing.month_work import MonthWork
from bcm_mqtt.billing.site_billing import Progress, SiteBilling
from bcm_mqtt.domain.time import Clock, Month
from bcm_mqtt.errors import BcmError, InputError, WorkError

_MOST_MONTHS: Final = 6
"""Months; one of 10,000 circuits takes some ten MB."""


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Run:
    """Something that takes long.

    Attributes:
        what: `process`, `issue`, `send` or `verify`.
        begun: When, UTC.
        state: Where it stands.
        done: Panels done.
        of: Panels in all; 0 while that is not known.
        said: What it did, in sentences.
        problems: Why it failed, a line each.
    """

    what: str
    begun: datetime
    state: RunState = RunState.RUNNING
    done: int = 0
    of: int = 0
    said: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class _CancelledError(Exception):
    """A run was cancelled."""


@dataclass(slots=True)
class _Place:
    """What is known of a month, or of all bills."""

    run: Run | None = None
    cancelled: bool = False
    work: MonthWork | None = None
    changed: list[str] = field(default_factory=list)


_Doing = Callable[[Progress], tuple[str, ...]]


class Runs:
    """The runs of a site's months: one at a time for each month."""

    def __init__(self, billing: SiteBilling, clock: Clock) -> None:
        """Nothing runs yet.

        Args:
            billing: Does the work.
            clock: The present.
        """
        self.billing = billing
        self._clock = clock
        self.checking = Semaphore(1)
        self._lock = Lock()
        self._computing = Lock()  # two at once would each take twice as long
        self._places: OrderedDict[Month | None, _Place] = OrderedDict()
        self.verified: Verification | None = None

    def run(self, month: Month | None) -> Run | None:
        """The last run of a month, or of all bills (None)."""
        with self._lock:
            place = self._places.get(month)
            return place.run if place else None

    def work(self, month: Month) -> MonthWork | None:
        """A month as it was last computed."""
        with self._lock:
            place = self._places.get(month)
            return place.work if place else None

    def months(self) -> list[Month]:
        """Those that are known, of which some may still be computed."""
        with self._lock:
            return [month for month in self._places if month]

    def changed(self, month: Month) -> tuple[str, ...]:
        """What was changed since a month was computed; it reads the database.

        Where that is away, what was noted here is all that is known.
        """
        with self._lock:
            place = self._places.get(month)
            work, noted = (place.work, tuple(place.changed)) if place else (None, ())
        stored: tuple[str, ...] = ()
        if work:
            with suppress(WorkError):
                stored = self.billing.changed(work)
        return tuple(dict.fromkeys((*stored, *noted)))

    def note(self, what: str) -> None:
        """Notes a change that is on its way to the store: months computed before do not have it."""
        with self._lock:
            for place in self._places.values():
                place.changed.append(what)

    def process(self, month: Month) -> Run:
        """Begins to compute a month.

        Raises:
            InputError: it has a run already.
        """
        return self._begin(month, "process", lambda progress: self._compute(month, progress))

    def issue(self, request: IssueRequest) -> Run:
        """Begins to issue bills of a month, and recalculates it when they are.

        Raises:
            InputError: it has a run already.
        """

        def doing(progress: Progress) -> tuple[str, ...]:
            outcome = self.billing.issue(request, progress)
            # It is done: what comes now is to show it, and cannot be cancelled.
            self._compute(request.month, lambda _done, _of: None)
            return tuple(outcome.sentences())

        return self._begin(request.month, "issue", doing)

    def send(self, month: Month) -> Run:
        """Begins to mail the issued bills of a month to whoever has not got them.

        Raises:
            InputError: it has a run already.
        """

        def doing(progress: Progress) -> tuple[str, ...]:
            bills = self.billing.issued_bills(month, superseded=False)
            return self.billing.delivery.send(bills, progress)

        return self._begin(month, "send", doing)

    def verify(self) -> Run:
        """Begins to check all issued bills.

        Raises:
            InputError: that is done already.
        """

        def doing(_progress: Progress) -> tuple[str, ...]:
            self.verified = self.billing.evidence.verify(None)
            return ()

        return self._begin(None, "verify", doing)

    def cancel(self, month: Month | None) -> None:
        """Cancels a run; what it has done by then is given up."""
        with self._lock:
            if place := self._places.get(month):
                place.cancelled = True

    def _begin(self, key: Month | None, what: str, doing: _Doing) -> Run:
        with self._lock:
            place = self._places.setdefault(key, _Place())
            if place.run and place.run.state is RunState.RUNNING:
                name = f"{key} is" if key else "the chain is"
                raise InputError.of(f"{name} worked on already: wait, or cancel that")
            self._places.move_to_end(key)
            place.cancelled = False
            place.run = run = Run(what, self._clock())
            self._forget()
        # No thread keeps the program from ending: a transaction that is cut off is undone.
        name = f"billing-{key}"
        Thread(target=self._do, args=[place, doing], name=name, daemon=True).start()
        return run

    def _forget(self) -> None:
        computed = [key for key, place in self._places.items() if place.work]
        for key in computed[:-_MOST_MONTHS]:
            place = self._places[key]
            if not place.run or place.run.state is not RunState.RUNNING:
                del self._places[key]

    def _do(self, place: _Place, doing: _Doing) -> None:
        def progress(done: int, of: int) -> None:
            with self._lock:
                if place.cancelled:
                    raise _CancelledError
                if place.run and of:
                    place.run = replace(place.run, done=done, of=of)

        state = RunState.FAILED
        said: tuple[str, ...] = ()
        problems: tuple[str, ...] = ("the program failed: its log says where",)
        try:
            with self._computing:
                progress(0, 0)
                said = doing(progress)
            state, problems = RunState.DONE, ()
        except _CancelledError:
            state, problems = RunState.CANCELLED, ()
        except InputError as error:
            problems = tuple(map(str, error.problems))
        except BcmError as error:
            problems = (str(error),)
        finally:
            with self._lock:
                if place.run:
                    place.run = replace(place.run, state=state, said=said, problems=problems)

    def _compute(self, month: Month, progress: Progress) -> tuple[str, ...]:
        with self._lock:
            place = self._places.setdefault(month, _Place())
            changed = len(place.changed)
        work = self.billing.process(month, progress)
        with self._lock:
            place.work = work
            del place.changed[:changed]  # what came since may be missing in it
        return ()
