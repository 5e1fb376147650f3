"""`prices` as it is typed."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from bcm_mqtt.store import Store
from unit.billing.issue.site import issue, measured
from unit.billing.issue.test_prices_of_series import FIRST, PRICED, SPOT, hourly
from unit.cli.conftest import Run
from unit.site_files import database_url

MARCH = "time,price\n2026-03-01 00:00,81.25\n2026-03-01 01:00,-5\n2026-03-01 02:00,0\n"
SERIES = "series:\n  day-ahead: {currency: USD, unit: MWh, resolution: 60min}\n"


@pytest.fixture
def site(stored: Path) -> Path:
    """The stored site, with a series."""
    tariffs = stored.parent / "tariffs.yaml"
    tariffs.write_text(SERIES + tariffs.read_text())
    return stored


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "march.csv").write_text(MARCH)
    return tmp_path / "march.csv"


def test_prices_are_imported_listed_and_exported(run: Run, site: Path, file: Path) -> None:
    ran = run("prices", "import", file, "--by", "J. Doe", "-c", site)
    expected = "prices of day-ahead: 3 new, 0 corrected, 0 as they were\n"
    assert (ran.status, ran.out) == (0, expected), ran.err
    ran = run("prices", "list", "-c", site, "--format", "json")
    assert json.loads(ran.out) == [
        {
            "series": "day-ahead",
            "currency": "USD",
            "unit": "MWh",
            "minutes": 60,
            "first": "2026-03-01T00:00-05:00",
            "until": "2026-03-01T03:00-05:00",
            "prices": 3,
            "gaps": 0,
            "source": "imported",
        }
    ]
    ran = run("prices", "export", "day-ahead", "2026-03", "-c", site)
    assert ran.out == (
        "time,price\n2026-03-01T00:00-05:00,81.25\n2026-03-01T01:00-05:00,-5\n"
        "2026-03-01T02:00-05:00,0\n"
    )


def test_corrections_need_a_reason_and_a_dry_run_stores_nothing(
    run: Run, site: Path, file: Path
) -> None:
    run("prices", "import", file, "--by", "A", "-c", site)
    file.write_text(MARCH.replace("-5", "5"))
    ran = run("prices", "import", file, "--by", "A", "--dry-run", "-c", site)
    assert ran.out == (
        "prices of day-ahead: 0 new, 1 corrected, 2 as they were; nothing was stored\n"
    )
    ran = run("prices", "import", file, "--by", "A", "-c", site)
    assert (ran.status, ran.err) == (
        2,
        "prices of day-ahead would be corrected: expected a reason\n",
    )
    ran = run("prices", "import", file, "--by", "A", "--reason", "exchange", "-c", site)
    assert ran.out == "prices of day-ahead: 0 new, 1 corrected, 2 as they were\n"


def test_bills_that_corrections_touch_are_named_before_anything_is_stored(
    run: Run, site: Path, file: Path
) -> None:
    with closing(Store(database_url(site.parent))) as store:
        measured(store)
        store.prices.enter(SPOT, hourly(), FIRST)
        issue(store, PRICED)
    tariffs = site.parent / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text().replace("day-ahead", "spot"))
    arguments = ("prices", "import", file, "--by", "B", "--reason", "exchange", "-c", site)
    ran = run(*arguments)
    assert (ran.status, ran.err) == (
        1,
        "bcm-mqtt: nothing was stored: repeat it with --yes, then revise these bills\n",
    )
    differs = "rests on prices that are corrected: it differs until it is revised"
    assert ran.out == (
        f"bill 1 of Customer1 for 2026-03 {differs}\nbill 2 of Customer2 for 2026-03 {differs}\n"
    )
    with closing(Store(database_url(site.parent))) as store:
        assert len(store.prices.imports()) == 1
    ran = run(*arguments, "--yes")
    assert ran.out.endswith("prices of spot: 0 new, 3 corrected, 0 as they were\n")
    with closing(Store(database_url(site.parent))) as store:
        assert [one.corrected for one in store.prices.imports()] == [0, 3]


def test_a_series_without_prices_is_listed(run: Run, site: Path) -> None:
    ran = run("prices", "list", "-c", site, "--format", "csv")
    assert ran.out.splitlines()[1] == "day-ahead,USD,MWh,60,,,0,0,imported"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--series", "spot"), "unknown series 'spot': expected one of day-ahead\n"),
        (("--by", " "), "import of prices: it has no author\n"),
    ],
)
def test_what_is_wrong_is_a_line(
    run: Run, site: Path, file: Path, arguments: tuple[str, ...], said: str
) -> None:
    ran = run("prices", "import", file, "--by", "A", *arguments, "-c", site)
    assert ran.status == 2
    assert ran.err == said


def test_a_bad_file_stores_nothing(run: Run, site: Path, file: Path) -> None:
    file.write_text(MARCH + "2026-03-01 04:00,1\n")
    ran = run("prices", "import", file, "--by", "A", "-c", site)
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)
    assert ran.err.startswith(f"{file}:5: time: leaves a gap of 60 minutes before it: expected ")
    assert '"prices": 0' in run("prices", "list", "-c", site, "--format", "json").out


def test_a_series_of_a_file_is_not_imported(run: Run, site: Path, file: Path) -> None:
    tariffs = site.parent / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text().replace("60min", f"60min, file: {file}"))
    ran = run("prices", "import", file, "--by", "A", "-c", site)
    assert (ran.status, ran.err) == (
        2,
        f"series day-ahead has its prices in {file}: expected them there\n",
    )
    (row,) = json.loads(run("prices", "list", "-c", site, "--format", "json").out)
    assert (row["prices"], row["source"]) == (3, "march.csv")


def test_without_a_series_and_with_several_one_is_expected(
    run: Run, stored: Path, file: Path
) -> None:
    ran = run("prices", "import", file, "--by", "A", "-c", stored)
    assert (ran.status, ran.err) == (
        2,
        "expected --series, one of none, as tariffs.yaml has no series\n",
    )
