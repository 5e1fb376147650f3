"""Mistakes of a first day: each is one line that says what to do."""

from pathlib import Path

import pytest

from bcm_mqtt.config import load
from bcm_mqtt.config.checking import warnings_of
from bcm_mqtt.errors import InputError, Problem
from unit.config.site_files import CIRCUITS, MAIN, TARIFFS, write


def lines(folder: Path, **files: str) -> list[str]:
    """What is said, without the folder."""
    config = write(folder, {name.replace("_", "."): text for name, text in files.items()})
    with pytest.raises(InputError) as raised:
        load(config, environment={})
    return [line.replace(f"{folder}/", "") for line in raised.value.lines()]


@pytest.mark.parametrize(
    ("tariff", "said"),
    [
        (
            "{valid_from: 2026-01-01, energy: 0,1185}",
            "a comma begins a new key: write a number with a decimal point, such as 0.1185",
        ),
        (
            "{valid_from: 2026-01-01, energy: '0,1185'}",
            "expected a number, with a decimal point and no comma, not '0,1185'",
        ),
    ],
)
def test_a_price_with_a_decimal_comma(tmp_path: Path, tariff: str, said: str) -> None:
    text = TARIFFS.replace("{valid_from: 2026-01-01, energy: 0.12}", tariff)
    assert lines(tmp_path, tariffs_yaml=text)[0].endswith(said)


def test_a_power_factor_with_a_decimal_comma(tmp_path: Path) -> None:
    text = CIRCUITS.replace("0.95", '"0,95"')
    assert "with a decimal point" in lines(tmp_path, circuits_csv=text)[0]


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file: bcm-mqtt init writes one"):
        load(tmp_path / "bcm.yaml", environment={})


def test_a_panel_that_91_rows_name_is_one_line(tmp_path: Path) -> None:
    rows = "".join(f"rpp-2a,{pole},Customer3-{pole},,20,1P,,\n" for pole in range(1, 92))
    (said,) = lines(tmp_path, circuits_csv=CIRCUITS + rows)
    assert said == (
        "circuits.csv:4: panel: unknown panel 'rpp-2a': expected one of rpp-1a, rpp-1b; "
        "the same in 90 more lines: 5-94"
    )


def test_a_gateway_that_five_panels_name_is_one_line(tmp_path: Path) -> None:
    panels = "".join(
        f"  rpp-{number}c:\n    gateway: gone\n    first_unit_id: {17 + 8 * number}\n"
        for number in range(2, 7)
    )
    (said,) = lines(tmp_path, bcm_yaml=MAIN.replace("tariffs:", f"{panels}tariffs:", 1))
    assert said.startswith("bcm.yaml:17: panels.rpp-2c.gateway: unknown gateway 'gone'")
    assert said.endswith("; the same in 4 more lines: 20, 23, 26, 29")


def test_problems_that_differ_stay_lines_of_their_own() -> None:
    problems = [Problem("a.csv", line, "rating", "expected a number") for line in (3, 4, 9)]
    problems += [Problem("b.csv", line, "poles", "is too long") for line in range(1, 5)]
    assert list(InputError(problems).lines()) == [
        "a.csv:3: rating: expected a number",
        "a.csv:4: rating: expected a number",
        "a.csv:9: rating: expected a number",
        "b.csv:1: poles: is too long; the same in 3 more lines: 2-4",
    ]


def test_a_tariff_of_another_currency_than_the_sites_is_warned_of(tmp_path: Path) -> None:
    text = MAIN.replace("  id: dc1", "  id: dc1\n  currency: EUR")
    tariffs = TARIFFS.replace("  standard:", "  standard:\n    currency: USD")
    config = write(tmp_path, {"bcm.yaml": text, "tariffs.yaml": tariffs})
    (said,) = warnings_of(load(config, environment={}))
    assert said.startswith("tariff standard is in USD and the site in EUR")


def test_a_feeder_that_a_customer_has_is_warned_of(tmp_path: Path) -> None:
    """Its energy is on that customer's bill and, again, on those of the fed panel's customers."""
    circuits = f"{CIRCUITS}rpp-1b,1,Customer3-A-1,,20,1P,,\n"
    main = f"{MAIN}  fed_by: {{rpp-1b: 'rpp-1a:1'}}\n"
    (said,) = warnings_of(load(write(tmp_path, {"bcm.yaml": main, "circuits.csv": circuits})))
    assert said.startswith("circuit rpp-1a:1 feeds panel rpp-1b and belongs to Customer1")
    other = f"{MAIN}  fed_by: {{rpp-1b: 'rpp-1a:2'}}\n"
    assert not list(warnings_of(load(write(tmp_path, {"bcm.yaml": other}))))
