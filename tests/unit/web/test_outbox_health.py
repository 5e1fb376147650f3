"""The page says how long the outbox lasts, for whom it waits, and what was lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bcm_mqtt.domain.reading.stored import LostSpan
from bcm_mqtt.mqtt.payloads import OutboxReport, RecorderReport
from bcm_mqtt.web.live.outbox import outbox_view
from unit.builders import NOON
from unit.web.conftest import REPORT, Page

AWAY = RecorderReport("dc1", online=False)
THERE = RecorderReport("dc1-archive", online=True)
DAY = timedelta(days=1)


def outbox(waiting: int = 0, **of: object) -> OutboxReport:
    return OutboxReport(waiting, 0, disk_fails=False, **of)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (outbox(1, lasts_s=600_000), ""),  # on its way
        (outbox(1234), "1,234 snapshots wait for the broker"),
        (
            outbox(9, lasts_s=600_000, recorders=(AWAY, THERE)),
            "9 snapshots wait for recorder dc1, which is away; nothing is lost for 7 days",
        ),
        (
            outbox(9, lasts_s=90_000, recorders=(THERE,)),
            "9 snapshots wait to be stored; nothing is lost for 25.0 h",
        ),
        (
            outbox(9, lasts_s=18_000, runs_short=True, recorders=(AWAY, replace(AWAY, name="b"))),
            (
                "9 snapshots wait for recorder dc1, b, which are away; the oldest are lost in "
                "5.0 h unless stored"
            ),
        ),
        (
            outbox(1, lasts_s=700, runs_short=True),
            "1 snapshot waits for the broker; the oldest are lost in 12 min unless stored",
        ),
    ],
)
def test_what_waits_is_said_with_how_long_that_lasts(report: OutboxReport, sentence: str) -> None:
    view = outbox_view(replace(REPORT, outbox=report), NOON)
    assert view.sentence == sentence
    assert view.good is not report.runs_short


def test_a_disk_that_fails_is_said_first() -> None:
    report = replace(REPORT, outbox=replace(outbox(9), disk_fails=True))
    view = outbox_view(report, NOON)
    assert view.sentence.startswith("cannot be written: look at the disk of the bridge; 9 snap")
    assert not view.good


def test_a_recorder_that_believes_no_clock_is_said() -> None:
    held = replace(THERE, problem="panel rpp-1a is stamped 2036, this host's clock shows 2026")
    view = outbox_view(replace(REPORT, outbox=outbox(1, lasts_s=9e5, recorders=(held,))), NOON)
    assert view.sentence == f"recorder dc1-archive: {held.problem}"
    assert not view.good


def test_what_was_lost_is_named_for_a_week_the_latest_first() -> None:
    spans = tuple(
        LostSpan("rpp-1a", "", NOON - days * DAY, NOON - days * DAY, days, "full")
        for days in (8, 7, 1, 3)
    )
    view = outbox_view(replace(REPORT, outbox=outbox(lost=spans)), NOON)
    assert [span.snapshots for span in view.lost] == [1, 3, 7]


async def test_the_page_shows_it(page: Page) -> None:
    at = page.clock()
    span = LostSpan("rpp-1a", "b", at - DAY, at, 12, "the outbox was full")
    short = outbox(9, lasts_s=18_000, runs_short=True, lost=(span,), recorders=(AWAY,))
    page.live.take_bridge("dc1", online=True, report=replace(REPORT, outbox=short))
    text = (await page.get("/status")).text
    assert "the oldest are lost in 5.0 h unless stored" in text
    assert "12 snapshots of rpp-1a from b, <time" in text
    assert "the outbox was full" in text
