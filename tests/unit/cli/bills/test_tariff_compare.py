"""`tariff compare` and `bill rehearse` as they are typed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from unit.billing.rehearsing.two_months import two_months
from unit.cli.conftest import Run
from unit.site_files import database_url, write_site

TARIFFS = """\
tariffs:
  standard: {currency: USD, versions: [{valid_from: 2026-01-01, energy: 0.1185}]}
  dearer:
    currency: USD
    versions: [{valid_from: 2026-01-01, energy: 0.10}, {valid_from: 2026-04-01, energy: 0.2}]
"""
COLUMNS = "customer,month,kwh,tariff,currency,cost,own tariff,difference"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    written = write_site(tmp_path / "site", circuits=None)
    (written.parent / "tariffs.yaml").write_text(TARIFFS)
    two_months(Path(database_url(written.parent).removeprefix("sqlite:///"))).close()
    monkeypatch.setattr("bcm_mqtt.cli.billed.now", lambda: datetime(2026, 4, 1, 13, tzinfo=UTC))
    return written


def test_months_are_compared_as_csv(run: Run, config: Path) -> None:
    ran = run(
        *("tariff", "compare", "2026-02", "2026-03", "-c", config, "--customer", "Customer1"),
        *("--tariff", "dearer", "--format", "csv"),
    )
    assert ran.status == 0, ran.err
    assert ran.out.splitlines() == [
        COLUMNS,
        "Customer1,2026-02,1612.8,standard,USD,191.12,yes,",
        "Customer1,2026-02,1612.8,dearer,USD,161.28,,-29.84",
        "Customer1,2026-03,891.6,standard,USD,105.65,yes,",
        "Customer1,2026-03,891.6,dearer,USD,89.16,,-16.49",
    ]


def test_the_table_ends_with_the_sum_of_each_customer(run: Run, config: Path) -> None:
    ran = run("tariff", "compare", "2026-02", "2026-03", "-c", config, "--rates-of", "2026-04")
    assert ran.status == 0, ran.err
    sums = [line.split() for line in ran.out.splitlines() if "2026-02 to 2026-03" in line]
    assert sums[:3] == [
        # The names of tariffs are sorted: dearer, standard.
        ["Customer1", "2026-02", "to", "2026-03", "2,504.400", "standard", "USD", "296.77", "yes"],
        [
            "Customer1",
            "2026-02",
            "to",
            "2026-03",
            "2,504.400",
            "dearer",
            "USD",
            "500.88",
            "+204.11",
        ],
        [
            "Customer1",
            "2026-02",
            "to",
            "2026-03",
            "2,504.400",
            "standard",
            "USD",
            "296.77",
            "+0.00",
        ],
    ]


def test_what_has_no_rate_is_said_once(run: Run, config: Path) -> None:
    file = config.parent / "tariffs.yaml"
    late = "  late: {currency: USD, versions: [{valid_from: 2026-03-01, energy: 0.3}]}\n"
    file.write_text(TARIFFS + late)
    ran = run("tariff", "compare", "2026-02", "-c", config, "--tariff", "late")
    assert ran.status == 0
    assert ran.err == "tariff late has no rate from 2026-02-01 00:00 on\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["2026-05"], "2026-05 is not over: expected months up to 2026-03"),
        (["2026-03", "2026-02"], "2026-02 is before 2026-03: expected the first month first"),
        (["2026-03", "--tariff", "x"], "there is no tariff 'x': expected one of dearer, standard"),
        (["2026-03", "--customer", "x"], "customer 'x' has no circuit in these months"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    run: Run, config: Path, arguments: list[str], said: str
) -> None:
    ran = run("tariff", "compare", *arguments, "-c", config)
    assert (ran.status, ran.err) == (2, f"{said}\n")


def test_the_next_month_is_rehearsed(run: Run, config: Path) -> None:
    ran = run("bill", "rehearse", "2026-04", "-c", config)
    assert ran.status == 0, ran.err
    assert "980.400" in ran.out
    assert "each day is assumed to be like its weekday 5 weeks earlier." in ran.out

    ran = run("bill", "rehearse", "-c", config, "--format", "json")
    body = json.loads(ran.out)
    assert (body["month"], body["weeks_before"], body["without_rates"]) == ("2026-05", 9, {})

    ran = run("bill", "rehearse", "2026-03", "-c", config)
    assert (ran.status, ran.err) == (2, "2026-03 is over: expected bcm-mqtt bill 2026-03\n")
