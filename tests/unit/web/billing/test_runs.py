"""Runs: one at a time for a month, with progress, and an end that leaves nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import cast

import httpx
import pytest

from bcm_mqtt.billing.issue import IssueRequest, Outcome
from bcm_mqtt.billing.month_work import MonthWork
from bcm_mqtt.billing.site_billing import Progress, SiteBilling
from bcm_mqtt.domain.time import Month
from bcm_mqtt.errors import InputError, WorkError
from bcm_mqtt.web import create_app
from bcm_mqtt.web.billing.runs import Run, Runs, RunState
from unit.builders import NOON, SetClock
from unit.web.billing.conftest import API, Desk, ports_with, site_billing

MARCH = Month(2026, 3)
MAY = Month(2026, 5)


@dataclass
class HeldBilling:
    """The real billing, which waits half way until it is let go on, or does something else."""

    real: SiteBilling
    half_way: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)
    instead: Callable[[], None] | None = None

    def process(self, month: Month, progress: Progress) -> MonthWork:
        progress(1, 2)
        self.half_way.set()
        assert self.go_on.wait(30)
        if self.instead:
            self.instead()
        return self.real.process(month, progress)

    def issue(self, wanted: IssueRequest, progress: Progress) -> Outcome:
        return self.real.issue(wanted, progress)

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


@pytest.fixture
def held(folder: Path) -> Iterator[HeldBilling]:
    with site_billing(folder / "bcm.yaml", SetClock(NOON)) as real:
        yield HeldBilling(real)


def runs_on(held: HeldBilling) -> Runs:
    return Runs(cast("SiteBilling", held), SetClock(NOON))


def ended(runs: Runs, month: Month) -> Run:
    until = monotonic() + 60
    while monotonic() < until:
        run = runs.run(month)
        if run and run.state is not RunState.RUNNING:
            return run
        sleep(0.01)
    raise TimeoutError


def test_a_run_tells_how_far_it_is(held: HeldBilling) -> None:
    runs = runs_on(held)
    begun = runs.process(MARCH)
    assert (begun.state, begun.begun) == (RunState.RUNNING, NOON)
    assert held.half_way.wait(30)
    run = runs.run(MARCH)
    assert run
    assert (run.done, run.of, run.state) == (1, 2, RunState.RUNNING)
    held.go_on.set()
    assert ended(runs, MARCH).state is RunState.DONE


def test_a_month_has_one_run_at_a_time(held: HeldBilling) -> None:
    runs = runs_on(held)
    runs.process(MARCH)
    assert held.half_way.wait(30)
    with pytest.raises(InputError, match="2026-03 is worked on already: wait, or cancel"):
        runs.process(MARCH)
    with pytest.raises(InputError, match="2026-03 is worked on already: wait, or cancel"):
        runs.issue(IssueRequest(MARCH))
    held.go_on.set()
    ended(runs, MARCH)


def test_a_cancelled_run_leaves_what_was_there_before(held: HeldBilling) -> None:
    runs = runs_on(held)
    held.go_on.set()
    runs.process(MARCH)
    ended(runs, MARCH)
    before = runs.work(MARCH)
    held.half_way.clear()
    held.go_on.clear()
    runs.process(MARCH)
    assert held.half_way.wait(30)
    runs.cancel(MARCH)
    held.go_on.set()
    run = ended(runs, MARCH)
    assert (run.state, run.problems) == (RunState.CANCELLED, ())
    assert runs.work(MARCH) is before


def test_an_issue_that_is_cancelled_in_time_issues_nothing(held: HeldBilling) -> None:
    runs = runs_on(held)
    runs.process(MAY)  # it has the turn
    assert held.half_way.wait(30)
    runs.issue(IssueRequest(MARCH))
    runs.cancel(MARCH)
    held.go_on.set()
    assert ended(runs, MARCH).state is RunState.CANCELLED
    assert held.real.issued() == {}


@pytest.mark.parametrize(
    ("error", "problems"),
    [
        (InputError.of("expected a price", source="tariffs.yaml", line=4), "tariffs.yaml:4: expec"),
        (WorkError("database: disk I/O error"), "database: disk I/O error"),
    ],
)
def test_a_run_that_fails_says_why_and_can_be_done_again(
    held: HeldBilling, error: Exception, problems: str
) -> None:
    def fail() -> None:
        raise error

    runs = runs_on(held)
    held.instead = fail
    held.go_on.set()
    runs.process(MARCH)
    run = ended(runs, MARCH)
    assert run.state is RunState.FAILED
    assert run.problems[0].startswith(problems)
    held.instead = None
    runs.process(MARCH)
    assert ended(runs, MARCH).state is RunState.DONE


def test_what_was_changed_meanwhile_is_still_said(held: HeldBilling) -> None:
    runs = runs_on(held)
    held.instead = lambda: runs.note("entry 1")
    held.go_on.set()
    runs.note("entry 0")
    runs.process(MARCH)
    ended(runs, MARCH)
    assert runs.changed(MARCH) == ("entry 1",)


def test_only_some_months_are_kept(held: HeldBilling) -> None:
    runs = runs_on(held)
    held.go_on.set()
    months = [Month(2026, number) for number in range(1, 9)]
    for month in months:
        runs.process(month)
        ended(runs, month)
    assert runs.work(months[0]) is None
    assert runs.work(months[-1]) is not None
    assert len(runs.months()) <= 7


async def test_the_api_refuses_a_second_run_and_the_page_shows_the_first(
    held: HeldBilling, desk: Desk
) -> None:
    app = create_app(ports_with(cast("SiteBilling", held), SetClock(NOON), []))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        desk.client = client
        await desk.post(f"{API}/months/2026-03/process", {})
        assert held.half_way.wait(30)
        again = await desk.post(f"{API}/months/2026-03/process", {})
        assert again.status_code == 409
        page = (await desk.get("/billing/2026-03")).text
        assert 'value="1" max="2"' in page
        assert "1 of 2 panels" in page
        assert (await desk.post(f"{API}/months/2026-03/cancel", {})).status_code == 200
        held.go_on.set()
        assert (await desk.done())["state"] == "cancelled"
        assert "Nothing was changed by it" in (await desk.get("/billing/2026-03")).text
