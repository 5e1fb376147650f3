"""The journal below the list of alarms: what the database has of past ones, page by page."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from bcm_mqtt.domain.alarms.journal import PastAlarm, narrowed, past_alarms
from bcm_mqtt.domain.reading.alarm import MAIN, Severity
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.time import midnight
from bcm_mqtt.errors import WorkError
from bcm_mqtt.languages import N_
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.ports import Ports

_PER_PAGE: Final = 25
_MOST_CHANGES: Final = 20_000
"""Read for a page: a flood of thousands is a second or two, and the rest has the command."""
_DAYS: Final = ((1, N_("1 day")), (7, N_("7 days")), (31, N_("31 days")), (366, N_("1 year")))
DEEDS: Final = (
    N_("shelved"),
    N_("put out of service"),
    N_("put back"),
    N_("back from the shelf"),
    N_("acknowledged"),
)
"""What may have been done about an alarm, as the domain has it."""
_USUAL_DAYS: Final = 7
_FIRST, _LAST = date(1970, 1, 1), date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class JournalChosen:
    """What the page's address says of the journal.

    Attributes:
        days: Back from now, where neither the first nor the last day is chosen.
        page: From 1 on.
        first: Day of the site, or None.
        last: Day of the site, or None.
        by: Who did something about the alarms; "" is anybody or nobody.
    """

    days: int = _USUAL_DAYS
    page: int = 1
    first: date | None = None
    last: date | None = None
    by: str = ""

    def span(self, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
        """From when on, and until when; None is now."""
        until = midnight(self.last + timedelta(days=1), zone) if self.last else None
        if self.first:
            return midnight(self.first, zone), until
        return (until or now) - timedelta(days=self.days), until

    @property
    def query(self) -> dict[str, str]:
        """As an address says it, without the page."""
        days = {name: str(day) for name, day in (("from", self.first), ("to", self.last)) if day}
        return {**days, "days": str(self.days), **({"by": self.by} if self.by else {})}


def journal_chosen(
    days: Annotated[int, Query(ge=1, le=366)] = _USUAL_DAYS,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    first: Annotated[date | Literal[""], Query(alias="from")] = "",
    last: Annotated[date | Literal[""], Query(alias="to")] = "",
    by: Annotated[str, Query(max_length=200)] = "",
) -> JournalChosen:
    """Of an address; a day beyond the calendar of clocks is none."""
    begin, end = (day if day and _FIRST < day < _LAST else None for day in (first, last))
    return JournalChosen(days, page, begin, end, by.strip())


_USUAL: Final = JournalChosen()
JournalGiven = Annotated[JournalChosen, Depends(journal_chosen)]


@dataclass(frozen=True, slots=True)
class PastRow:
    """A past alarm, or what was done while there was none.

    Attributes:
        past: Of the domain.
        panel_name: Of its panel; the id of one that is gone.
        place: First pole, or `main`.
        description: Of the circuit as it is now, or "".
    """

    past: PastAlarm
    panel_name: str
    place: str
    description: str


@dataclass(frozen=True, slots=True)
class Journal:
    """A page of it.

    Attributes:
        rows: The latest first.
        count: On all pages.
        page: From 1 on.
        pages: How many there are.
        chosen: What the address says.
        every_days: To choose from.
        newer: Query of the page before; "" of the first.
        older: Of the next; "" of the last.
        cut: Whether there were more changes than are read at once.
        problem: Why there is none, or "".
    """

    rows: tuple[PastRow, ...] = ()
    count: int = 0
    page: int = 1
    pages: int = 1
    chosen: JournalChosen = _USUAL
    every_days: tuple[tuple[int, str], ...] = _DAYS
    newer: str = ""
    older: str = ""
    cut: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class JournalView:
    """The journal alone."""

    journal: Journal


async def journal_of(ports: Ports, chosen: JournalChosen, others: dict[str, str]) -> Journal | None:
    """The page of the journal that is chosen; None where the page has no database.

    Args:
        ports: Of the page.
        chosen: Which page.
        others: What the page's address says of the list: its panel, kind and severity hold
            for the journal, too.
    """
    if ports.past is None:
        return None
    stored = ports.past.alarm_events
    since, until = chosen.span(ports.clock(), ports.zone)
    kind, severity = others.get("kind"), others.get("severity", Severity.NONE)

    def read() -> tuple[list[PastAlarm], bool]:
        events = stored.latest(
            since=since,
            until=until,
            panel=others.get("panel"),
            kind=AlarmKind(kind) if kind else None,
            most=_MOST_CHANGES,
        )
        worst = None if severity == Severity.NONE else Severity(severity)
        return narrowed(past_alarms(events), worst, chosen.by), len(events) == _MOST_CHANGES

    try:
        found, cut = await asyncio.to_thread(read)
    except WorkError as error:
        return Journal(chosen=chosen, problem=str(error))
    pages = max(1, -(-len(found) // _PER_PAGE))
    page = min(chosen.page, pages)
    first = (page - 1) * _PER_PAGE

    def link(to: int) -> str:
        return urlencode({**others, **chosen.query, "page": to})

    return Journal(
        rows=tuple(_row(one, ports.live) for one in found[first : first + _PER_PAGE]),
        count=len(found),
        page=page,
        pages=pages,
        chosen=chosen,
        newer=link(page - 1) if page > 1 else "",
        older=link(page + 1) if page < pages else "",
        cut=cut,
    )


def _row(past: PastAlarm, live: LiveSite) -> PastRow:
    panel = live.panels.get(past.panel)
    meter = panel.shown.meters.get(past.pole) if panel else None
    return PastRow(
        past,
        panel_name=panel.directory.panel.name if panel else past.panel,
        place="main" if past.pole == MAIN else str(past.pole),
        description=meter.version.description if meter else "",
    )
