"""What every page of a month begins with: which month, its neighbours, and how far it is."""

from dataclasses import dataclass, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool

from bcm_mqtt.billing.pages.words import time
from bcm_mqtt.billing.wording.work import change, outcome
from bcm_mqtt.domain.time import Month
from bcm_mqtt.languages import month as month_text
from bcm_mqtt.web.billing.runs import Run, Runs, RunState
from bcm_mqtt.web.ports import Ports


@dataclass(frozen=True, slots=True)
class MonthPlace:
    """Which month a page is about.

    Attributes:
        site: Name of the site.
        zone: Its time zone.
        month: Such as 2026-03.
        title: In words.
        before: The month before it.
        after: The month after it.
    """

    site: str
    zone: str
    month: str
    title: str
    before: str
    after: str


def place_of(month: Month, site: str, zone: ZoneInfo) -> dict[str, str]:
    """The fields of a `MonthPlace`, for the page that has them and others."""
    return {
        "site": site,
        "zone": zone.key,
        "month": str(month),
        "title": month_text(month.first_day),
        "before": str(month.shifted(-1)),
        "after": str(month.shifted(1)),
    }


@dataclass(frozen=True, slots=True)
class MonthHead(MonthPlace):
    """The head of a page; a page has more fields, with defaults for a month not yet computed.

    Attributes:
        over: Whether it has ended, so that bills can be issued.
        run: What was last done with it.
        running: Whether that goes on.
        made: When it was computed; "" if it was not.
        changed: What was changed since.
    """

    over: bool
    run: Run | None
    running: bool
    made: str
    changed: tuple[str, ...]


_Page = TypeVar("_Page", bound=MonthHead)


async def headed(page: type[_Page], month: Month, runs: Runs, ports: Ports) -> _Page:
    """A page of a month that has its head alone."""
    run, work = runs.run(month), runs.work(month)
    return page(
        **place_of(month, ports.live.name, ports.zone),
        over=ports.clock() >= month.bounds(ports.zone)[1],
        run=replace(run, said=tuple(map(outcome, run.said))) if run else None,
        running=run is not None and run.state is RunState.RUNNING,
        made=time(work.made, ports.zone) if work else "",
        changed=tuple(map(change, await run_in_threadpool(runs.changed, month))) if work else (),
    )
