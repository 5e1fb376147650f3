"""Series of hours as external statistics of Home Assistant's recorder."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any, Self, cast

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
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from homeassistant.util import slugify

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from homeassistant.core import HomeAssistant

    from .coordinator import BcmConfigEntry

HOUR = timedelta(hours=1)
_ENOUGH = 0.0005
"""A difference of kWh or money that is none."""
_DECIMALS = 4
_AT_ONCE = 1000
"""Rows that the recorder is given; it stores nothing else before it has them."""


@dataclass(slots=True)
class Series:
    """What is added up by hour: a customer's energy or cost.

    Attributes:
        name: For people.
        unit: Of the values.
        unit_class: What converts the unit, or None.
        values: By start of the hour.
    """

    name: str
    unit: str
    unit_class: str | None
    values: defaultdict[datetime, float] = field(default_factory=lambda: defaultdict(float))

    @classmethod
    def of_energy(cls, name: str) -> Self:
        """Of a customer, in kWh."""
        return cls(name, UnitOfEnergy.KILO_WATT_HOUR, "energy")

    @classmethod
    def of_cost(cls, name: str, currency: str) -> Self:
        """Of a customer."""
        return cls(f"{name} cost", currency, None)

    def add(self, start: datetime, values: Iterable[float]) -> None:
        """Adds hours one after the other; one that two months share has a part of each."""
        for number, value in enumerate(values):
            self.values[start + number * HOUR] += value


class Statistics:
    """Those of one site's customers."""

    def __init__(self, hass: HomeAssistant, entry: BcmConfigEntry) -> None:
        """Reads nothing yet."""
        self._hass = hass
        self._entry = entry

    async def write(
        self, series: Mapping[str, Series], first: datetime, given: Callable[[datetime], bool]
    ) -> None:
        """Makes the hours that are given what series say, and adds up all after them again.

        Args:
            series: By the id of the statistic. What there is and no series has becomes nothing:
                it is somebody else's now, and not forgotten in the sums.
            first: The hour to begin with.
            given: Whether an hour is; others stay as they are.
        """
        own = f"{DOMAIN}:{slugify(self._entry.runtime_data.site)}_"
        entries = self._hass.config_entries.async_loaded_entries(DOMAIN)
        sites = {f"{DOMAIN}:{slugify(entry.runtime_data.site)}_" for entry in entries}
        # The id of one site may be the beginning of another's.
        others = tuple(site for site in sites if site != own and site.startswith(own))
        all_series = {**await self._read(self._known, own, others), **series}
        energy_first = sorted(
            all_series.items(), key=lambda item: (not item[1].unit_class, item[0])
        )
        for statistic_id, one in energy_first:
            rows = await self._read(self._rows, statistic_id, one.values, first, given)
            for some in batched(rows, _AT_ONCE, strict=False):
                async_add_external_statistics(self._hass, metadata_of(statistic_id, one), some)
                # A year of many customers takes minutes, in which states have to be stored, too.
                await get_instance(self._hass).async_block_till_done()

    def _known(self, own: str, others: tuple[str, ...]) -> dict[str, Series]:
        """Those of the site that there are, without hours; called in the recorder's thread."""
        return {
            item["statistic_id"]: Series(
                item["name"], item["statistics_unit_of_measurement"], item["unit_class"]
            )
            for item in list_statistic_ids(self._hass, None, "sum")
            if item["statistic_id"].startswith(own) and not item["statistic_id"].startswith(others)
        }

    def _rows(
        self,
        statistic_id: str,
        values: Mapping[datetime, float],
        first: datetime,
        given: Callable[[datetime], bool],
    ) -> list[StatisticData]:
        """The hours to write: from the first that differs on; called in the recorder's thread."""
        existing, total = self._existing(statistic_id, first)
        rows: list[StatisticData] = []
        for start in sorted(existing.keys() | values.keys()):
            there = existing.get(start)
            if given(start):
                value = values.get(start, 0.0)
            elif there:
                value = there[0]
            else:
                continue
            total += value
            if rows or there is None or not _same(there, (value, total)):
                rows.append(StatisticData(start=start, state=value, sum=round(total, _DECIMALS)))
        return rows

    def _existing(
        self, statistic_id: str, first: datetime
    ) -> tuple[dict[datetime, tuple[float, float]], float]:
        """The hours there are from one on, and the sum before it."""
        there = statistics_during_period(
            self._hass, first, None, {statistic_id}, "hour", None, {"state", "sum"}
        ).get(statistic_id, [])
        hours = {
            dt_util.utc_from_timestamp(row["start"]): (row["state"] or 0.0, row["sum"] or 0.0)
            for row in there
        }
        if hours:
            value, total = hours[min(hours)]
            return hours, total - value
        last = get_last_statistics(self._hass, 1, statistic_id, False, {"sum"})  # noqa: FBT003
        rows = last.get(statistic_id, [])
        return {}, (rows[0]["sum"] or 0.0) if rows else 0.0

    async def _read[*Ts, T](self, query: Callable[[*Ts], T], *arguments: *Ts) -> T:
        return await get_instance(self._hass).async_add_executor_job(query, *arguments)


def metadata_of(statistic_id: str, series: Series) -> StatisticMetaData:
    """What the recorder keeps of a series."""
    metadata: dict[str, Any] = {
        "source": DOMAIN,
        "statistic_id": statistic_id,
        "name": series.name,
        "has_sum": True,
        "mean_type": StatisticMeanType.NONE,
        "unit_of_measurement": series.unit,
    }
    # 2025.10 and later want it, 2025.4 stumbles over it.
    if "unit_class" in StatisticMetaData.__annotations__:
        metadata["unit_class"] = series.unit_class
    return cast("StatisticMetaData", metadata)


def energy_id(site: str, customer: str) -> str:
    """The id of a customer's energy; one that is not plain has a hash, so that none is shared."""
    return f"{_customer_id(site, customer)}_energy"


def cost_id(site: str, customer: str, currency: str) -> str:
    """The id of a customer's cost; a statistic has one unit, and so each currency its own."""
    return f"{_customer_id(site, customer)}_cost_{slugify(currency)}"


def _customer_id(site: str, customer: str) -> str:
    plain = slugify(customer)
    if plain != customer:
        plain = f"{plain}_{hashlib.sha256(customer.encode()).hexdigest()[:6]}"
    return f"{DOMAIN}:{slugify(site)}_{plain}"


def _same(there: tuple[float, float], wanted: tuple[float, float]) -> bool:
    return all(abs(a - b) < _ENOUGH for a, b in zip(there, wanted, strict=True))
