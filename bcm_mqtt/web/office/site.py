"""One site as the office sees it: live over its broker, stored by its database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from bcm_mqtt.billing.portfolio.month_end import LastMonthsEnd, MonthEnd
from bcm_mqtt.billing.site_billing import SiteBilling
from bcm_mqtt.config.portfolio import PortfolioSite
from bcm_mqtt.domain.interval.coverage import measured_share
from bcm_mqtt.domain.reading.alarm import AlarmState, Severity
from bcm_mqtt.domain.time import Clock, Month, Steady
from bcm_mqtt.languages import _
from bcm_mqtt.store import Store
from bcm_mqtt.web.access.apart import Apart
from bcm_mqtt.web.live import LiveSite
from bcm_mqtt.web.live.absence import Away
from bcm_mqtt.web.office.watch import Watch
from bcm_mqtt.web.wall.glance import SitePower, site_power
from bcm_mqtt.web.wall.today import feeders_of

_STORED_EVERY: Final = timedelta(seconds=15)
_MONTH_EVERY: Final = timedelta(minutes=5)
_SLOW: Final = timedelta(seconds=15)
_MONTH_SLOW: Final = timedelta(minutes=15)
"""Of a large site the drafts of a month take minutes."""
_NOT_COMPUTED_YET: Final = timedelta(minutes=2)
_BEHIND_AFTER: Final = timedelta(minutes=2)
"""A recorder stores what comes within seconds."""
_ASIDE: Final = (AlarmState.SHELVED, AlarmState.OUT_OF_SERVICE)
_RANK: Final = {severity: rank for rank, severity in enumerate(Severity)}


class Source(Protocol):
    """What brings a site live: see `MqttSource`."""

    def start(self) -> None:
        """Connects, without waiting for it."""

    def stop(self) -> None:
        """Disconnects."""

    def watch_connection(self) -> None:
        """Notes whether the broker is connected, and who is away."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a site, for people.

    Attributes:
        what: `broker`, `bridge`, `gateway`, `panels`, `database`, `recorder` or `month`.
        text: A sentence.
        since: When it was right last; None where that is not known.
    """

    what: str
    text: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class MonthSoFar:
    """What takes longer to find out.

    Attributes:
        quality: Measured share of the time of all panels this month, 0 to 1; None without panels.
        month_end: Of last month.
    """

    quality: float | None
    month_end: MonthEnd


@dataclass(frozen=True, slots=True)
class SiteNow:
    """A site.

    Attributes:
        id: Of the site.
        name: Of the site.
        page: Address of its own page, with a slash at its end, or "".
        power: Of now.
        last_kw: Of when it was known last.
        last_at: When that was; None where it never was.
        alarms: That somebody has to see to; None where they are not known.
        severity: The worst of them.
        broker: Whether it is connected.
        bridges: How many are online.
        all_bridges: How many have reported.
        reading: Time of the newest reading that has come.
        stored: Time of the newest reading that is stored; None where that is not known.
        database: Whether the last look at it was answered.
        month: None before the first look.
        troubles: What is wrong.
    """

    id: str
    name: str
    page: str
    power: SitePower
    last_kw: float | None
    last_at: datetime | None
    alarms: int | None
    severity: Severity
    broker: bool
    bridges: int
    all_bridges: int
    reading: datetime | None
    stored: datetime | None
    database: bool
    month: MonthSoFar | None
    troubles: tuple[Trouble, ...]

    @property
    def kw(self) -> float | None:
        """Of now."""
        return None if self.power.watts is None else round(self.power.watts / 1000, 1)

    @property
    def quality_percent(self) -> float | None:
        """Measured share of the time this month, cut off: 100 is all of it."""
        share = self.month.quality if self.month else None
        return None if share is None else int(share * 1000) / 10


class OfficeSite:
    """A site that is followed; used by the event loop's thread but for its looks."""

    def __init__(
        self,
        of: PortfolioSite,
        live: LiveSite,
        source: Source,
        store: Store,
        clock: Clock,
        steady: Steady,
    ) -> None:
        """Follows it once it is started.

        Args:
            of: As the portfolio has it.
            live: Takes what comes over MQTT.
            source: Brings it.
            store: Its database; stays the caller's to close.
            clock: The present.
            steady: A clock that never jumps.
        """
        self.of = of
        self.id = of.settings.site.id
        self.live = live
        self.store = store
        self._look = store.looking()
        self.billing = SiteBilling(store, of.settings, clock, look=self._look)
        self.apart = Apart()
        self._source = source
        self._clock = clock
        self._month_end = LastMonthsEnd(
            store, self.billing.terms, clock, lambda: steady().timestamp()
        )
        self.stored = Watch(self._stored, _STORED_EVERY, _SLOW, clock, steady)
        self.month = Watch(self._month, _MONTH_EVERY, _MONTH_SLOW, clock, steady)
        self._last: tuple[float, datetime] | None = None
        self._terms = of.settings.terms

    def start(self) -> None:
        """Connects and looks, without waiting for either."""
        self._source.start()
        self.stored.start()
        self.month.start()

    def stop(self) -> None:
        """Ends it."""
        self._source.stop()
        self.stored.stop()
        self.month.stop()

    def look(self) -> None:
        """Notes whether the broker is connected, and the power of now."""
        self._source.watch_connection()
        watts = self._power().watts
        if watts is not None:
            self._last = round(watts / 1000, 1), self._clock()

    def now(self) -> SiteNow:
        """As it is now, in the language that is spoken."""
        live, stored = self.live, self.stored.known
        power = self._power()
        open_ones = [report for *_, report in live.alarms() if report.state not in _ASIDE]
        known = live.broker_connected and power.watts is not None
        last_kw, last_at = self._last or (None, None)
        return SiteNow(
            id=self.id,
            name=live.name,
            page=self.of.page,
            power=power,
            last_kw=last_kw,
            last_at=last_at,
            alarms=len(open_ones) if known else None,
            severity=max(
                (report.severity for report in open_ones if known),
                key=_RANK.__getitem__,
                default=Severity.NONE,
            ),
            broker=live.broker_connected,
            bridges=sum(bridge.online for bridge in live.bridges.values()),
            all_bridges=len(live.bridges),
            reading=self._newest(),
            stored=stored.seen,
            database=not stored.problem,
            month=self.month.known.seen,
            troubles=tuple(self._troubles()),
        )

    def _power(self) -> SitePower:
        return site_power(self.live.panels.values(), feeders_of(self._terms))

    def _troubles(self) -> Iterator[Trouble]:
        live, stored, month = self.live, self.stored.known, self.month.known
        for absence in live.absences:
            yield Trouble(absence.what.value, _away(absence.what, absence.name), absence.since)
        if not live.broker_connected and not live.absences:  # before the first look
            yield Trouble(Away.BROKER.value, _away(Away.BROKER, ""), None)
        if stored.problem:
            yield Trouble("database", stored.problem, stored.since)
        elif month.problem:
            yield Trouble("month", month.problem, month.since)
        newest, is_known = self._newest(), stored.at and not stored.problem
        if newest and is_known and (not stored.seen or newest - stored.seen > _BEHIND_AFTER):
            yield Trouble("recorder", _("The recorder does not store what is read."), stored.seen)

    def _newest(self) -> datetime | None:
        """Time of the newest reading that has come."""
        times = (panel.last for panel in self.live.panels.values() if panel.last)
        return max(times, default=None)

    def _stored(self) -> datetime | None:
        """Time of the newest reading that is stored; in the thread that looks."""
        self.store.database.check_schema()
        return max(self._look.figures.state().last.values(), default=None)

    def _month(self) -> MonthSoFar:
        """In the thread that looks."""
        self.store.database.check_schema()
        now, zone = self._clock(), self.of.settings.site.zone
        self._terms = self.billing.terms()
        gone = {
            panel: directory.panel.valid_to.astimezone(zone).date()
            for panel, directory in self._look.directories.all().items()
            if directory.panel.valid_to
        }
        first = Month.of(now, zone).first_day
        reads = self.of.settings.current_read
        covered = self._look.figures.coverage(zone, first, now - _NOT_COMPUTED_YET, reads)
        return MonthSoFar(measured_share(covered, gone), self._month_end())


def _away(what: Away, name: str) -> str:
    """A sentence about what is away between the meters and the page."""
    match what:
        case Away.BROKER:
            return _("The MQTT broker is away.")
        case Away.BRIDGE:
            return _("Bridge %(name)s is away: nothing is polled.", name=name)
        case Away.GATEWAY:
            return _(
                "Gateway %(name)s does not answer: check its power and its network.", name=name
            )
        case Away.PANELS:
            return _("No new reading arrives.")
