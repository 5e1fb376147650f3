"""The greatest windows of days, as they were made while the polls of these days were stored."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select

from bcm_mqtt.domain.usage.fine.day_peak import DayPeak
from bcm_mqtt.store.database import Repository
from bcm_mqtt.store.tables import demand_peak

_KEY = tuple(demand_peak.primary_key.columns.keys())


class PeakKey(NamedTuple):
    """Whose demand by which measure; days are those of a zone, by its key."""

    customer: str
    measure: str
    zone: str


class DemandPeaks(Repository):
    """Demand in windows finer than quarter hours, by customer, measure and day."""

    def of(self, first: date, last: date) -> dict[PeakKey, dict[date, DayPeak]]:
        """Those of some days, both included."""
        columns = demand_peak.c
        query = select(demand_peak).where(columns.day >= first, columns.day <= last)
        found = dict[PeakKey, dict[date, DayPeak]]()
        with self._database.reading() as connection:
            for row in connection.execute(query):
                peak = DayPeak(
                    row.day, row.microwatt_hours, row.at, measured=bool(row.measured), load=row.load
                )
                found.setdefault(PeakKey(row.customer, row.measure, row.zone), {})[row.day] = peak
        return found

    def put(self, peaks: Sequence[tuple[PeakKey, DayPeak]]) -> None:
        """Stores peaks; one replaces an earlier one of its day."""
        if not peaks:
            return
        rows = [
            key._asdict() | asdict(peak) | {"measured": int(peak.measured)} for key, peak in peaks
        ]
        same = [demand_peak.c[name] == bindparam(f"key_{name}") for name in _KEY]
        keys = [{f"key_{name}": row[name] for name in _KEY} for row in rows]
        with self._database.writing() as connection:
            connection.execute(delete(demand_peak).where(*same), keys)
            connection.execute(insert(demand_peak), rows)
