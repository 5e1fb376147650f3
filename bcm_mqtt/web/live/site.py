"""The whole site as it is now."""

import asyncio
from collections.abc import Callable, Iterator

from bcm_mqtt.domain.reading.alarm import MAIN, AlarmState
from bcm_mqtt.domain.reading.alarm_kind import AlarmKind
from bcm_mqtt.domain.reading.bridge_clock import Heartbeat, followed
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.reading.supply import LatestSupply
from bcm_mqtt.domain.site.circuit import CircuitVersion
from bcm_mqtt.domain.site.directory import Directory
from bcm_mqtt.domain.time import Clock, Steady, to_text
from bcm_mqtt.mqtt.payloads import AlarmReport, BridgeReport
from bcm_mqtt.web.live.absence import Absence, PanelSeen, absences
from bcm_mqtt.web.live.bridge import BridgeState
from bcm_mqtt.web.live.feed import Feed, Value
from bcm_mqtt.web.live.panel import LivePanel

_MOST_EARLY = 1000
"""Messages about a panel that wait for its directory."""


class LiveSite:
    """The newest state of all panels and bridges; used by the event loop's thread."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        customer_of: Callable[[CircuitVersion], str],
        steady: Steady | None = None,
    ) -> None:
        """Knows nothing yet.

        Args:
            name: Of the site.
            clock: The present.
            customer_of: Gives the customer of a circuit, "" if it is unallocated.
            steady: Says how long ago something came; or `clock`.
        """
        self._steady = steady or clock
        self.name = name
        self.customer_of = customer_of
        self.panels: dict[str, LivePanel] = {}
        self.bridges: dict[str, BridgeState] = {}
        self.overview = Feed("overview")
        """Which panels there are, the alarms, the health of bridges and gateways."""
        self.closing = asyncio.Event()
        """Set when the streams are to end."""
        self.broker_connected = False
        self.absences: tuple[Absence, ...] = ()
        """Who is away, so that figures are not of now."""
        self._clock = clock
        self._supply = LatestSupply()
        self._early: dict[str, list[Callable[[LivePanel], None]]] = {}
        self._changed = True

    def panel(self, panel_id: str) -> LivePanel | None:
        """The panel of an id, once its directory has come."""
        return self.panels.get(panel_id)

    def bridge_of(self, panel_id: str) -> str | None:
        """The bridge that polls a panel, by what the bridges report."""
        for bridge in self.bridges.values():
            if bridge.report and panel_id in bridge.report.panels:
                return bridge.id
        return None

    def alarms(self) -> Iterator[tuple[LivePanel, int, AlarmKind, AlarmReport]]:
        """Those that are not normal, with panel and first pole (or MAIN)."""
        for _, panel in sorted(self.panels.items()):
            for (pole, kind), report in sorted(panel.alarms.items()):
                if report.state is not AlarmState.NORMAL:
                    yield panel, pole, kind, report

    def close(self) -> None:
        """Ends the streams; each at its next change or keep-alive."""
        self.closing.set()
        self.overview.show({**self.overview.values, "closing": True})
        for panel in self.panels.values():
            panel.board.show({**panel.board.values, "closing": True})

    def take_directory(self, panel_id: str, directory: Directory | None) -> None:
        """Applies a panel's directory; None of one that is gone."""
        if directory is None:
            self.panels.pop(panel_id, None)
        elif panel_id in self.panels:
            self.panels[panel_id].take_directory(directory)
        else:
            panel = self.panels[panel_id] = LivePanel(
                directory, self._clock, self._supply, self._steady
            )
            for late in self._early.pop(panel_id, ()):
                late(panel)
        self._changed = True

    def take_snapshot(self, snapshot: Snapshot) -> None:
        """Applies a poll, unless the panel has no directory yet."""
        panel = self.panels.get(snapshot.panel)
        if panel is None or panel.is_new(snapshot):
            self._supply.take(snapshot)
        if panel:
            panel.take_snapshot(snapshot)

    def take_answering(self, panel_id: str, *, answering: bool) -> None:
        """Notes whether a panel's meters answer."""
        self._when_known(panel_id, lambda panel: panel.take_answering(answering=answering))

    def take_alarm(
        self, panel_id: str, pole: int, kind: AlarmKind, report: AlarmReport | None
    ) -> None:
        """Applies an alarm; None of one that is gone."""
        self._when_known(panel_id, lambda panel: panel.take_alarm(pole, kind, report))
        self._changed = True

    def take_bridge(
        self,
        bridge_id: str,
        *,
        online: bool | None = None,
        report: BridgeReport | None = None,
        live: bool = False,
    ) -> None:
        """Applies what is new of a bridge.

        Args:
            bridge_id: Its id.
            online: By its state.
            report: Its info.
            live: Whether the info was sent just now, so that it says what its clock shows.
        """
        bridge = self.bridges.setdefault(bridge_id, BridgeState(bridge_id))
        if online is not None:
            bridge.online = online
        if report:
            bridge.report = report
        if report and report.boot and live:
            beat = Heartbeat(report.boot, report.time, report.uptime_s)
            now_s = asyncio.get_running_loop().time()
            bridge.clock = followed(bridge.clock, beat, self._clock(), now_s)
        self._changed = True

    def take_broker(self, *, connected: bool) -> None:
        """Notes whether the broker is connected."""
        self.broker_connected = connected
        self._changed = True

    def look(self) -> bool:
        """Looks who is away; whether that is others than before."""
        seen = {
            key: PanelSeen(panel.answering, panel.stale, panel.last)
            for key, panel in self.panels.items()
        }
        away = absences(self.bridges.values(), seen, broker=self.broker_connected)
        if away == self.absences:
            return False
        self.absences = away
        self._changed = True
        return True

    def show(self) -> None:
        """Shows the browsers what is new: once after many messages."""
        self.look()
        by_panel = {panel: absence for absence in self.absences for panel in absence.panels}
        for key, panel in self.panels.items():
            panel.take_absence(by_panel.get(key))
        for panel in self.panels.values():
            if panel.changed:
                panel.show()
        if self._changed:
            self._changed = False
            self._show()

    def _when_known(self, panel_id: str, take: Callable[[LivePanel], None]) -> None:
        """Retained messages come in any order: those about a panel wait for its directory."""
        if panel := self.panels.get(panel_id):
            take(panel)
        else:
            waiting = self._early.setdefault(panel_id, [])
            if len(waiting) < _MOST_EARLY:
                waiting.append(take)

    def _show(self) -> None:
        shown: dict[str, Value] = {"broker": self.broker_connected}
        for panel_id in self.panels:
            shown[f"panel/{panel_id}"] = True
        for panel, pole, kind, report in self.alarms():
            place = "main" if pole == MAIN else str(pole)
            since = to_text(report.since) if report.since else ""
            shown[f"alarm/{panel.directory.panel.id}/{place}/{kind}"] = (
                f"{report.state} {report.severity} {since}"
            )
        for absence in self.absences:
            shown[f"away/{absence.key}"] = to_text(absence.since) if absence.since else ""
        for bridge in self.bridges.values():
            shown[f"bridge/{bridge.id}"] = bridge.online
            gateways = bridge.report.gateways if bridge.report else {}
            for key, gateway in gateways.items():
                silent = ",".join(map(str, gateway.silent_units))
                shown[f"gateway/{key}"] = f"{gateway.reachable} {silent} {gateway.overruns}"
            if outbox := bridge.outbox(self._clock()):
                lost = sum(span.snapshots for span in outbox.lost)
                shown[f"outbox/{bridge.id}"] = f"{outbox.sentence} {lost}"
            if bridge.report:
                shown[f"problems/{bridge.id}"] = "; ".join(
                    filter(None, (*bridge.report.problems, bridge.clock_problem))
                )
        self.overview.show(shown)
