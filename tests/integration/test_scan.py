"""`scan` against a foreign Modbus server: what answers is found, and `check` takes the result."""

import json
import subprocess
from pathlib import Path

import pytest

from peers.meters import Meters
from peers.process import BCM_MQTT, free_port


def scan(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BCM_MQTT, "scan", *arguments], capture_output=True, text=True, check=False, timeout=100
    )


def test_a_panel_is_found_and_check_accepts_the_configuration(
    meters: Meters, tmp_path: Path
) -> None:
    done = scan(f"127.0.0.1:{meters.port}", "--units", "1-12")
    assert done.returncode == 0, done.stderr
    assert "profile: bg08, unit_ids: [1, 2, 3, 4, 5, 6, 7, 8]" in done.stdout
    assert "function_code" not in done.stdout
    (tmp_path / "bcm.yaml").write_text(done.stdout)
    checked = subprocess.run(
        [*BCM_MQTT, "check", "-c", str(tmp_path / "bcm.yaml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stderr
    assert "1 panel," in checked.stdout


def test_several_gateways_are_written_as_one_configuration_that_nothing_overwrites(
    meters: Meters, tmp_path: Path
) -> None:
    folder = tmp_path / "config"
    addresses = (f"127.0.0.1:{meters.port}", f"127.0.0.1:{free_port()}")
    options = ("--units", "1-8", "--output", str(folder), "--format", "json")
    done = scan(*addresses, *options)
    assert done.returncode == 0, done.stderr
    assert "not in the configuration: " in done.stderr
    assert list(json.loads(done.stdout)["panels"]) == ["panel-1"]
    checked = subprocess.run(
        [*BCM_MQTT, "check", "-c", str(folder / "bcm.yaml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stderr
    assert "1 gateway, 1 panel, 48 circuit versions" in checked.stdout
    before = (folder / "bcm.yaml").read_bytes()
    again = scan(addresses[0], *options)
    assert (again.returncode, again.stdout) == (2, "")
    assert "bcm.yaml: is there already: expected a folder without a configuration" in again.stderr
    assert (folder / "bcm.yaml").read_bytes() == before


def test_init_scans_and_writes_what_it_finds(meters: Meters, tmp_path: Path) -> None:
    site = ("--name", "My site", "--time-zone", "Europe/Berlin", "--units", "1-8")
    config = str(tmp_path / "bcm.yaml")
    gateways = (f"127.0.0.1:{meters.port}", f"127.0.0.1:{free_port()}")
    options = [part for each in gateways for part in ("--gateway", each)]
    for command in (["init", *site, *options], ["check"]):
        done = subprocess.run(
            [*BCM_MQTT, *command, "-c", config],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
    assert "2 gateways, 1 panel, 48 circuit versions" in done.stdout


def test_one_based_addresses_are_recognised(
    meters: Meters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peers.meters.FIRST_REGISTER", 500)
    done = scan(f"127.0.0.1:{meters.port}", "--units", "1-8")
    assert "addressing: one-based" in done.stdout


def test_a_set_that_is_not_complete_is_named_and_not_made_a_panel(meters: Meters) -> None:
    del meters.registers[8]
    done = scan(f"127.0.0.1:{meters.port}", "--units", "1-8")
    assert "panels: {}" in done.stdout
    assert "# unit ids 1, 2, 3, 4, 5, 6, 7 look like bg08, which has 8 per panel" in done.stdout
    # pyModbusTCP answers for every unit id, here with exception 2.
    assert "unit id 8 answers, but fits no profile" in done.stderr


def test_a_gateway_that_is_not_there_is_one_line() -> None:
    done = scan(f"127.0.0.1:{free_port()}", "--units", "1-3")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "is not reachable" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["host:port"], "expected HOST or HOST:PORT"),
        (["host:70000"], "expected HOST or HOST:PORT"),
        (["host", "--units", "0-300"], "expected unit ids from 0 to 255"),
        (["host", "--units", "9-3"], "expected unit ids from 0 to 255"),
    ],
)
def test_wrong_arguments_are_one_line(arguments: list[str], expected: str) -> None:
    done = scan(*arguments)
    assert done.returncode == 2
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) == 1
