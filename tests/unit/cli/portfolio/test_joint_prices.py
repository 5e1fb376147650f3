"""One bill over two sites, each with a day-ahead series of its own that has the same id."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bcm_mqtt.cli import main
from bcm_mqtt.domain.time import Month
from unit.cli.conftest import Run
from unit.cli.portfolio.measured_portfolio import write_measured_portfolio
from unit.cli.portfolio.test_one_bill import MONTH, ONE_BILL
from unit.portfolio_files import change

ZONES = {"dc1": ZoneInfo("America/New_York"), "dc2": ZoneInfo("America/Chicago")}
PRICES = {"dc1": "100", "dc2": "50"}
FLAT = {"dc1": "0.1185", "dc2": "0.1042"}
SERIES = "series:\n  day-ahead: {currency: USD, unit: MWh, resolution: 60min}\n"
BY = "{series: day-ahead}, taxes: [{name: Sales tax, percent: 6.625}]}"


def at(site: str, hour: int) -> datetime:
    """An hour of the site's month."""
    return Month.parse(MONTH).bounds(ZONES[site])[0] + timedelta(hours=hour)


def imported(file: Path, site: str, hours: range, price: str, *more: str) -> int:
    rows = [f"{at(site, hour).isoformat()},{price}" for hour in hours]
    prices = file.parent / f"{site}.csv"
    prices.write_text("\n".join(["time,price", *rows, ""]))
    where = ("--portfolio", str(file), "--site", site, "--by", "J. Doe")
    return main(["prices", "import", str(prices), *where, *more])


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the last hour of the month one site has no price yet; nobody changes it."""
    file = write_measured_portfolio(tmp_path_factory.mktemp("office") / "portfolio")
    change(file, "acme: {dc1: Customer1, dc2: ACME}", ONE_BILL)
    for site in ZONES:
        tariffs = file.parent / site / "tariffs.yaml"
        change(tariffs, f"energy: {FLAT[site]}}}", f"energy: {BY}")
        tariffs.write_text(SERIES + tariffs.read_text())
    assert imported(file, "dc1", range(743), PRICES["dc1"]) == 0
    assert imported(file, "dc2", range(742), PRICES["dc2"]) == 0
    return file


@pytest.fixture(scope="module")
def made(priced: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a bill for both sites; nobody changes it."""
    folder = tmp_path_factory.mktemp("issued") / "portfolio"
    shutil.copytree(priced.parent, folder)
    file = folder / priced.name
    assert imported(file, "dc2", range(742, 743), PRICES["dc2"]) == 0
    assert main(["bill", MONTH, "--portfolio", str(file), "--issue"]) == 0
    return file


@pytest.fixture
def file(made: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    shutil.copytree(made.parent, tmp_path / "portfolio")
    return tmp_path / "portfolio" / made.name


def verified(run: Run, file: Path) -> dict[str, object]:
    """The joint bill."""
    ran = run("bill", "verify", "--portfolio", file, "--format", "json")
    assert ran.status == 0, ran.err
    (bill,) = json.loads(ran.out)[-1]["bills"]
    assert bill["customer"] == "acme"
    return dict(bill)


def test_each_site_is_priced_by_its_own_series(run: Run, file: Path) -> None:
    """3.28 kW for 743 h at 0.10 are 243.704, 1.44 kW at 0.05 are 53.496.

    6.625 % of 297.20 are 19.69: together 316.89.
    """
    bill = verified(run, file)
    assert (bill["status"], bill["amount"], bill["amount_now"]) == ("ok", "316.89", "316.89")


def test_an_hour_without_a_price_at_one_site_holds_the_bill(
    run: Run, priced: Path, tmp_path: Path
) -> None:
    shutil.copytree(priced.parent, tmp_path / "portfolio")
    file = tmp_path / "portfolio" / priced.name
    ran = run("bill", MONTH, "--portfolio", file, "--issue")
    assert ran.status == 1
    assert (
        "acme is held for review: dc2: rpp-1a: Energy without a price: day-ahead has no price from "
        "2026-03-31 23:00 (-0500) to 2026-04-01 00:00 (-0500): 1.440 kWh without one"
    ) in ran.err


def test_a_correction_at_one_site_names_the_joint_bill_which_stays_provable(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """3.28 kWh cost 0.10 more: 244.03, with tax 317.24."""
    again = (range(100, 101), "200", "--reason", "corrected")
    assert imported(file, "dc1", *again) == 1
    said = capsys.readouterr()
    assert "bill 3 of acme for 2026-03 rests on prices that are corrected" in said.out
    assert "nothing was stored" in said.err
    assert imported(file, "dc1", *again, "--yes") == 0
    bill = verified(run, file)
    assert bill["changed"] == ["dc1: prices of day-ahead"]
    assert (bill["amount"], bill["amount_now"], bill["proved"]) == ("316.89", "317.24", True)
    ran = run("explain", MONTH, "acme", "--line", "1", "--portfolio", file)
    assert ran.status == 0, ran.err
    assert "prices of day-ahead as this bill was issued with them" in ran.out
    assert "243.704" in ran.out
    ran = run("bill", MONTH, "--portfolio", file, "--revise", "--reason", "corrected prices")
    assert ran.status == 0, ran.err
    assert "acme, 317.24 USD, revision 1 of bill 3: +0.35 USD" in ran.err
    assert verified(run, file)["status"] == "ok"


def test_a_price_of_another_site_touches_no_bill(file: Path) -> None:
    assert imported(file, "dc2", range(743, 744), "1") == 0
