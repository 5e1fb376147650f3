"""What is known of a bridge and its site, kept up to date by MQTT."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from homeassistant.components import mqtt, persistent_notification
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady, HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .alarms import panel_and_state
from .const import CONF_BASE_TOPIC, CONF_BRIDGE, CONF_CUSTOMERS, DOMAIN, FOUND_WITHIN, LOGGER
from .months import MonthToDate, SiteMonth
from .payloads import BridgeInfo, Payload, PayloadError
from .requests import Requests
from .topics import Topics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from homeassistant.components.mqtt import ReceiveMessage

type BcmConfigEntry = ConfigEntry[BcmCoordinator]

_TOGETHER_S = 0.2
"""All customers are published in one go: what comes within that time is shown together."""


@dataclass(slots=True)
class SiteData:
    """What was published last.

    Attributes:
        connected: Whether Home Assistant is connected to the broker.
        online: Whether the bridge says so.
        site: The site's month.
        customers: Months to date by topic, which is unique where an id is anything.
        complete: Whether billing has published since we listen, and so named all customers.
        alarms: Panel and state of overload alarms, by topic.
        without_hours: Why months are not in the statistics, by month.
    """

    connected: bool = True
    online: bool = False
    site: SiteMonth | None = None
    customers: dict[str, MonthToDate] = field(default_factory=dict)
    complete: bool = False
    alarms: dict[str, tuple[str, str]] = field(default_factory=dict)
    without_hours: Mapping[str, str] = field(default_factory=dict)


class BcmCoordinator(DataUpdateCoordinator[SiteData]):
    """One bridge's; nothing is polled."""

    config_entry: BcmConfigEntry
    info: BridgeInfo
    """Of the bridge; it is there once `start` is done."""
    site_device: str
    """Id of the site's device in the registry; it is there before any entity is."""

    def __init__(self, hass: HomeAssistant, entry: BcmConfigEntry) -> None:
        """Subscribes to nothing yet."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        self.topics = Topics(entry.data[CONF_BASE_TOPIC], entry.data[CONF_BRIDGE])
        self.requests = Requests(hass, self._edit_refused)
        self.data = SiteData(connected=mqtt.is_connected(hass))
        self._informed = asyncio.Event()
        self._telling: CALLBACK_TYPE | None = None
        self._bad: set[str] = set()

    @property
    def with_customers(self) -> bool:
        """Whether customers are this entry's: of several bridges of a site one has them."""
        return bool(self.config_entry.options.get(CONF_CUSTOMERS, True))

    @property
    def site(self) -> str:
        """Id of the site."""
        return self.info.site

    async def start(self) -> None:
        """Subscribes; a ConfigEntryNotReady when the bridge was never there."""
        topics, unload = self.topics, self.config_entry.async_on_unload
        wanted: dict[str, Callable[[ReceiveMessage], None]] = {
            topics.state: self._heard_state,
            topics.info: self._heard_info,
            **dict.fromkeys(topics.every_response, self.requests.answered),
            **dict.fromkeys(topics.every_overload_alarm, self._heard_alarm),
        }
        if self.with_customers:
            wanted |= {
                topics.site_month_to_date: self._heard_site,
                topics.every_month_to_date: self._heard_customer,
            }
        for topic, heard in wanted.items():
            unload(await mqtt.async_subscribe(self.hass, topic, heard, qos=1))
        unload(mqtt.async_subscribe_connection_status(self.hass, self._connection))
        unload(self._stop_telling)
        try:
            async with asyncio.timeout(FOUND_WITHIN.total_seconds()):
                await self._informed.wait()
        except TimeoutError:
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN,
                translation_key="no_bridge",
                translation_placeholders={"topic": topics.info},
            ) from None

    async def ask_bridge(self, action: str, body: Mapping[str, object]) -> dict[str, Any]:
        """The bridge's response to a request; a HomeAssistantError where there is none.

        Nothing waits for a bridge that is offline: it is refused at once.
        """
        if not (self.data.connected and self.data.online):
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="offline" if self.data.connected else "no_broker",
                translation_placeholders={"bridge": self.topics.bridge},
            )
        topic = self.topics.request(action)
        return await self.requests.ask(topic, body, deadline=self.info.deadlines)

    async def ask_billing(
        self, action: str, body: Mapping[str, object], within_s: float
    ) -> dict[str, Any]:
        """Billing's response to a request; a HomeAssistantError where there is none."""
        topic = self.topics.billing_request(action)
        # Billing is upgraded before the bridges.
        return await self.requests.ask(topic, body, within_s, deadline=self.info.deadlines)

    @callback
    def _edit_refused(self, error: str) -> None:
        """Says it to whoever edits: the entity just shows again what it was."""
        said = HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="edit_refused",
            translation_placeholders={"error": error},
        )
        persistent_notification.async_create(
            self.hass,
            str(said),
            title=self.config_entry.title,
            notification_id=f"{self.config_entry.entry_id}_edit_refused",
        )

    @callback
    def _connection(self, connected: bool) -> None:  # noqa: FBT001 - as mqtt calls it
        self.data.connected = connected
        self._tell()

    @callback
    def _heard_state(self, message: ReceiveMessage) -> None:
        online = message.payload == "online"
        if self.data.online and not online:
            LOGGER.info("Bridge %s is offline", self.topics.bridge)
        elif online and not self.data.online:
            LOGGER.info("Bridge %s is online", self.topics.bridge)
        self.data.online = online
        self._tell()

    @callback
    def _heard_info(self, message: ReceiveMessage) -> None:
        if info := self._parsed(BridgeInfo.parse, message):
            self.info = info
            self._informed.set()
            self._tell()

    @callback
    def _heard_site(self, message: ReceiveMessage) -> None:
        if site := self._parsed(SiteMonth.parse, message):
            self.data.site = site
            # It is published after all customers; what is retained may come before them.
            self.data.complete = self.data.complete or not message.retain
            self._tell()

    @callback
    def _heard_customer(self, message: ReceiveMessage) -> None:
        if not message.payload:
            self.data.customers.pop(message.topic, None)
        elif month := self._parsed(MonthToDate.parse, message):
            self.data.customers[message.topic] = month
        self._tell()

    @callback
    def _heard_alarm(self, message: ReceiveMessage) -> None:
        if not message.payload:
            self.data.alarms.pop(message.topic, None)
        elif alarm := self._parsed(panel_and_state, message):
            self.data.alarms[message.topic] = alarm
        self._tell()

    def _parsed[T](self, parse: Callable[[Payload], T], message: ReceiveMessage) -> T | None:
        """The payload; one that cannot be read leaves the last good one, and is logged once."""
        try:
            parsed = parse(message.payload)
        except PayloadError as error:
            if message.topic not in self._bad:
                LOGGER.warning("%s: %s", message.topic, error)
                self._bad.add(message.topic)
            return None
        self._bad.discard(message.topic)
        return parsed

    @callback
    def _tell(self) -> None:
        if self._telling is None:
            job = HassJob(self._tell_now, cancel_on_shutdown=True)
            self._telling = async_call_later(self.hass, _TOGETHER_S, job)

    @callback
    def _tell_now(self, _now: datetime) -> None:
        self._telling = None
        self.async_set_updated_data(self.data)

    @callback
    def _stop_telling(self) -> None:
        if self._telling:
            self._telling()
            self._telling = None
