"""Gathers the bridge's vital signs; everything here belongs to the event loop's thread."""

import asyncio
from datetime import datetime, timedelta
from threading import Event

from bcm_mqtt.bridge.announcer import Announcer
from bcm_mqtt.bridge.delivery import Delivery
from bcm_mqtt.bridge.followed_directory import FollowedDirectory
from bcm_mqtt.bridge.followed_settings import FollowedSettings
from bcm_mqtt.bridge.gateways import Gateways
from bcm_mqtt.bridge.polling import PanelPolling, panel_pollings
from bcm_mqtt.bridge.vitals.judgement import GatewayVitals, PanelVitals, Vitals
from bcm_mqtt.config import GatewaySettings, Settings
from bcm_mqtt.domain.reading.reading import Snapshot
from bcm_mqtt.domain.time import Clock
from bcm_mqtt.modbus import Line
from bcm_mqtt.mqtt.client import MqttClient

_INTERVALS = 3
_GRACE = timedelta(seconds=60)
"""A broker that has stopped reading holds the polls until the keepalive ends it: 45 s."""


class VitalSigns:
    """Looks at the parts of a bridge and counts its polls."""

    def __init__(
        self,
        settings: FollowedSettings,
        clock: Clock,
        client: MqttClient,
        delivery: Delivery,
        announcer: Announcer,
        directory: FollowedDirectory,
        gateways: Gateways,
    ) -> None:
        """Takes the parts; no poll counted yet."""
        self._settings = settings
        self._clock = clock
        self._client = client
        self._delivery = delivery
        self._announcer = announcer
        self._directory = directory
        self._gateways = gateways
        self._polls: dict[str, int] = {}
        self._polled_at: dict[str, datetime] = {}
        self._moved_at: dict[str, float] = {}  # by gateway, from the first look on; loop's time
        self.started = Event()
        self.take(settings.now)

    def start(self) -> None:
        """The gateways' tasks run from now on."""
        self.started.set()

    def take(self, settings: Settings) -> None:
        """Takes over changed settings: all gateways have all their patience again."""
        self._gateway_of = {key: panel.gateway for key, panel in settings.panels.items()}
        self._patience_s = {
            key: _patience_s(gateway, panel_pollings(settings.panels, key))
            for key, gateway in settings.gateways.items()
        }
        self._polls = {key: self._polls.get(key, 0) for key in settings.panels}
        self._moved_at.clear()

    def polled(self, snapshot: Snapshot) -> None:
        """A poll is over, whatever came of it."""
        panel = snapshot.panel
        if panel in self._polls:  # else it has just been taken out
            self._polls[panel] += 1
            self._polled_at[panel] = snapshot.time
            self._moved_at[self._gateway_of[panel]] = asyncio.get_running_loop().time()

    def now(self) -> Vitals:
        """As of now."""
        return Vitals(
            time=self._clock(),
            connected=self._client.connected,
            waiting=self._delivery.waiting,
            dropped=self._delivery.dropped,
            disk_fails=self._delivery.disk_fails,
            configuration_problem=self._settings.problem,
            directory_problem=self._directory.problem,
            gateways={key: self._gateway(key, line) for key, line in self._gateways.lines.items()},
            panels={
                key: PanelVitals(
                    polls, self._polled_at.get(key), self._announcer.answering.get(key)
                )
                for key, polls in self._polls.items()
            },
        )

    def _gateway(self, key: str, line: Line) -> GatewayVitals:
        now = asyncio.get_running_loop().time()
        return GatewayVitals(
            health=line.health(),
            reachable=line.reachable,
            overruns=self._gateways.health.overruns(key),
            idle_s=now - self._moved_at.setdefault(key, now),
            patience_s=self._patience_s.get(key),
        )


def _patience_s(gateway: GatewaySettings, panels: list[PanelPolling]) -> float | None:
    """Three polls of the panel that is polled most often, and what a bad day may add.

    Where every unit of a line has just fallen silent, each request costs its timeout once.
    """
    if not panels:
        return None
    interval = min(polling.interval for polling in panels)
    requests = sum(len(polling.plan.requests) for polling in panels)
    delays_s = sum(len(polling.plan.requests) * polling.plan.delay_s for polling in panels)
    slow = (requests + 1) * gateway.timeout
    return (_INTERVALS * interval + slow + _GRACE).total_seconds() + delays_s
