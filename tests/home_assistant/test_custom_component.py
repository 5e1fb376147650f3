"""The integration's own tests and types, in the environment of Home Assistant."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests" / "custom_component"
LEAST_PERCENT = 95

pytestmark = [pytest.mark.home_assistant, pytest.mark.timeout(900)]


def run(command: list[str | Path], folder: Path, within: float = 600) -> str:
    # What pytest and its Python were told is not meant for these.
    foreign = ("PYTHON", "PYTEST", "COV", "VIRTUAL_ENV")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_its_tests_pass_and_cover_it(home_assistant_python: Path, tmp_path: Path) -> None:
    report = tmp_path / "coverage.json"
    options = ["-q", "-p", "no:cacheprovider", "--show-capture=log", "--log-level=WARNING"]
    coverage = ["--cov", "--cov-config=coveragerc", f"--cov-report=json:{report}"]
    run([home_assistant_python, "-m", "pytest", *options, *coverage], TESTS)
    files = json.loads(report.read_text())["files"]
    covered = {Path(name).name: file["summary"] for name, file in files.items()}
    assert len(covered) == len(list((ROOT / "custom_components/bcm_mqtt").glob("*.py")))
    lines = sum(file["covered_lines"] for file in covered.values())
    assert lines * 100 > sum(file["num_statements"] for file in covered.values()) * LEAST_PERCENT
    assert covered["config_flow.py"]["percent_covered"] == 100


def test_its_types_are_strict_against_home_assistant(home_assistant_python: Path) -> None:
    config = ROOT / "custom_components" / "mypy.ini"
    options: list[str | Path] = [
        "--config-file",
        config,
        "--python-executable",
        home_assistant_python,
    ]
    run([sys.executable, "-m", "mypy", *options], ROOT)
