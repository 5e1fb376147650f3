"""`-c` stands before the command or after it, and `check` prints every problem at once."""

import json
import os
from pathlib import Path

import pytest

from unit.cli.conftest import Run
from unit.site_files import write_site


@pytest.mark.parametrize("option", ["-c", "--config"])
def test_the_configuration_may_stand_before_or_after_the_command(
    run: Run, config: Path, option: str
) -> None:
    before = run(option, config, "check")
    after = run("check", option, config)
    assert (before.status, before.out) == (after.status, after.out)
    assert before.status == 0
    assert before.out.startswith(f"{config}: good: 1 gateway, 2 panels, 4 circuit versions")


def test_it_may_stand_before_a_group_or_after_its_command(run: Run, config: Path) -> None:
    before = run("-c", config, "circuits", "list")
    after = run("circuits", "list", "-c", config)
    assert (before.status, before.out) == (after.status, after.out)
    assert "Customer1-A-1" in before.out


def test_the_one_after_the_command_wins(run: Run, config: Path, tmp_path: Path) -> None:
    ran = run("-c", tmp_path / "other.yaml", "check", "-c", config)
    assert (ran.status, ran.err) == (0, "")


def test_without_it_the_file_is_config_bcm_yaml(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_site(tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    assert run("check").out.startswith(f"config{os.sep}bcm.yaml: good: ")


def test_check_prints_every_problem_of_every_file_in_order(run: Run, config: Path) -> None:
    text = config.read_text().replace("port: 502", "port: high, prot: 1")
    config.write_text(text.replace("time_zone: America/New_York", "time_zone: Mars/Olympus"))
    (config.parent / "circuits.csv").write_text(
        "panel,poles,description,rating,valid_from\n"
        "rpp-1a,1,Customer1-A-1,twenty,\n"
        "rpp-1a,99,Customer1-A-2,20,yesterday\n"
    )
    (config.parent / "tariffs.yaml").write_text(
        "tariffs: {standard: {versions: [{valid_from: 2026-01-01, energy: cheap}]}}\n"
    )
    ran = run("check", "-c", config)
    assert ran.status == 2
    assert ran.out == ""
    lines = ran.err.splitlines()
    folder = config.parent
    for place in (
        f"{folder}/bcm.yaml:1: site.time_zone: ",
        f"{folder}/bcm.yaml:6: gateways.babel-1.port: ",
        f"{folder}/bcm.yaml:6: gateways.babel-1.prot: ",
        f"{folder}/circuits.csv:2: rating: ",
        f"{folder}/circuits.csv:3: valid_from: ",
        f"{folder}/tariffs.yaml:1: tariffs.standard.versions.0.energy: ",
    ):
        assert [line for line in lines if line.startswith(place)], (place, ran.err)
    assert len(set(lines)) == len(lines)
    assert all(line.startswith(f"{folder}/") for line in lines)
    assert "Traceback" not in ran.err


def test_check_notes_that_there_is_no_default_tariff(run: Run, config: Path) -> None:
    config.write_text(config.read_text().replace("billing: {default_tariff: standard}", ""))
    ran = run("check", "-c", config)
    assert ran.status == 0
    assert ran.err.count("\n") == 1
    assert "note: billing.default_tariff is not set" in ran.err


def test_check_says_it_to_programs_as_well(run: Run, config: Path) -> None:
    ran = run("check", "-c", config, "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    said = json.loads(ran.out)
    assert (said["good"], said["counts"]["panels"], said["problems"]) == (True, 2, [])
    config.write_text(config.read_text().replace("time_zone:", "time_zon:"))
    ran = run("check", "-c", config, "--format", "json")
    assert (ran.status, ran.err) == (2, "")
    said = json.loads(ran.out)
    assert not said["good"]
    assert {one["key"] for one in said["problems"]} == {"site.time_zon", "site.time_zone"}
    assert all(one["source"] == str(config) and one["line"] for one in said["problems"])
