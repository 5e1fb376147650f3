"""Energy and cost of each customer by hour, from our own history, as statistics.

So the energy dashboard and statistics cards are right also for the time that Home Assistant
was down, and for what was stored late, estimated or edited since: hours that differ are
written again, with all sums after them. A month that billing does not give leaves its hours as
they are, and holds up no other.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING

from homeassistant.core import HassJob, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later, async_track_utc_time_change
from homeassistant.util import dt as dt_util

from .const import CONF_HISTORY_MONTHS, DEFAULT_HISTORY_MONTHS, DOMAIN, LOGGER
from .months import CustomerHours
from .payloads import PayloadError
from .requests import BILLING_ANSWERS_WITHIN_S
from .series import Series, Statistics, cost_id, energy_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homeassistant.core import HomeAssistant

    from .coordinator import BcmConfigEntry

_MINUTE = 6
"""Of each hour: by then the recorder has computed the last one."""
_TRY_AGAIN = range(_MINUTE % 5, 60, 5)
"""Minutes at which months that are missing are asked for again."""
_FIRST_AFTER_S = 5.0
_MOST_OF_HOUR = timedelta(minutes=59)


@callback
def follow_history(hass: HomeAssistant, entry: BcmConfigEntry) -> None:
    """Imports the history soon, and what is new of it every hour."""
    if "recorder" not in hass.config.components or not entry.runtime_data.with_customers:
        return
    history = History(hass, entry)

    @callback
    def begin(now: datetime) -> None:
        if now.minute == _MINUTE or history.incomplete:
            entry.async_create_background_task(hass, history.follow(), f"{DOMAIN} statistics")

    soon = HassJob(begin, cancel_on_shutdown=True)
    entry.async_on_unload(async_call_later(hass, _FIRST_AFTER_S, soon))
    entry.async_on_unload(async_track_utc_time_change(hass, begin, minute=_TRY_AGAIN, second=0))


class History:
    """The statistics of one site's customers."""

    def __init__(self, hass: HomeAssistant, entry: BcmConfigEntry) -> None:
        """Imports nothing yet."""
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._statistics = Statistics(hass, entry)
        self._whole: datetime | None = None
        self._busy = False
        self._told: set[str] = set()
        self.incomplete = True
        """Whether months are missing: nobody was asked yet, nobody answered, or it was refused."""

    async def follow(self) -> None:
        """Imports what is new: first everything, once a day last month, and what was missing."""
        if self._busy:
            return
        self._busy = True
        now = dt_util.utcnow()
        daily = self._whole is None or now - self._whole >= timedelta(days=1)
        try:
            await self.update(await self._due(now, daily=daily))
            self._whole = now if daily else self._whole
        finally:
            self._busy = False

    async def _due(self, now: datetime, *, daily: bool) -> list[str]:
        """The months to ask for."""
        zone = await self._zone()
        running = _month(now, zone)
        if self._whole is None:
            wanted = self._entry.options.get(CONF_HISTORY_MONTHS, DEFAULT_HISTORY_MONTHS)
            return [_shifted(running, -back) for back in range(wanted - 1, -1, -1)]
        # The last hour of a month is published with the next one.
        due = {
            _month(now - timedelta(days=1), zone),
            running,
            *self._coordinator.data.without_hours,
        }
        if daily:
            due.add(_shifted(running, -1))
        return sorted(due)

    async def update(self, months: Iterable[str]) -> None:
        """Makes the statistics of months what billing says.

        Those that it does not give, or of which it knows nothing, keep what there is.
        """
        zone, given = await self._zone(), dict[str, list[CustomerHours]]()
        missing = dict[str, str]()
        unanswered = False
        for month in months:
            if unanswered:
                missing[month] = "not asked for, as nobody answered before"
                continue
            try:
                if customers := await self._asked(month):
                    given[month] = customers
            except (HomeAssistantError, PayloadError) as error:
                missing[month] = str(error)
                unanswered = getattr(error, "translation_key", "") not in {"", "refused", "mistake"}
        try:
            await self._write(given, zone)
        except HomeAssistantError as error:
            missing |= dict.fromkeys(given, str(error))
        self._tell(missing)

    async def _asked(self, month: str) -> list[CustomerHours]:
        ask = self._coordinator.ask_billing
        return CustomerHours.of(await ask("hours", {"month": month}, BILLING_ANSWERS_WITHIN_S))

    async def _write(self, given: dict[str, list[CustomerHours]], zone: tzinfo | None) -> None:
        if not given:
            return
        series: dict[str, Series] = {}
        for month in sorted(given):
            for customer in given[month]:
                self._add(customer, series)

        @cache
        def is_given(hour: datetime) -> bool:
            # Local midnight may lie within an hour, which then has a part of each month.
            return {_month(hour, zone), _month(hour + _MOST_OF_HOUR, zone)} <= given.keys()

        await self._statistics.write(series, _start(min(given), zone), is_given)

    def _add(self, customer: CustomerHours, series: dict[str, Series]) -> None:
        """Adds a customer's hours to its energy, and to its cost in their currency."""
        site, name = self._coordinator.site, customer.name
        energy = series.setdefault(energy_id(site, customer.customer), Series.of_energy(name))
        energy.add(customer.start, customer.kwh)
        if customer.cost is not None:
            key = cost_id(site, customer.customer, customer.currency)
            cost = series.setdefault(key, Series.of_cost(name, customer.currency))
            cost.add(customer.start, customer.cost)

    def _tell(self, missing: dict[str, str]) -> None:
        """Says in the log, once, and by a repair what is still missing at the second time."""
        before, self._coordinator.data.without_hours = self._coordinator.data.without_hours, missing
        self.incomplete = bool(missing)
        # What is there five minutes later was busy, or away for a moment.
        for month in sorted(missing.keys() & before.keys() - self._told):
            LOGGER.warning("Statistics of %s lack %s: %s", self._entry.title, month, missing[month])
            self._told.add(month)
        if self._told and not missing:
            LOGGER.info("Statistics of %s are complete again", self._entry.title)
            self._told.clear()

    async def _zone(self) -> tzinfo | None:
        return await dt_util.async_get_time_zone(self._coordinator.info.time_zone)


def _month(at: datetime, zone: tzinfo | None) -> str:
    return at.astimezone(zone).strftime("%Y-%m")


def _start(month: str, zone: tzinfo | None) -> datetime:
    """The hour of UTC in which a month begins."""
    midnight = datetime(int(month[:4]), int(month[5:]), 1, tzinfo=zone).astimezone(UTC)
    return midnight.replace(minute=0)


def _shifted(month: str, months: int) -> str:
    index = int(month[:4]) * 12 + int(month[5:]) - 1 + months
    return f"{index // 12:04}-{index % 12 + 1:02}"
