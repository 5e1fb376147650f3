"""Series of prices in tariffs.yaml, and energy prices that name them."""

from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.config import FollowedSettings
from bcm_mqtt.domain.tariff import Block, EnergyUnit, PeriodPrice, SeriesPrice
from unit.config.site_files import complaints, loaded, write

SERIES = """\
series:
  day-ahead: {currency: USD, unit: MWh, resolution: 60min}
"""


def tariffs(energy: str, series: str = SERIES, more: str = "") -> str:
    version = f"valid_from: 2026-01-01, energy: {energy}{more}"
    return f"{series}tariffs:\n  standard:\n    versions:\n      - {{{version}}}\n"


def energy(folder: Path, written: str, more: str = "") -> object:
    settings = loaded(folder, {"tariffs.yaml": tariffs(written, more=more)})
    return settings.terms.tariffs["standard"].versions[0].energy


def test_a_price_by_a_series(tmp_path: Path) -> None:
    assert energy(tmp_path, "{series: day-ahead}") == SeriesPrice("day-ahead")
    written = "{series: day-ahead, factor: 1.05, adder: -0.01, losses: 1.04, "
    written += "block: {kw: 50, price: 0.08}}"
    assert energy(tmp_path, written) == SeriesPrice(
        *("day-ahead", Decimal("1.05"), Decimal("-0.01"), Decimal("1.04")),
        Block(Decimal(50), Decimal("0.08")),
    )


def test_of_a_period_and_of_a_period_that_is_called_series(tmp_path: Path) -> None:
    schedule = ", schedule: [{period: day, hours: 06:00-22:00}], otherwise: series"
    written = "{day: {series: day-ahead}, series: 0.05}"
    assert energy(tmp_path, written, schedule) == (
        PeriodPrice("day", SeriesPrice("day-ahead")),
        PeriodPrice("series", Decimal("0.05")),
    )


def test_a_series_has_its_own_currency_unit_resolution_and_zone(tmp_path: Path) -> None:
    series = SERIES + "  rt: {currency: EUR, unit: kWh, resolution: 15min, time_zone: Asia/Tokyo}\n"
    found = loaded(tmp_path, {"tariffs.yaml": tariffs("0.1", series)}).terms.series
    assert (found["rt"].currency, found["rt"].unit, found["rt"].minutes, found["rt"].zone) == (
        *("EUR", EnergyUnit.KWH, 15),
        ZoneInfo("Asia/Tokyo"),
    )
    assert (found["day-ahead"].zone.key, found["day-ahead"].stated) == ("America/New_York", None)


def test_prices_of_a_file_are_read_and_followed(tmp_path: Path) -> None:
    series = SERIES.replace("60min", "60min, file: spot.csv")
    (tmp_path / "spot.csv").write_text("time,price\n2026-03-01 00:00,50\n")
    followed = FollowedSettings(loaded(tmp_path, {"tariffs.yaml": tariffs("0.1", series)}))
    stated = followed.current().terms.series["day-ahead"].stated
    assert stated
    assert stated.nano.tolist() == [50_000_000]
    (tmp_path / "spot.csv").write_text("time,price\n2026-03-01 00:00,60.00\n")
    stated = followed.current().terms.series["day-ahead"].stated
    assert stated
    assert stated.nano.tolist() == [60_000_000]


@pytest.mark.parametrize(
    ("written", "series", "said"),
    [
        (
            "{series: dayahead}",
            SERIES,
            "6: versions.0.energy.series: unknown series 'dayahead': expected one of day-ahead",
        ),
        (
            "{series: day-ahead}",
            SERIES.replace("USD", "EUR"),
            "6: versions.0.energy.series: series day-ahead has prices in EUR, the tariff is in USD",
        ),
        (
            "{series: day-ahead, facter: 2}",
            SERIES,
            "6: versions.0.energy.facter: unknown key: did you mean factor?",
        ),
        (
            "{series: day-ahead, losses: 0.9}",
            SERIES,
            "6: versions.0.energy.losses: expected a number from 1, not 0.9",
        ),
        (
            "0.1",
            SERIES.replace("60min", "5min"),
            "2: series.day-ahead.resolution: expected 15min, 30min or 60min, not '5min'",
        ),
        (
            "0.1",
            SERIES.replace("MWh", "GWh"),
            "2: series.day-ahead.unit: expected kWh or MWh, not 'GWh'",
        ),
        (
            "0.1",
            SERIES.replace("60min", "60min, file: none.csv"),
            "none.csv: cannot be read: No such file or directory",
        ),
    ],
)
def test_what_is_wrong_is_a_line(tmp_path: Path, written: str, series: str, said: str) -> None:
    (found,) = complaints(tmp_path, {"tariffs.yaml": tariffs(written, series)})
    found = found.removeprefix("tariffs.yaml:").replace("tariffs.standard.", "")
    assert found.removesuffix(": expected the same") == said


def test_a_tariff_by_a_wrong_series_is_not_blamed_twice(tmp_path: Path) -> None:
    file = {"tariffs.yaml": tariffs("{series: day-ahead}", SERIES.replace("MWh", "GWh"))}
    assert len(complaints(tmp_path, file)) == 1
    assert write(tmp_path, {}).exists()
