"""Energy of each customer by hour, from our own history, as statistics of Home Assistant.

So the energy dashboard and statistics cards are right also for the time that Home Assistant
was down, and for what was stored late, estimated or edited since: hours that differ are
written again, with all sums after them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, cast

from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_add_external_statistics,
    get_last_statistics,
    list_statistic_ids,
    statistics_during_period,
)
from homeassistant.const import UnitOfEnergy
from homeassistant.core import HassJob, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later, async_track_utc_time_change
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util import slugify

from .const import CONF_HISTORY_MONTHS, DEFAULT_HISTORY_MONTHS, DOMAIN, LOGGER
from .requests import BILLING_ANSWERS_WITHIN_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant

    from .coordinator import BcmConfigEntry

_MINUTE = 6
"""Of each hour: by then the recorder has computed the last one."""
_FIRST_AFTER_S = 5.0
_HOUR = timedelta(hours=1)
_ENOUGH_KWH = 0.0005


@dataclass(slots=True)
class CustomerHours:
    """A customer's kWh by start of the hour."""

    name: str
    kwh: defaultdict[datetime, float] = field(default_factory=lambda: defaultdict(float))


@callback
def follow_history(hass: HomeAssistant, entry: BcmConfigEntry) -> None:
    """Imports the history soon, and what is new of it every hour."""
    if "recorder" not in hass.config.components or not entry.runtime_data.with_customers:
        return
    history = History(hass, entry)

    @callback
    def begin(_now: datetime) -> None:
        entry.async_create_background_task(hass, history.follow(), f"{DOMAIN} statistics")

    soon = HassJob(begin, cancel_on_shutdown=True)
    entry.async_on_unload(async_call_later(hass, _FIRST_AFTER_S, soon))
    entry.async_on_unload(async_track_utc_time_change(hass, begin, minute=_MINUTE, second=0))


