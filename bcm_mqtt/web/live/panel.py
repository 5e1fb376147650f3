"""One panel as it is now: its circuits, their readings, its alarms, and its feeds."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from bcm_mqtt.domain.commissioning.steps import WINDOW
from bcm_mqtt.domain.reading.alarm import (
    CRITICAL_PERCENT,
    MAIN,
    WARNING_PERCENT,
    AlarmState,
    Severity,
)
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.reading.corrected_reading import Corrections
from bcm_mqtt.domain.reading.loading import MISSING, CircuitReading
from bcm_mqtt.domain.reading.panel_load import PanelLoad, PanelMeters
from bcm_mqtt.domain.reading.polled.merged import Merged
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.supply import LatestSupply
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Clock, Steady, to_text
from bcm_mqtt.mqtt.payloads import AlarmReport
from bcm_mqtt.web.live.absence import Absence
from bcm_mqtt.web.live.feed import Feed, Value
from bcm_mqtt.web.live.phrases import AlarmsText, LimitsText

_STALE_AFTER_POLLS = 3
_ON_ITS_WAY = timedelta(seconds=1)
"""From the meter to here; live.js of the page grants the same."""
_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class LivePanel:
    """The newest state of a panel."""

    def __init__(
        self,
        directory: Directory,
        clock: Clock,
        supply: LatestSupply,
        steady: Steady | None = None,
    ) -> None:
        """Knows the circuits and no reading yet.

        Args:
            directory: With the circuits.
            clock: The present.
            supply: Takes every snapshot of the site before its panel does.
            steady: Says how long ago a reading came; or `clock`.
        """
        self._steady = steady or clock
        self._came: datetime | None = None
        self._late = timedelta()
        self._clock = clock
        self._supply = supply
        self._revision = 0
        panel_id = directory.panel.id
        self.board = Feed("board", panel_id, self._age)
        """Every figure of the panel's page."""
        self.heat = Feed("heat", panel_id, self._age)
        """Loading and severity of each circuit, for the site's page."""
        self._merged = Merged()
        self._polled: Snapshot | None = None
        self.recent: deque[Snapshot] = deque(maxlen=WINDOW)
        """The last polls as they came, by which a change is found that stays."""
        self._corrections = Corrections()
        self.snapshot: Snapshot | None = None
        """Of the last poll, as the panel's instruments correct it."""
        self.answering: bool | None = None
        self.absence: Absence | None = None
        """What is away, so that its figures are not of now."""
        self.alarms: dict[tuple[int, AlarmKind], AlarmReport] = {}
        self._readings: dict[int, CircuitReading] = {}
        self._shown = PanelMeters.at(directory, clock())
        self._load = self._shown.main.load((), [])
        self.changed = False
        """Whether there is something to show."""
        self.show()  # a page that is opened at once has all figures, if unknown ones

    @property
    def directory(self) -> Directory:
        """With all versions."""
        return self._shown.directory

    @property
    def shown(self) -> PanelMeters:
        """The circuits of now."""
        return self._shown

    @property
    def load(self) -> PanelLoad:
        """Of the main, at the last poll."""
        return self._load

    def reading(self, first_pole: int) -> CircuitReading:
        """Of a circuit, at the last poll."""
        return self._readings.get(first_pole, MISSING)

    def amps(self, pole: int) -> float | None:
        """Of a pole, at the last poll."""
        current = self.snapshot.current if self.snapshot else ()
        milliamps = current[pole - 1] if pole <= len(current) else None
        return None if milliamps is None else milliamps / 1000

    def severity(self, first_pole: int) -> Severity:
        """How bad it is: the worst alarm's, or by loading where no alarm is published."""
        reports = [report for (pole, _), report in self.alarms.items() if pole == first_pole]
        if reports:
            return max((report.severity for report in reports), key=_RANK.__getitem__)
        percent = self._load.load_percent
        if first_pole != MAIN:
            percent = self.reading(first_pole).load_percent
        if percent is None or percent <= WARNING_PERCENT:
            return Severity.NONE
        return Severity.CRITICAL if percent > CRITICAL_PERCENT else Severity.WARNING

    def attention(self, first_pole: int) -> AlarmState:
        """What is to be done about its alarms: the most urgent state."""
        states = {report.state for (pole, _), report in self.alarms.items() if pole == first_pole}
        return next((state for state in _URGENCY if state in states), AlarmState.NORMAL)

    def limits_text(self, first_pole: int) -> LimitsText | str:
        """The limits of its overload; "" where its bridge says nothing of them."""
        report = self.alarms.get((first_pole, AlarmKind.OVERLOAD))
        return LimitsText(report.warning, report.critical) if report else ""

    def alarms_text(self, first_pole: int) -> AlarmsText | str:
        """Its alarms that are not normal; "" where there are none."""
        kinds = sorted(
            kind.label
            for (pole, kind), report in self.alarms.items()
            if pole == first_pole and report.state is not AlarmState.NORMAL
        )
        return AlarmsText(tuple(kinds), self.attention(first_pole)) if kinds else ""

    @property
    def stale(self) -> bool:
        """Whether the last reading is too old to stand for the present."""
        age = self._since_read()
        return age is None or age > _STALE_AFTER_POLLS * self._interval + _ON_ITS_WAY

    @property
    def last(self) -> datetime | None:
        """Time of the newest reading; None before the first."""
        return self.snapshot.time if self.snapshot else None

    def take_absence(self, absence: Absence | None) -> None:
        """Notes what is away between its meters and the page; None: nothing."""
        self.changed |= absence != self.absence
        self.absence = absence

    def take_directory(self, directory: Directory) -> None:
        """Applies changed circuits; alarms of those that are gone are forgotten."""
        if directory == self.directory:
            return
        self._shown = PanelMeters.at(directory, self._clock())
        self._revision += 1
        poles = {MAIN, *self._shown.meters}
        self.alarms = {key: report for key, report in self.alarms.items() if key[0] in poles}
        self._read()

    def take_snapshot(self, snapshot: Snapshot) -> None:
        """Applies a poll, unless a newer one is known: a backlog comes after it."""
        if not self.is_new(snapshot):
            return
        self._polled = self._merged.take(snapshot)
        self.recent.append(self._polled)
        self._came = self._steady()
        self._late = max(timedelta(), self._clock() - snapshot.time)
        self._read()

    def is_new(self, snapshot: Snapshot) -> bool:
        """Whether a poll is newer than the last one; a backlog comes after that.

        Where the last one is old, a poll with an earlier time is: a clock was set back.
        """
        if self.snapshot is None or self._came is None:
            return True
        # Sources are polled by tasks of their own: what is older than another's is no backlog.
        newest = self._merged.newest(snapshot.source) if snapshot.poles else self.snapshot.time
        if newest is None or snapshot.time > newest:
            return True
        passed = self._steady() - self._came
        return passed > _STALE_AFTER_POLLS * self._interval + _ON_ITS_WAY

    def take_answering(self, *, answering: bool) -> None:
        """Notes whether its meters answer."""
        self.answering = answering
        self.changed = True

    def take_alarm(self, pole: int, kind: AlarmKind, report: AlarmReport | None) -> None:
        """Applies an alarm; None of one that is gone."""
        if report:
            self.alarms[pole, kind] = report
        else:
            self.alarms.pop((pole, kind), None)
        self.changed = True

    @property
    def _interval(self) -> timedelta:
        return timedelta(milliseconds=self.snapshot.interval_ms if self.snapshot else 0)

    def _age(self) -> Mapping[str, Value]:
        """Seconds since the last reading: the browser's clock may be wrong."""
        age = self._since_read()
        return {"age": None if age is None else age / timedelta(seconds=1)}

    def _since_read(self) -> timedelta | None:
        """Since the last reading: as late as it came, and what passed since then."""
        return None if self._came is None else self._late + (self._steady() - self._came)

    def _read(self) -> None:
        now = self._clock()
        if not self._shown.holds(self.directory, now):
            self._shown = PanelMeters.at(self.directory, now)
            self._revision += 1
        if self._polled:
            self.snapshot = self._corrections.corrected(self.directory, self._polled)
            current, power = self.snapshot.current, self.snapshot.power
            missing = (None,) * (self.directory.panel.pole_count - len(current))
            supply = self._supply.of(self.directory.panel, self.snapshot.time)
            self._readings = {
                pole: meter.reading(current + missing, power, supply)
                for pole, meter in self._shown.meters.items()
            }
            watts = [reading.watts for reading in self._readings.values()]
            self._load = self._shown.main.load(current, watts)
        self.changed = True

    def show(self) -> None:
        """Shows the browsers what is new."""
        self.changed = False
        snapshot, load = self.snapshot, self._load
        board: dict[str, Value] = {
            "revision": self._revision,
            "time": to_text(snapshot.time) if snapshot else None,
            "interval": snapshot.interval_ms / 1000 if snapshot else None,
            "answering": self.answering,
            "away": self.absence.key if self.absence else "",
            "since": to_text(self.absence.since) if self.absence and self.absence.since else None,
            "kw": _kw(load.watts),
            "neutral": _rounded(load.neutral_amps, 1),
            "imbalance": _rounded(load.imbalance_percent, 1),
            "load": _rounded(load.load_percent, 1),
            "severity": self.severity(MAIN).value,
            "alarm": self.attention(MAIN).value,
            "said": self.alarms_text(MAIN),
        }
        for letter, amps in load.phases.items():
            board[f"phase{letter}"] = _rounded(amps, 1)
        heat: dict[str, Value] = {key: board[key] for key in _SHARED}
        for pole in range(1, self.directory.panel.pole_count + 1):
            board[f"p{pole}"] = _rounded(self.amps(pole), 1)
        for pole in self._shown.meters:
            reading = self.reading(pole)
            board[f"w{pole}"] = _kw(reading.watts)
            board[f"l{pole}"] = _rounded(reading.load_percent, 1)
            board[f"s{pole}"] = heat[f"s{pole}"] = self.severity(pole).value
            board[f"a{pole}"] = self.attention(pole).value
            board[f"t{pole}"] = self.alarms_text(pole)
            board[f"m{pole}"] = self.limits_text(pole)
            heat[f"l{pole}"] = _rounded(reading.load_percent, 0)
        self.board.show(board)
        self.heat.show(heat)


FRESHNESS = ("time", "interval", "answering", "away", "since")
"""By which a page knows whether figures are of now."""
_SHARED = ("revision", *FRESHNESS, "kw", "load", "severity", "alarm")
"""In both feeds."""
_URGENCY = (
    AlarmState.UNACKNOWLEDGED,
    AlarmState.RETURNED,
    AlarmState.ACKNOWLEDGED,
    AlarmState.SHELVED,
    AlarmState.OUT_OF_SERVICE,
)


def _kw(watts: float | None) -> float | None:
    return None if watts is None else round(watts / 1000, 2)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
