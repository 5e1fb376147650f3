"""Prices by interval: as they were imported, and as issued bills were made with them.

Rows are added and never changed; of imported prices the last one of a time is in force.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy import Connection, func, insert, select

from bcm_mqtt.domain.tariff import (
    PriceChange,
    PriceEntry,
    PriceImport,
    PriceSeries,
    SeriesPrices,
)
from bcm_mqtt.domain.time import whole_ms
from bcm_mqtt.errors import InputError
from bcm_mqtt.store.bulk import Row, put
from bcm_mqtt.store.database import Repository, lock
from bcm_mqtt.store.tables import price, price_import, price_used
from bcm_mqtt.store.types import ms_of

_MINUTE_MS: Final = 60_000
_LONGEST: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class UsedPrices:
    """Prices of a series, as a bill was made with them.

    Attributes:
        sha256: Of `seen`, hexadecimal: the fingerprint that the bill has of them.
        seen: The prices as JSON, by the parts of the month in which its tariff names the series.
        minutes: How long each holds, in their order; or one number for all.
    """

    sha256: str
    seen: str = field(repr=False)
    minutes: str = field(repr=False)


def read_used(connection: Connection, hashes: Collection[str]) -> dict[str, UsedPrices]:
    """Those of some hashes, by hash, as far as they are stored."""
    query = select(price_used).where(price_used.c.sha256.in_(hashes))
    return {row.sha256: UsedPrices(*row) for row in connection.execute(query)}


def put_used(connection: Connection, used: Iterable[UsedPrices]) -> None:
    """Stores what is not there yet."""
    by_hash = {one.sha256: one for one in used}
    rows: list[Row] = [(key, one.seen, one.minutes) for key, one in sorted(by_hash.items())]
    put(connection, price_used, rows, replace=False)


class Prices(Repository):
    """Prices of the site's series; they are where what was measured is."""

    def enter(self, series: PriceSeries, given: SeriesPrices, entry: PriceEntry) -> PriceChange:
        """Stores the prices that are not there as they are given, all or none.

        Raises:
            InputError: some correct others, and the entry has no reason; or they overlap prices
                of another length; or stored prices of the series are in another currency.
        """
        with self._database.writing() as connection:
            lock(connection, price_import)
            change = _changed(connection, series, given)
            added = change.added
            if not added.nano.size:
                return change  # whoever got no answer may repeat it
            if change.reason_needed and not entry.reason:
                message = f"prices of {series.id} would be corrected: expected a reason"
                raise InputError.of(message)
            number = (connection.execute(select(func.max(price_import.c.id))).scalar() or 0) + 1
            row = {
                "id": number,
                "series": series.id,
                "currency": series.currency,
                "prices": added.nano.size,
                "corrected": int(change.corrected.sum()),
                "author": entry.author,
                "reason": entry.reason,
                "made": whole_ms(entry.made),
            }
            connection.execute(insert(price_import), row)
            minutes = ((added.ends_ms - added.starts_ms) // _MINUTE_MS).tolist()
            columns = added.starts_ms.tolist(), minutes, added.nano.tolist()
            rows = [
                (series.id, at, number, length, nano)
                for at, length, nano in zip(*columns, strict=True)
            ]
            put(connection, price, rows, replace=False)
        return change

    def changed(self, series: PriceSeries, given: SeriesPrices) -> PriceChange:
        """What an import would add; nothing is stored. Raises as `enter`, but for the reason."""
        with self._database.reading() as connection:
            return _changed(connection, series, given)

    def of(self, series: PriceSeries, start: datetime, end: datetime) -> SeriesPrices:
        """The prices in force that hold in any of start <= t < end.

        Raises:
            InputError: stored prices of the series are in another currency.
        """
        with self._database.reading() as connection:
            _check_currency(connection, series)
            return _read(connection, series.id, start, end)

    def imports(self) -> list[PriceImport]:
        """All imports, in the order of their coming."""
        query = select(price_import).order_by(price_import.c.id)
        with self._database.reading() as connection:
            return [
                PriceImport(
                    *(row.series, row.currency, row.prices, row.corrected),
                    PriceEntry(row.author, row.reason, row.made),
                )
                for row in connection.execute(query)
            ]


def _changed(connection: Connection, series: PriceSeries, given: SeriesPrices) -> PriceChange:
    _check_currency(connection, series)
    last = given.nano.size - 1
    stored = _read(connection, series.id, given.start(0), given.end(last))
    try:
        return PriceChange.of(stored, given)
    except ValueError as error:
        raise InputError.of(f"series {series.id}: {error}") from None


def _check_currency(connection: Connection, series: PriceSeries) -> None:
    column = price_import.c
    query = select(column.currency).where(column.series == series.id).distinct()
    others = {row.currency for row in connection.execute(query)} - {series.currency}
    if others:
        message = f"series {series.id} has stored prices in {', '.join(sorted(others))}"
        raise InputError.of(f"{message}, not {series.currency}: expected another id for it")


def _read(connection: Connection, series: str, start: datetime, end: datetime) -> SeriesPrices:
    column = price.c
    query = (
        select(ms_of(column.start, connection.dialect.name), column.minutes, column.nano_per_kwh)
        .where(column.series == series, column.start > start - _LONGEST, column.start < end)
        .order_by(column.start, column.import_id)
    )
    rows = connection.execute(query).all()
    starts, minutes, nano = np.array(rows, np.int64).reshape(-1, 3).T
    ends = starts + minutes * _MINUTE_MS
    last = np.ones(starts.size, np.bool_)
    last[:-1] = starts[1:] != starts[:-1]
    return SeriesPrices(starts[last], ends[last], nano[last])