class History:
    """The statistics of one site's customers."""

    def __init__(self, hass: HomeAssistant, entry: BcmConfigEntry) -> None:
        """Imports nothing yet."""
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._whole: datetime | None = None
        self._busy = False

    async def follow(self) -> None:
        """Imports what is new; once a day, and first, all that may have changed."""
        if self._busy:
            return
        self._busy = True
        now = dt_util.utcnow()
        try:
            whole = self._whole is None or now - self._whole >= timedelta(days=1)
            zone = await dt_util.async_get_time_zone(self._coordinator.info.time_zone)
            running = _month(now, zone)
            # The last hour of a month is published with the next one.
            recent = sorted({_month(now - timedelta(days=1), zone), running})
            await self.update(await self._months(running, zone) if whole else recent)
            self._whole = now if whole else self._whole
        except HomeAssistantError as error:
            LOGGER.debug("Statistics are not imported, in an hour again: %s", error)
        finally:
            self._busy = False

    async def update(self, months: list[str]) -> None:
        """Makes the statistics of months, of which the last is the running one, what billing says.

        Raises:
            HomeAssistantError: billing did not answer, or refused.
        """
        found: dict[str, CustomerHours] = {}
        first = None
        for month in months:
            start = await self._add_month(month, found)
            first = first or start
        if first is None:
            return
        if await self._begins_within_an_hour(months[0]):
            # A part of that hour is in a month that was not asked for: it stays as it is.
            for hours in found.values():
                hours.kwh.pop(first, None)
            first += _HOUR
        for statistic_id in await self._known() | found.keys():
            await self._write(statistic_id, found.get(statistic_id), first)

    async def _begins_within_an_hour(self, month: str) -> bool:
        """As local midnight does where clocks differ by half hours from those of UTC."""
        zone = await dt_util.async_get_time_zone(self._coordinator.info.time_zone)
        offset = datetime(int(month[:4]), int(month[5:]), 1, tzinfo=zone).utcoffset()
        return bool(offset and offset % _HOUR)

    async def _add_month(self, month: str, found: dict[str, CustomerHours]) -> datetime | None:
        """Adds a month's hours; the start of the first, or None where there is no customer."""
        ask = self._coordinator.ask_billing
        response = await ask("hours", {"month": month}, BILLING_ANSWERS_WITHIN_S)
        first = None
        for customer, hours in response["customers"].items():
            start = dt_util.parse_datetime(hours["start"], raise_on_error=True).astimezone(UTC)
            first = start if first is None else min(first, start)
            statistic_id = statistic_id_of(self._coordinator.site, customer)
            item = found.setdefault(statistic_id, CustomerHours(hours["name"]))
            item.name = hours["name"]
            for number, kwh in enumerate(hours["kwh"]):
                # The hour that two months share has a part of each.
                item.kwh[start + number * _HOUR] += kwh
        return first

    async def _months(self, running: str, zone: tzinfo | None) -> list[str]:
        """From the month before the last that is known, or as many as are wanted."""
        last = await self._read(self._last_hours)
        wanted = self._entry.options.get(CONF_HISTORY_MONTHS, DEFAULT_HISTORY_MONTHS)
        months = [_shifted(running, -back) for back in range(wanted - 1, -1, -1)]
        if not last:
            return months
        since = min(_shifted(_month(max(last), zone), -1), _shifted(running, -1))
        return [month for month in months if month >= since]

    async def _known(self) -> set[str]:
        """Those of the site's customers that there are already."""
        prefix = f"{DOMAIN}:{slugify(self._coordinator.site)}_"
        listed = await self._read(lambda: list_statistic_ids(self._hass, None, "sum"))
        return {item["statistic_id"] for item in listed if item["statistic_id"].startswith(prefix)}

    def _last_hours(self) -> list[datetime]:
        """Start of the last hour of each customer; called in the recorder's thread."""
        prefix = f"{DOMAIN}:{slugify(self._coordinator.site)}_"
        found = []
        for item in list_statistic_ids(self._hass, None, "sum"):
            name = item["statistic_id"]
            if name.startswith(prefix):
                rows = get_last_statistics(self._hass, 1, name, False, {"sum"})  # noqa: FBT003
                found += [dt_util.utc_from_timestamp(row["start"]) for row in rows.get(name, [])]
        return found

    async def _write(self, statistic_id: str, hours: CustomerHours | None, first: datetime) -> None:
        """Writes the hours that differ from what there is, and those after them."""
        existing, before = await self._read(lambda: self._existing(statistic_id, first))
        wanted = dict(hours.kwh) if hours else {}
        # What is no longer the customer's becomes nothing, and is not forgotten in the sums.
        wanted = dict.fromkeys(existing, 0.0) | wanted
        total, rows, differs = before, [], False
        for start, kwh in sorted(wanted.items()):
            total += kwh
            there = existing.get(start)
            differs = differs or there is None or not _same(there, (kwh, total))
            if differs:
                rows.append(StatisticData(start=start, state=kwh, sum=round(total, 3)))
        if rows:
            name = hours.name if hours else None
            metadata = await self._read(lambda: self._metadata(statistic_id, name))
            async_add_external_statistics(self._hass, metadata, rows)

    def _existing(
        self, statistic_id: str, first: datetime
    ) -> tuple[dict[datetime, tuple[float, float]], float]:
        """The hours there are from one on, and the sum before it; in the recorder's thread."""
        there = statistics_during_period(
            self._hass, first, None, {statistic_id}, "hour", None, {"state", "sum"}
        ).get(statistic_id, [])
        hours = {
            dt_util.utc_from_timestamp(row["start"]): (row["state"] or 0.0, row["sum"] or 0.0)
            for row in there
        }
        if hours:
            kwh, total = hours[min(hours)]
            return hours, total - kwh
        last = get_last_statistics(self._hass, 1, statistic_id, False, {"sum"})  # noqa: FBT003
        rows = last.get(statistic_id, [])
        return {}, (rows[0]["sum"] or 0.0) if rows else 0.0

    def _metadata(self, statistic_id: str, name: str | None) -> StatisticMetaData:
        if name is None:
            (known,) = list_statistic_ids(self._hass, {statistic_id})
            name = known["name"]
        metadata: dict[str, Any] = {
            "source": DOMAIN,
            "statistic_id": statistic_id,
            "name": name,
            "has_sum": True,
            "mean_type": StatisticMeanType.NONE,
            "unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
        }
        # 2025.10 and later want it, 2025.4 stumbles over it.
        if "unit_class" in StatisticMetaData.__annotations__:
            metadata["unit_class"] = "energy"
        return cast("StatisticMetaData", metadata)

    async def _read[T](self, query: Callable[[], T]) -> T:
        return await get_instance(self._hass).async_add_executor_job(query)


def statistic_id_of(site: str, customer: str) -> str:
    """The id of a customer's energy; one that is not plain has a hash, so that none is shared."""
    plain = slugify(customer)
    if plain != customer:
        plain = f"{plain}_{hashlib.sha256(customer.encode()).hexdigest()[:6]}"
    return f"{DOMAIN}:{slugify(site)}_{plain}_energy"


def _same(there: tuple[float, float], wanted: tuple[float, float]) -> bool:
    return all(abs(a - b) < _ENOUGH_KWH for a, b in zip(there, wanted, strict=True))


def _month(at: datetime, zone: tzinfo | None) -> str:
    return at.astimezone(zone).strftime("%Y-%m")


def _shifted(month: str, months: int) -> str:
    index = int(month[:4]) * 12 + int(month[5:]) - 1 + months
    return f"{index // 12:04}-{index % 12 + 1:02}"
