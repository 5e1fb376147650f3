"""Prices of a series as CSV: a row for each interval, `time,price`, without holes.

Times have an offset, or are those of the series' zone, where the hour that comes twice comes
twice in the file, too. A file is taken as a whole or not at all.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from bcm_mqtt.config.directory.csv_rows import content_of, read_rows, text_of
from bcm_mqtt.domain.number import decimal_of
from bcm_mqtt.domain.tariff import NANO, PriceSeries, SeriesPrices
from bcm_mqtt.domain.time import EPOCH, LocalTimeError, only_instant, to_ms
from bcm_mqtt.errors import InputError

_COLUMNS: Final = ("time", "price", "unit", "currency")
_REQUIRED: Final = ("time", "price")
_GREATEST: Final = 10**6
"""Of the currency per kWh."""
_MOST_PROBLEMS: Final = 20
"""Of rows: a file of another kind has something wrong in each."""
_MINUTE_MS: Final = 60_000
_AHEAD: Final = timedelta(days=366)
_EXAMPLE: Final = "2026-03-29 01:00 or 2026-03-29T01:00+01:00"


def read_prices(file: Path, series: PriceSeries, now: datetime | None = None) -> SeriesPrices:
    """The prices of a file.

    Args:
        file: To read.
        series: Whose prices they are: says their unit, how long each holds, and their zone.
        now: Prices of more than a year later are refused; None takes them.

    Raises:
        InputError: every problem of the file, or the first of many.
    """
    source = str(file)
    read = read_rows(text_of(content_of(file), source), source, _COLUMNS, _REQUIRED)
    latest = now + _AHEAD if now else None
    step_ms = series.minutes * _MINUTE_MS
    starts, nano = list[int](), list[int]()
    for row in read.rows:
        if len(read.problems) >= _MOST_PROBLEMS:
            break
        line, cells = row.lines[0], read.named(row)
        before = starts[-1] if starts else None
        try:
            start = _start(cells["time"], series, before)
            _check_order(start, before, series, latest)
            starts.append(start)
            nano.append(_nano(cells, series))
        except _WrongError as error:
            read.complain(line, error.column, str(error))
    if not starts and not read.problems:
        read.complain(read.header_line, "", "has no prices: expected a row for each")
    if read.problems:
        raise InputError(read.problems)
    at = np.array(starts, np.int64)
    return SeriesPrices(at, at + step_ms, np.array(nano, np.int64))


class _WrongError(ValueError):
    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def _start(cell: str, series: PriceSeries, before: int | None) -> int:
    """When a price begins, in ms since the epoch."""
    try:
        at = datetime.fromisoformat(cell)
    except ValueError:
        raise _WrongError("time", f"expected a time such as {_EXAMPLE}, not {cell!r}") from None
    try:
        start = to_ms(at.astimezone(UTC)) if at.tzinfo else _local(at, series.zone, before)
    except OverflowError:
        start = -1
    if start < to_ms(EPOCH):
        raise _WrongError("time", f"expected a time from 1970 on, not {cell!r}")
    local = (datetime.fromtimestamp(start / 1000, UTC)).astimezone(series.zone)
    if local.second or local.microsecond or local.minute % series.minutes:
        message = f"expected a time on the {series.minutes} minutes of {series.zone.key}"
        raise _WrongError("time", f"{message}, not {cell!r}")
    return start


def _local(at: datetime, zone: ZoneInfo, before: int | None) -> int:
    """Of a time that clocks show twice the first, and the second after that one."""
    try:
        return to_ms(only_instant(at, zone))
    except LocalTimeError as error:
        first, second = (to_ms(at.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
        if first > second or before is None:  # it never comes, or may be either
            raise _WrongError("time", str(error)) from None
        return first if before < first else second


def _check_order(
    start: int, before: int | None, series: PriceSeries, latest: datetime | None
) -> None:
    if latest and start > to_ms(latest):
        raise _WrongError("time", f"expected a time until {latest:%Y-%m-%d}, a year from now")
    if before is None:
        return
    minutes = (start - before) / _MINUTE_MS
    expected = f"expected one {series.minutes} minutes after the row before it"
    if minutes == 0:
        raise _WrongError("time", f"is the time of the row before it: {expected}")
    if minutes < 0:
        raise _WrongError("time", f"is before the time of the row before it: {expected}")
    if minutes < series.minutes:
        message = f"is within the {series.minutes} minutes of the row before it"
        raise _WrongError("time", f"{message}: {expected}")
    if minutes > series.minutes:
        message = f"leaves a gap of {minutes - series.minutes:.0f} minutes before it"
        raise _WrongError("time", f"{message}: {expected}")


def _nano(cells: dict[str, str], series: PriceSeries) -> int:
    """Billionths of the currency per kWh."""
    for column, own in (("unit", series.unit.value), ("currency", series.currency)):
        said = cells.get(column, "")
        said = said.partition("/")[2] or said if column == "unit" else said
        if said and said != own:
            raise _WrongError(column, f"expected {own} of series {series.id}, not {said!r}")
    cell = cells["price"]
    try:
        price = decimal_of(cell)
    except ValueError as error:
        raise _WrongError("price", str(error)) from None
    exactly = price * NANO / series.unit.kwh
    if exactly != exactly.to_integral_value():
        digits = 6 if series.unit.kwh > 1 else 9
        raise _WrongError("price", f"expected at most {digits} decimals, not {cell!r}")
    if abs(price) > _GREATEST * series.unit.kwh:
        raise _WrongError("price", f"expected at most {_GREATEST * series.unit.kwh}, not {cell!r}")
    return int(exactly)


def price_rows(prices: SeriesPrices, series: PriceSeries) -> Iterator[tuple[str, str]]:
    """Each price as a file has it: its time with the offset, and the price in the series' unit."""
    for index in range(prices.nano.size):
        at = prices.start(index).astimezone(series.zone)
        price = prices.decimal(index) * series.unit.kwh
        yield at.isoformat(timespec="minutes"), f"{price.normalize():f}"
