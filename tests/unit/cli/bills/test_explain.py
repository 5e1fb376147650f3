"""`explain`: printed for people, and as JSON."""

import json
from pathlib import Path

import pytest

from unit.cli.bills.issued_site import issue, revise, write_measured_site
from unit.cli.conftest import Run


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_measured_site(tmp_path_factory.mktemp("site"))


def explained(run: Run, site: Path, *options: str) -> list[str]:
    ran = run("explain", "2026-03", "Customer1", "-c", site, *options)
    assert (ran.status, ran.err) == (0, "")
    return [line.strip() for line in ran.out.splitlines()]


def test_a_bill_is_explained_line_by_line(run: Run, site: Path) -> None:
    lines = explained(run, site)
    assert lines[0] == "Customer1, 2026-03, draft"
    assert "1. Energy: 891.600 kWh x 0.1185 = 105.65 USD (made from energy)" in lines
    assert (
        "rpp-1a:1 Customer1-A-1, 2026-03-01 00:00 EST to 2026-04-01 00:00 EDT: "
        "891,600,000,000 uWh / 1,000,000,000 = 891.600 kWh"
    ) in lines


def test_an_interval_is_explained_down_to_the_register(run: Run, site: Path) -> None:
    lines = explained(run, site, "--circuit", "rpp-1a:1", "--at", "2026-03-08T03:15")
    assert "energy: 9,000,000,000 mA ms x 120 V x pf 1 / 3,600 = 300,000,000 uWh" in str(lines)
    assert (
        "readings of pole 1: unit id 1, meter 1 channel 1, "
        "register 501 (address 501, function code 3)"
    ) in lines
    assert "10,000 mA x 900,000 ms = 9,000,000,000 mA ms (read 100 x 0.1 A = 10 A" in str(lines)


def test_a_day_is_explained_by_its_intervals(run: Run, site: Path) -> None:
    lines = explained(run, site, "--circuit", "rpp-1a:1", "--day", "2026-03-08")
    assert "2026-03-08 03:15 EDT: 300,000,000 uWh" in lines
    assert "together: sum of the steps above = 27,600,000,000 uWh" in lines


def test_json_has_every_part_of_a_step(run: Run, site: Path) -> None:
    ran = run("explain", "2026-03", "Customer1", "-c", site, "--line", "1", "--format", "json")
    sections = json.loads(ran.out)
    assert sections[1] == {
        "title": "line",
        "steps": [
            {
                "what": "1. Energy",
                "value": "105.65",
                "unit": "USD",
                "formula": "891.600 kWh x 0.1185",
                "note": "made from energy",
            }
        ],
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--circuit", "rpp-1a"], "--circuit 'rpp-1a': expected PANEL:POLE such as rpp-1a:1"),
        (["--circuit", "rpp-1a:3"], "circuit rpp-1a:3: expected one of rpp-1a:1"),
        (["--at", "noon"], "--at 'noon': expected a date or time such as 2026-03-10"),
        (["--at", "2026-04-01T12:00"], "expected a time of 2026-03"),
        (["--day", "2026-03-08"], "expected a circuit with a day"),
        (["--day", "friday"], "--day 'friday': expected a date such as 2026-03-10"),
        (["--line", "7"], "line 7: expected a line from 1 to 1"),
    ],
)
def test_what_cannot_be_explained_is_told_in_a_line(
    run: Run, site: Path, options: list[str], said: str
) -> None:
    ran = run("explain", "2026-03", "Customer1", "-c", site, *options)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(said)
    assert ran.err.count("\n") == 1


def test_an_issued_bill_is_explained_as_it_was_issued(run: Run, tmp_path: Path) -> None:
    config = write_measured_site(tmp_path / "site")
    issue(config)
    assert explained(run, config)[0] == "Customer1, 2026-03, issued as bill 2"
    tariffs = config.parent / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text().replace("0.1185", "0.1285"))
    assert "1. Energy: 891.600 kWh x 0.1185 = 105.65 USD" in str(explained(run, config))
    revise(config)
    assert "1. Energy: 891.600 kWh x 0.1285 = 114.57 USD" in str(explained(run, config))
