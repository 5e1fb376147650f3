"""Files with prices of a series: what is read, and one line for each mistake."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.config.tariffs.price_file import price_rows, read_prices
from bcm_mqtt.domain.tariff import EnergyUnit, PriceSeries
from bcm_mqtt.errors import InputError

BERLIN = ZoneInfo("Europe/Berlin")
SPOT = PriceSeries("spot", "EUR", EnergyUnit.MWH, 60, BERLIN)
NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)


def of(folder: Path, text: str | bytes, series: PriceSeries = SPOT) -> list[tuple[str, str]]:
    """Prices as UTC and price per kWh."""
    file = folder / "spot.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = read_prices(file, series, NOW)
    return [
        (f"{found.start(index):%d %H:%M}", f"{found.decimal(index).normalize():f}")
        for index in range(found.nano.size)
    ]


def refused(folder: Path, text: str | bytes, series: PriceSeries = SPOT) -> list[str]:
    with pytest.raises(InputError) as caught:
        of(folder, text, series)
    return [str(one).removeprefix(f"{folder}/") for one in caught.value.problems]


def test_local_times_and_prices_per_mwh(tmp_path: Path) -> None:
    text = "time,price\n2026-03-28 23:00,81.25\n2026-03-29 00:00,-5\n2026-03-29 01:00,0\n"
    expected = [("28 22:00", "0.08125"), ("28 23:00", "-0.005"), ("29 00:00", "0")]
    assert of(tmp_path, text) == expected
    assert of(tmp_path, b"\xef\xbb\xbf" + text.encode()) == expected  # a byte order mark


def test_times_with_offsets_prices_per_kwh_and_quarter_hours(tmp_path: Path) -> None:
    series = PriceSeries("rt", "EUR", EnergyUnit.KWH, 15, BERLIN)
    text = "time,price,unit,currency\n2026-03-29T01:00Z,0.081254321,kWh,EUR\n"
    text += "2026-03-29T03:15+02:00,1,EUR/kWh,\n"
    assert of(tmp_path, text, series) == [("29 01:00", "0.081254321"), ("29 01:15", "1")]


def test_the_day_of_23_hours_has_no_hour_from_2(tmp_path: Path) -> None:
    text = "time,price\n2026-03-29 01:00,1\n2026-03-29 03:00,2\n"
    assert of(tmp_path, text) == [("29 00:00", "0.001"), ("29 01:00", "0.002")]
    (said,) = refused(tmp_path, "time,price\n2026-03-29 01:00,1\n2026-03-29 02:00,2\n")
    assert said.startswith("spot.csv:3: time: 2026-03-29 02:00:00 does not exist in Europe/Berlin")


def test_the_hour_that_comes_twice_comes_twice(tmp_path: Path) -> None:
    series = PriceSeries("spot", "EUR", EnergyUnit.MWH, 30, BERLIN)
    text = "time,price\n2025-10-26 01:30,0\n2025-10-26 02:00,1\n2025-10-26 02:30,2\n"
    text += "2025-10-26 02:00,3\n2025-10-26 02:30,4\n2025-10-26 03:00,5\n"
    assert of(tmp_path, text, series) == [
        *(("25 23:30", "0"), ("26 00:00", "0.001"), ("26 00:30", "0.002")),
        *(("26 01:00", "0.003"), ("26 01:30", "0.004"), ("26 02:00", "0.005")),
    ]
    once = "time,price\n2025-10-26 01:00,0\n2025-10-26 02:00,1\n2025-10-26 03:00,2\n"
    (said,) = refused(tmp_path, once)
    assert said == (
        "spot.csv:4: time: leaves a gap of 60 minutes before it: expected one 60 minutes after the "
        "row before it"
    )
    (said,) = refused(tmp_path, "time,price\n2025-10-26 02:00,1\n")
    assert "comes twice in Europe/Berlin" in said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("2026-03-01 00:00,1\n2026-03-01 00:00,1\n", "3: time: is the time of the row before it"),
        ("2026-03-01 01:00,1\n2026-03-01 00:00,1\n", "3: time: is before the time of the row bef"),
        ("2026-03-01 00:00,1\n2026-03-01 02:00,1\n", "3: time: leaves a gap of 60 minutes before"),
        ("2026-03-01 00:15,1\n", "2: time: expected a time on the 60 minutes of Europe/Berlin, no"),
        (
            "1 March,1\n",
            "2: time: expected a time such as 2026-03-29 01:00 or 2026-03-29T01:00+01:",
        ),
        ("1969-03-01,1\n", "2: time: expected a time from 1970 on, not '1969-03-01'"),
        ("2027-04-02 00:00,1\n", "2: time: expected a time until 2027-03-31, a year from now"),
        (
            '2026-03-01 00:00,"81,25"\n',
            "2: price: expected a number, with a decimal point and no c",
        ),
        ("2026-03-01 00:00,81,25\n", "2: 3 cells for 2 columns: quote a cell with a comma"),
        ("2026-03-01 00:00,\n", "2: price: expected a number, not ''"),
        ("2026-03-01 00:00,1.1234567\n", "2: price: expected at most 6 decimals, not '1.1234567'"),
        ("2026-03-01 00:00,1e10\n", "2: price: expected at most 1000000000, not '1e10'"),
        ("", "1: has no prices: expected a row for each"),
    ],
)
def test_each_mistake_is_a_line(tmp_path: Path, rows: str, said: str) -> None:
    (found,) = refused(tmp_path, f"time,price\n{rows}")
    assert found.startswith(f"spot.csv:{said}")


def test_quarter_hours_overlap_in_a_series_of_hours(tmp_path: Path) -> None:
    half = PriceSeries("spot", "EUR", EnergyUnit.MWH, 60, ZoneInfo("UTC"))
    rows = "time,price\n2026-03-01 00:00,1\n2026-03-01 00:15,1\n"
    (said,) = refused(tmp_path, rows, half)
    assert said.startswith("spot.csv:3: time: expected a time on the 60 minutes of UTC, not")


@pytest.mark.parametrize(
    ("columns", "row", "said"),
    [
        ("unit", "kWh", "unit: expected MWh of series spot, not 'kWh'"),
        ("unit", "EUR/kWh", "unit: expected MWh of series spot, not 'kWh'"),
        ("currency", "USD", "currency: expected EUR of series spot, not 'USD'"),
    ],
)
def test_other_units_and_currencies_are_refused(
    tmp_path: Path, columns: str, row: str, said: str
) -> None:
    text = f"time,price,{columns}\n2026-03-01 00:00,1,{row}\n"
    assert refused(tmp_path, text) == [f"spot.csv:2: {said}"]


def test_other_files_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "time;price\n2026-03-01;1\n") == [
        "spot.csv:1: semicolons between columns: expected commas; save it with commas"
    ]
    assert len(refused(tmp_path, "time,price\n" + "x,y\n" * 1000)) == 20
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_prices(tmp_path / "none.csv", SPOT)


def test_an_export_is_read_back(tmp_path: Path) -> None:
    text = "time,price\n2026-03-29T01:00+01:00,-81.25\n2026-03-29T03:00+02:00,0.000001\n"
    (tmp_path / "a.csv").write_text(text)
    found = read_prices(tmp_path / "a.csv", SPOT)
    assert (
        "time,price\n" + "".join(f"{at},{price}\n" for at, price in price_rows(found, SPOT)) == text
    )
    assert found.decimal(1) == Decimal("1e-9")
